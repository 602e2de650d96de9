"""Which new documents an alert tells of, and the passage of each that it quotes.

A document matches when the alert's own search lists it among the first ten beside the documents that were there
before, or when one of its passages holds every word of the query. On the 250 topics of `corpus-fr` and `corpus-multi`,
each document in turn being the new one, the first ten hold 73 % of what answers; of 100 documents that do not, 4 are
told all the same. Thresholds on the cosine or on MaxSim alone are worse: at that recall they tell of 9 to 15.
Without a query, every new document that passes the filters matches.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import Final

from index.documents import Document, Passage
from index.errors import UnknownDocument
from index.lexical.analysis import terms
from index.ranking.token_similarity import PassageSimilarity
from index.types import Filter
from service.http.fields import MOST_RESULTS
from service.library.open_index import OpenIndex

FIRST: Final = 10  # documents that were there before, among which a new one has to come
FIRST_OF_ALL: Final = 30  # the same without the alert's filters
WITH_WORDS: Final = 1000  # passages that share words with the query, looked through for one that has all
MOST_WORDS: Final = 6  # of a query: a passage that happens to hold every word of a longer one is no rule
BATCH: Final = 50  # documents compared at once
BEGINNING: Final = 400  # characters
ANYTHING: Final = "document"  # compared with, where only the filters count


def find_matches(index: OpenIndex, query: str, within: Filter, new: frozenset[str]) -> set[str]:
    """Return those of the new documents that an alert of this query and filter tells of."""
    if not new:
        return set()
    if not query:
        return {compared.passage.document_id for compared in _compare(index, ANYTHING, within, sorted(new))}
    near = set(_among_the_first(index, query, within, new, FIRST))
    everything = replace(Filter.seen_by(within.access), current_on=within.current_on)
    if near and within != everything:  # of few documents that pass, any would be among the first
        near &= set(_among_the_first(index, query, everything, new, FIRST_OF_ALL))
    return near | set(_with_every_word(index, query, within, new))


def matching_passages(index: OpenIndex, query: str, within: Filter, document_ids: Sequence[str]) -> dict[str, Passage]:
    """Return the best passage of each document for the query, of those documents alone that pass the filter now.

    Without a query it is the beginning of the document.
    """
    best: dict[str, tuple[float, Passage]] = {}
    for compared in _compare(index, query or ANYTHING, within, document_ids):
        passage, similarity = compared.passage, compared.similarity
        score = float(similarity.max(axis=1).mean()) if similarity.size else 0.0
        known = best.get(passage.document_id)
        if known is None or (-score, passage.start) < (-known[0], known[1].start):
            best[passage.document_id] = (score, passage)
    if query:
        return {document_id: passage for document_id, (_, passage) in best.items()}
    beginnings = {document_id: _beginning(index, document_id, within) for document_id in best}
    return {document_id: passage for document_id, passage in beginnings.items() if passage}


def _among_the_first(index: OpenIndex, query: str, within: Filter, new: frozenset[str], most: int) -> Iterator[str]:
    """Yield the new documents that come before the last of the first `most` others."""
    before = 0
    for ranked in index.engine.search(query, MOST_RESULTS, within).documents:
        of_this_work = {ranked.document.id, *(variant.id for variant in ranked.variants)}
        yield from of_this_work & new
        before += not of_this_work & new
        if before >= most:
            return


def _with_every_word(index: OpenIndex, query: str, within: Filter, new: frozenset[str]) -> Iterator[str]:
    hits = index.engine.rank(query, WITH_WORDS, within, "lexical")
    for passage in index.store.passages(hit.row for hit in hits).values():
        if passage.document_id in new:
            words = _content_terms(query, passage.language)
            if words and len(words) <= MOST_WORDS and words <= _terms(passage.embedded_text, passage.language):
                yield passage.document_id


def _compare(index: OpenIndex, query: str, within: Filter, document_ids: Iterable[str]) -> Iterator[PassageSimilarity]:
    """Yield the passages of these documents that pass the filter, token by token."""
    ids = iter(document_ids)
    while batch := list(islice(ids, BATCH)):
        yield from index.engine.compare_tokens(query, batch, within).passages


def _beginning(index: OpenIndex, document_id: str, within: Filter) -> Passage | None:
    try:
        document = index.store.document(document_id, within.access)
    except UnknownDocument:  # removed a moment ago
        return None
    return _first_words(document)


def _first_words(document: Document) -> Passage | None:
    if not document.sections:
        return None
    section = document.sections[0]
    end = min(section.end, section.start + BEGINNING)
    if end < section.end:
        end = max(document.text.rfind(" ", section.start, end), section.start + BEGINNING // 2)
    text = document.text[section.start : end].rstrip()
    language = section.language or document.metadata.language
    return Passage(document.id, section.start, section.start + len(text), text, section.label, language)


def _content_terms(text: str, language: str) -> frozenset[str]:
    return frozenset(term.text for term in terms(text, language) if len(term.text) > 2)


@lru_cache(maxsize=2000)  # the passages of new documents are compared with every alert
def _terms(text: str, language: str) -> frozenset[str]:
    return frozenset(term.text for term in terms(text, language, folded_too=True))
