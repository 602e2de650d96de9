"""Cases as the page of comparable experiences tells them: by border, each statement once, the far ones apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from service.experiences.comparison import Common, Difference, Situation
from service.experiences.service import Case
from service.forum.service import Quote
from service.library.concepts import Thesaurus
from service.web.excerpts import Piece, excerpt
from service.web.translating import Translator

NEAREST: Final = 320  # characters shown of the passage that is nearest to the situation
PLACES: Final = frozenset({"border", "country"})  # differ from something only where the situation's are known
WHOLE: Final = 0.7  # a quote of this much of the situation says nothing that does not stand above


class Shared(NamedTuple):
    """What both name, in one or several words that the case says in the same sentence."""

    values: tuple[str, ...]
    here: str  # the situation's words, "" when they need not be said again
    there: Quote


class ShownCase(NamedTuple):
    case: Case
    nearest: tuple[Piece, ...]
    comparable: tuple[Shared, ...]
    differs: tuple[tuple[Difference, str], ...]  # with what is said of it


class ShownCases(NamedTuple):
    """Cases by border, best first, and those that share no more than a wide theme; `is_far` when all are of those."""

    groups: dict[str, list[ShownCase]]
    far: list[ShownCase]
    is_far: bool


def shown_cases(cases: Sequence[Case], situation: Situation, thesaurus: Thesaurus, t: Translator) -> ShownCases:
    """Tell near cases from far ones and group the near by border; where none is near, the far ones are grouped."""
    near = [case for case in cases if _is_near(case, situation, thesaurus)]
    far = [case for case in cases if case not in near] if near else []
    groups: dict[str, list[ShownCase]] = {}
    for case in near or cases:
        borders = case.document.metadata.borders
        border = next((one for one in borders if one in groups), borders[0])
        groups.setdefault(border, []).append(_shown(case, situation, t))
    return ShownCases(groups, [_shown(case, situation, t) for case in far], bool(cases) and not near)


def _is_near(case: Case, situation: Situation, thesaurus: Thesaurus) -> bool:
    """Say whether they share an obstacle, an instrument or a theme below the thirteen all documents are filed under.

    Without a thesaurus nobody can tell.
    """
    wide = {
        concept.label(situation.language)
        for key, concept in thesaurus.concepts.items()
        if key.startswith("theme/") and not thesaurus.above.get(key)
    }
    return not wide or any(one.value and one.value not in wide for one in case.comparable)


def _shown(case: Case, situation: Situation, t: Translator) -> ShownCase:
    named = [one for one in case.comparable if one.value]  # what has no name is the nearest passage, shown in any case
    told = [one for one in case.differs if situation.borders or one.facet not in PLACES]
    differs = tuple((one, _said(t, one)) for one in told)
    return ShownCase(case, excerpt(case.quote.text, [], NEAREST), _shared(named, situation.text), differs)


def _shared(common: Sequence[Common], situation: str) -> tuple[Shared, ...]:
    """Return one statement a sentence of the case; the situation's words are told once."""
    made: dict[tuple[int, int], Shared] = {}
    told: set[str] = set()
    for one in common:
        here = one.here.text if one.here and len(one.here.text) < WHOLE * len(situation.strip()) else ""
        here = "" if here in told else here
        told.add(here)
        place = (one.there.start, one.there.end)
        before = made.get(place, Shared((), "", one.there))
        made[place] = before._replace(values=(*before.values, one.value), here=before.here or here)
    return tuple(made.values())


def _said(t: Translator, one: Difference) -> str:
    """Return in the reader's language what a case has that the situation has not.

    The situation's own border is told once, above all cases.
    """
    say = {"border": t.border, "country": t.country, "language": t.language_name}.get(one.facet, str)
    there = ", ".join(say(value) for value in one.there)
    here = ", ".join(say(value) for value in one.here) if one.facet not in PLACES else ""
    return t("experiences.instead", here=here, there=there) if here else there
