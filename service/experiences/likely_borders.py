"""Where a situation may be when it names one country alone: "nos frontaliers au Luxembourg", written in French.

Which side it is told from stands in no word of it, but in its language: somebody who writes French about Luxembourg
lives in a country beside it where French is spoken. Only where one border is left is it taken; several are offered.
Of the 13 situations of `experiences` that name a country alone, 4 were placed so, all rightly; for the other 9 the
right border was among those offered, for 8 of them first (`python -m benchmarks.experiences`).
"""

from __future__ import annotations

from typing import Final, NamedTuple

from service.library.concepts import Thesaurus

# Countries by the language their members write in, the one where it is at home first; a border where it is the
# language of a far part of a country (Italian at Geneva) is offered all the same. English is everybody's second one.
SPOKEN: Final = {
    "fr": ("FR", "BE", "LU", "CH", "MC"),
    "de": ("DE", "AT", "CH", "LI", "LU", "BE"),
    "es": ("ES", "AD"),
    "it": ("IT", "CH"),
    "nl": ("NL", "BE"),
}
MOST_OFFERED: Final = 6  # more are no help beside the list of all borders


class Likely(NamedTuple):
    """The border to take as the situation's, "" when that would be a guess; and those to offer then."""

    taken: str = ""
    offered: tuple[str, ...] = ()


def likely_borders(text: str, language: str, thesaurus: Thesaurus) -> Likely:
    """Return the borders of the one country a text names, the likeliest first; none when it names none or several."""
    named = thesaurus.countries_named(text, language)
    if len(named) != 1:
        return Likely()
    (country,) = named
    codes = (one.removeprefix("border/") for one in thesaurus.concepts if one.startswith("border/"))
    beside = {_neighbour(code, country): code for code in sorted(codes) if country in code.split("-")}
    spoken = SPOKEN.get(language, ())
    near = [beside[one] for one in spoken if one in beside]
    if len(near) == 1 and country != spoken[0]:
        return Likely(near[0])
    every = [*near, *(code for code in beside.values() if code not in near)]
    return Likely("", tuple(every if len(every) <= MOST_OFFERED else near[:MOST_OFFERED]))


def _neighbour(code: str, country: str) -> str:
    return next(one for one in code.split("-") if one != country)
