"""Which documents are cases for a situation: at other borders, near in meaning and theme, diverse over borders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from index.documents import Document, Kind
from index.errors import UnknownDocument
from index.types import DocumentCard, Filter, RankedDocument
from service.documents.contacts import find_contacts
from service.experiences.comparison import Common, Difference, compare
from service.experiences.key_facts import KeyFact, find_key_facts
from service.experiences.situations import Situation
from service.forum.suggestions import Quote
from service.http.concurrency import raise_if_abandoned
from service.library.concepts import Thesaurus
from service.library.open_index import OpenIndex

# A problem sheet is no case, since it says of nothing that it worked: it stands with what is unsolved (`unsolved.py`).
# Contacts, calls and events are no experiences at all.
KINDS: Final = frozenset({Kind.PROJECT_SHEET, Kind.STUDY, Kind.FORUM_THREAD})
DEPTH: Final = 100  # documents among which cases are chosen


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
    """An experience elsewhere, with what is comparable and what differs; `quote` is the passage that is nearest.

    `facts` are what the case opens with, as far as it says them itself; `contacts` are those that belong to it.
    """

    document: DocumentCard
    variants: tuple[DocumentCard, ...]
    score: float
    quote: Quote
    comparable: tuple[Common, ...]
    differs: tuple[Difference, ...]
    facts: tuple[KeyFact, ...] = ()
    contacts: tuple[DocumentCard, ...] = ()


def find_cases(
    situation: Situation,
    k: int,
    index: OpenIndex,
    within: Filter,
    thesaurus: Thesaurus,
    language: str = "",
) -> list[Case]:
    """Return at most k cases inside the filter at borders that are not the situation's, best first.

    Each has the contacts that belong to it, of translations the one in `language`.
    """
    cases = []
    for ranked in choose_cases(situation, k, index, within, thesaurus):
        raise_if_abandoned()
        try:
            document = index.store.document(ranked.document.id, within.access)
        except UnknownDocument:  # removed a moment ago
            continue
        case = _compare_case(situation, ranked, document, thesaurus)
        contacts = find_contacts(document, index.store, within.access, language)
        cases.append(replace(case, contacts=tuple(contacts)))
    return cases


def choose_cases(
    situation: Situation,
    k: int,
    index: OpenIndex,
    within: Filter,
    thesaurus: Thesaurus,
    preference: Preference = E5_SMALL,
) -> list[RankedDocument]:
    """Return at most k documents that are cases, best first, diverse over borders."""
    elsewhere = replace(within, kinds=KINDS, other_borders_than=situation.borders)
    ranking = index.engine.search(situation.text, DEPTH, elsewhere)
    themes = _themes(situation, thesaurus)
    candidates = [
        replace(ranked, score=ranked.score + _bonus(ranked, themes, preference))
        for ranked in ranking.documents
        if _is_case(ranked, situation)
    ]
    return diversify(candidates, k, preference.border)


def diversify(candidates: Sequence[RankedDocument], k: int, penalty: float) -> list[RankedDocument]:
    """Return the k best, each marked down for every document already chosen at all of its borders."""
    left, chosen_at = list(candidates), Counter[str]()
    chosen: list[RankedDocument] = []

    def marked_down(ranked: RankedDocument) -> float:
        fewest = min((chosen_at[border] for border in ranked.document.metadata.borders), default=0)
        return ranked.score - penalty * fewest

    while left and len(chosen) < k:
        best = max(left, key=marked_down)
        left.remove(best)
        chosen.append(best)
        chosen_at.update(best.document.metadata.borders)
    return chosen


def _is_case(ranked: RankedDocument, situation: Situation) -> bool:
    """Say whether a document describes what was done at another border; a thread only once it is solved."""
    meta = ranked.document.metadata
    versions = {ranked.document.id, *(variant.id for variant in ranked.variants)}
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


def _bonus(ranked: RankedDocument, themes: Mapping[str, float], preference: Preference) -> float:
    meta = ranked.document.metadata
    shared = preference.theme * sum(themes.get(theme, 0.0) for theme in meta.themes)
    return shared - (preference.thread if meta.kind is Kind.FORUM_THREAD else 0.0)


def _compare_case(situation: Situation, ranked: RankedDocument, document: Document, thesaurus: Thesaurus) -> Case:
    nearest = ranked.passages[0].passage
    quote = Quote(nearest.text, nearest.start, nearest.end, nearest.label)
    comparable, differs = compare(situation, document, quote, thesaurus)
    return Case(ranked.document, ranked.variants, ranked.score, quote, comparable, differs, find_key_facts(document))
