"""Cases as the page shows them: the best first, by border, each statement once, those that share little apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from service.experiences.cases import Case
from service.experiences.comparison import Common, Difference
from service.experiences.situations import Situation
from service.experiences.unsolved import UnsolvedThread
from service.forum.suggestions import Quote
from service.library.concepts import Thesaurus
from service.web.excerpts import Piece, cut_excerpt, drop_empty_lines
from service.web.translating import Translator

LONGEST_EXCERPT: Final = 200  # characters shown of the passage that is nearest to the situation
LONGEST_FACT: Final = 150  # characters shown of the sentence that says a fact
PLACES: Final = frozenset({"border", "country"})  # differ from something only where the situation's are known
WHOLE: Final = 0.7  # a quote of this much of the situation says nothing that is not above it


class SharedConcepts(NamedTuple):
    """Concepts both texts name, which the case names in one sentence."""

    values: tuple[str, ...]
    here: str  # the situation's words, "" when they need not be repeated
    there: Quote


class DisplayedFact(NamedTuple):
    """One or more facts of a case that one sentence says."""

    facets: tuple[str, ...]
    excerpt: tuple[Piece, ...]
    quote: Quote


class DisplayedCase(NamedTuple):
    case: Case
    facts: tuple[DisplayedFact, ...]
    nearest: tuple[Piece, ...]
    comparable: tuple[SharedConcepts, ...]
    differs: tuple[tuple[Difference, str], ...]  # with its wording

    @property
    def opens_with_nearest(self) -> bool:
        """Whether the nearest passage stands beside the facts: where these are few and not words of it already."""
        passage = self.case.quote
        repeated = any(passage.start <= fact.quote.start and fact.quote.end <= passage.end for fact in self.facts)
        return len(self.facts) < 2 and not repeated


class DisplayedUnsolved(NamedTuple):
    thread: UnsolvedThread
    excerpt: tuple[Piece, ...]


class DisplayedCases(NamedTuple):
    """Cases by border, best first, and those that share no more than a wide theme; `is_far` when all are of those.

    The order of the borders is that of their best cases.
    """

    groups: dict[str, list[DisplayedCase]]
    far: list[DisplayedCase]
    is_far: bool


def display_cases(cases: Sequence[Case], situation: Situation, thesaurus: Thesaurus, t: Translator) -> DisplayedCases:
    """Part near cases from far ones and group the near by border; where none is near, the far ones are grouped."""
    near = _near(cases, situation, thesaurus)
    far = [case for case in cases if case not in near] if near else []
    groups: dict[str, list[DisplayedCase]] = {}
    for case in sorted(near or cases, key=lambda case: -case.score):
        borders = case.document.metadata.borders
        group = next((border for border in borders if border in groups), borders[0])
        groups.setdefault(group, []).append(_display(case, situation, t))
    return DisplayedCases(groups, [_display(case, situation, t) for case in far], bool(cases) and not near)


def display_unsolved(threads: Sequence[UnsolvedThread]) -> list[DisplayedUnsolved]:
    """Return unsolved threads with the beginning of their questions."""
    return [
        DisplayedUnsolved(thread, drop_empty_lines(cut_excerpt(thread.quote.text, [], LONGEST_EXCERPT)))
        for thread in threads
    ]


def _near(cases: Sequence[Case], situation: Situation, thesaurus: Thesaurus) -> list[Case]:
    """Return the cases that share an obstacle, an instrument or a theme below the thirteen of the catalogue.

    Without a thesaurus all are near.
    """
    wide = {
        concept.label(situation.language)
        for key, concept in thesaurus.concepts.items()
        if key.startswith("theme/") and not thesaurus.above.get(key)
    }
    if not wide:
        return list(cases)
    return [case for case in cases if any(common.value and common.value not in wide for common in case.comparable)]


def _display(case: Case, situation: Situation, t: Translator) -> DisplayedCase:
    named = [common for common in case.comparable if common.value]  # without a name it is the nearest passage
    shown = [difference for difference in case.differs if situation.borders or difference.facet not in PLACES]
    differs = tuple((difference, _wording(t, difference)) for difference in shown)
    nearest = drop_empty_lines(cut_excerpt(case.quote.text, [], LONGEST_EXCERPT))
    return DisplayedCase(case, _facts(case), nearest, _by_sentence(named, situation), differs)


def _facts(case: Case) -> tuple[DisplayedFact, ...]:
    """Return the facts a case opens with; what one sentence says is shown once."""
    by_quote: dict[Quote, DisplayedFact] = {}
    for fact in case.facts:
        before = by_quote.get(fact.quote)
        facets = (*before.facets, fact.facet) if before else (fact.facet,)
        marks = [mark for other in case.facts if other.quote == fact.quote for mark in other.marks]
        by_quote[fact.quote] = DisplayedFact(facets, cut_excerpt(fact.quote.text, marks, LONGEST_FACT), fact.quote)
    return tuple(by_quote.values())


def _by_sentence(common: Sequence[Common], situation: Situation) -> tuple[SharedConcepts, ...]:
    """Return one statement for each sentence of the case; the situation's words are quoted once."""
    by_place: dict[tuple[int, int], SharedConcepts] = {}
    quoted: set[str] = set()
    longest = WHOLE * len(situation.text.strip())
    for item in common:
        here = item.here.text if item.here and len(item.here.text) < longest else ""
        here = "" if here in quoted else here
        quoted.add(here)
        key = (item.there.start, item.there.end)
        before = by_place.get(key, SharedConcepts((), "", item.there))
        by_place[key] = before._replace(values=(*before.values, item.value), here=before.here or here)
    return tuple(by_place.values())


def _wording(t: Translator, difference: Difference) -> str:
    """Return in the reader's language what a case has that the situation does not.

    The situation's own border is shown once, above all cases.
    """
    name = {"border": t.border, "country": t.country, "language": t.language_name}.get(difference.facet, str)
    there = ", ".join(name(value) for value in difference.there)
    here = ", ".join(name(value) for value in difference.here) if difference.facet not in PLACES else ""
    return t("experiences.instead", here=here, there=there) if here else there
