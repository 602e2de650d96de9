"""What somebody describes and where it is: the borders a text names, and those it can only mean.

"Nos frontaliers au Luxembourg" names one country alone. On which side of its border the writer is, no word of it
says, but its language does: somebody who writes French about Luxembourg lives in a country beside it where French is
spoken. A border is assumed only where one is left; where several are, they are offered as a choice. Of the 13
situations of `experiences` that name a country alone, 4 were placed so, all correctly; for the other 9 the right
border was among those offered, for 8 of them first (`python -m benchmarks.experiences`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from index.documents import Document
from index.lexical.query_language import detect_query_language
from service.library.concepts import Thesaurus

READ_OF_A_DOCUMENT: Final = 1500  # characters: its beginning says what it is about
# Countries by the language their members write in, first the one it is named after; a border where it is the
# language of a far part of a country (Italian at Geneva) is offered all the same. English is everybody's second one.
SPOKEN: Final = {
    "fr": ("FR", "BE", "LU", "CH", "MC"),
    "de": ("DE", "AT", "CH", "LI", "LU", "BE"),
    "es": ("ES", "AD"),
    "it": ("IT", "CH"),
    "nl": ("NL", "BE"),
}
MOST_OFFERED: Final = 6  # more are no help beside the list of all borders


@dataclass(frozen=True, slots=True)
class Situation:
    """What somebody describes, at which borders it is (none known: empty), and its document when it is from one.

    `likely` are borders it may be at, the likeliest first, where none is known.
    """

    text: str
    language: str
    borders: frozenset[str] = frozenset()
    document_id: str = ""
    likely: tuple[str, ...] = ()

    @property
    def countries(self) -> frozenset[str]:
        return frozenset(country for border in self.borders for country in border.split("-"))


class LikelyBorders(NamedTuple):
    """The border to assume, "" when that would be a guess; and those to offer then."""

    assumed: str = ""
    offered: tuple[str, ...] = ()


def read_situation(text: str, border: str, thesaurus: Thesaurus) -> Situation:
    """Return a situation in one's own words; its border is the one given, else those it names or can only mean."""
    language = detect_query_language(text)
    if borders := frozenset({border}) if border else thesaurus.borders_named(text, language):
        return Situation(text, language, borders)
    likely = likely_borders(text, language, thesaurus)
    return Situation(text, language, frozenset(filter(None, [likely.assumed])), likely=likely.offered)


def situation_of(document: Document, border: str) -> Situation:
    """Return the situation a document is about: its beginning, at its borders and the one given."""
    text = document.text[:READ_OF_A_DOCUMENT]
    borders = frozenset(document.metadata.borders) | (frozenset({border}) if border else frozenset())
    return Situation(text, document.metadata.language, borders, document.id)


def likely_borders(text: str, language: str, thesaurus: Thesaurus) -> LikelyBorders:
    """Return the borders of the one country a text names, the likeliest first; none when it names none or several."""
    named = thesaurus.countries_named(text, language)
    if len(named) != 1:
        return LikelyBorders()
    (country,) = named
    by_neighbour = {_neighbour(code, country): code for code in known_borders(thesaurus) if country in code.split("-")}
    spoken = SPOKEN.get(language, ())
    near = [by_neighbour[neighbour] for neighbour in spoken if neighbour in by_neighbour]
    if len(near) == 1 and country != spoken[0]:
        return LikelyBorders(near[0])
    every = [*near, *(code for code in by_neighbour.values() if code not in near)]
    return LikelyBorders("", tuple(every if len(every) <= MOST_OFFERED else near[:MOST_OFFERED]))


def known_borders(thesaurus: Thesaurus) -> list[str]:
    """Return the codes of the thesaurus's borders, sorted."""
    return sorted(key.removeprefix("border/") for key in thesaurus.concepts if key.startswith("border/"))


def _neighbour(code: str, country: str) -> str:
    return next(other for other in code.split("-") if other != country)
