"""Comparable experiences: for a situation, what others lived at other borders, what is alike and what is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from index.documents import Audience, Document, Kind
from index.errors import UnknownDocument
from index.lexical.query_language import query_language
from index.types import DocumentCard, Filter, RankedDocument
from service.experiences.comparison import Common, Difference, Situation, compare
from service.experiences.likely_borders import likely_borders
from service.forum.service import Quote
from service.http.concurrency import still_wanted
from service.library.concepts import Thesaurus
from service.library.open_index import OpenIndex

KINDS: Final = frozenset({Kind.PROJECT_SHEET, Kind.STUDY, Kind.FORUM_THREAD})
LOOKED_AT: Final = 100
READ_OF_A_DOCUMENT: Final = 1500  # characters: what it is about stands at its beginning


@dataclass(frozen=True, slots=True)
class Preference:
    """What besides its score speaks for a case, in units of the engine's score: they belong to the model.

    Chosen on eval/sets/experiences by cross-validation (`python -m benchmarks.experiences`).
    """

    theme: float = 0.10  # for a case wholly on the situation's themes
    thread: float = 0.03  # against a thread, which is written like a situation and lies near to any
    border: float = 0.02  # against each case already chosen at the same borders (Carbonell & Goldstein 1998)


E5_SMALL: Final = Preference()


@dataclass(frozen=True, slots=True)
class Case:
    """An experience elsewhere, with what is comparable and what differs; `quote` is the passage that is nearest."""

    document: DocumentCard
    variants: tuple[DocumentCard, ...]
    score: float
    quote: Quote
    comparable: tuple[Common, ...]
    differs: tuple[Difference, ...]


def situation_described(text: str, border: str, thesaurus: Thesaurus) -> Situation:
    """Return a situation told in one's own words; its border is the one given, else those it names or can only mean."""
    language = query_language(text)
    if borders := frozenset({border}) if border else thesaurus.borders_named(text, language):
        return Situation(text, language, borders)
    likely = likely_borders(text, language, thesaurus)
    return Situation(text, language, frozenset(filter(None, [likely.taken])), likely=likely.offered)


def situation_of(document: Document, border: str) -> Situation:
    """Return the situation a document is about: its beginning, at its borders and the one given."""
    text = document.text[:READ_OF_A_DOCUMENT]
    borders = frozenset(document.metadata.borders) | (frozenset({border}) if border else frozenset())
    return Situation(text, document.metadata.language, borders, document.id)


def experiences(
    situation: Situation,
    k: int,
    index: OpenIndex,
    within: Filter,
    thesaurus: Thesaurus,
    preference: Preference = E5_SMALL,
) -> list[Case]:
    """Return at most k cases inside the filter at borders that are not the situation's, best first."""
    cases = []
    for one in chosen(situation, k, index, within, thesaurus, preference):
        still_wanted()
        try:
            document = index.store.document(one.document.id, within.audience)
        except UnknownDocument:  # removed a moment ago
            continue
        cases.append(_case(situation, one, document, thesaurus))
    return cases


def chosen(
    situation: Situation,
    k: int,
    index: OpenIndex,
    within: Filter,
    thesaurus: Thesaurus,
    preference: Preference = E5_SMALL,
) -> list[RankedDocument]:
    """Return at most k documents that are cases, best first, diverse over borders."""
    asked = replace(within, kinds=KINDS, other_borders_than=situation.borders)
    found = index.engine.search(situation.text, LOOKED_AT, asked).documents
    themes = _themes(situation, thesaurus)
    cases = [
        replace(one, score=one.score + _bonus(one, themes, preference)) for one in found if _is_case(one, situation)
    ]
    return diverse(cases, k, preference.border)


def diverse(cases: Sequence[RankedDocument], k: int, penalty: float) -> list[RankedDocument]:
    """Return the k best, each counted down for those already taken at all of its borders."""
    left, seen = list(cases), Counter[str]()
    taken: list[RankedDocument] = []
    while left and len(taken) < k:
        best = max(left, key=lambda one: one.score - penalty * _taken_there(one, seen))
        left.remove(best)
        taken.append(best)
        seen.update(best.document.metadata.borders)
    return taken


def _taken_there(one: RankedDocument, seen: Counter[str]) -> int:
    """Return how many cases were taken at that border of a document where there are fewest."""
    return min((seen[border] for border in one.document.metadata.borders), default=0)


def read_situation(index: OpenIndex, document_id: str, border: str, audience: Audience) -> Situation:
    """Return the situation of a document the audience may see. Raises UnknownDocument."""
    return situation_of(index.store.document(document_id, audience), border)


def _is_case(one: RankedDocument, situation: Situation) -> bool:
    """Say whether a document tells what was done at another border; a thread only once it is solved."""
    meta = one.document.metadata
    versions = {one.document.id, *(other.id for other in one.variants)}
    is_solved = meta.kind is not Kind.FORUM_THREAD or meta.solved is True
    return bool(meta.borders) and is_solved and situation.document_id not in versions


def _themes(situation: Situation, thesaurus: Thesaurus) -> dict[str, float]:
    """Return the themes the situation names, each with its share of what is named."""
    tops = Counter(
        concept.removeprefix("theme/")
        for mention in thesaurus.mentions(situation.text, situation.language)
        for concept in thesaurus.lineage(mention.concept)
        if concept.startswith("theme/") and not thesaurus.above.get(concept)
    )
    return {theme: count / tops.total() for theme, count in tops.items()}


def _bonus(one: RankedDocument, themes: dict[str, float], preference: Preference) -> float:
    meta = one.document.metadata
    shared = preference.theme * sum(themes.get(theme, 0.0) for theme in meta.themes)
    return shared - (preference.thread if meta.kind is Kind.FORUM_THREAD else 0.0)


def _case(situation: Situation, one: RankedDocument, document: Document, thesaurus: Thesaurus) -> Case:
    nearest = one.passages[0].passage
    quote = Quote(nearest.text, nearest.start, nearest.end, nearest.label)
    comparable, differs = compare(situation, document, quote, thesaurus)
    return Case(one.document, one.variants, one.score, quote, comparable, differs)
