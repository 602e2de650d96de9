"""Which new documents an alert tells of, and the passage of each that it quotes.

A document matches when the alert's own search lists it among the first ten beside the documents that were there
before, or when one of its passages holds every word of the query. Nine in ten documents that answer a query are told
of (`python -m benchmarks.alerts`). Without a query, every new document that passes the filters matches.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import Final

from index.documents import Access, Document, Metadata, Passage
from index.errors import UnknownDocument
from index.lexical.analysis import terms
from index.ranking.token_similarity import PassageSimilarity
from index.types import DocumentCard, Filter
from service.http.fields import MOST_RESULTS
from service.library.open_index import OpenIndex

FIRST: Final = 10  # documents that were there before, among which a new one has to come
FIRST_OF_ALL: Final = 30  # the same without the alert's filters
WITH_WORDS: Final = 1000  # passages that share words with the query, looked through for one that has all
MOST_WORDS: Final = 6  # of a query: a passage that happens to hold every word of a longer one is no rule
MANY: Final = 1000  # ids in one statement
BATCH: Final = 50  # documents compared at once
BEGINNING: Final = 400  # characters
ANYTHING: Final = "document"  # compared with, where only the filters count


def find_matches(index: OpenIndex, query: str, within: Filter, new: frozenset[str]) -> set[str]:
    """Return those of the new documents that an alert of this query and filter tells of."""
    if not new:
        return set()
    if not query:
        return set(_admitted(index, within, sorted(new)))
    near = set(_among_the_first(index, query, within, new, FIRST))
    everything = replace(Filter.seen_by(within.access), current_on=within.current_on)
    if near and within != everything:  # of few documents that pass, any would be among the first
        near &= set(_among_the_first(index, query, everything, new, FIRST_OF_ALL))
    return near | set(_with_every_word(index, query, within, new))


def matching_passages(index: OpenIndex, query: str, within: Filter, document_ids: Sequence[str]) -> dict[str, Passage]:
    """Return the best passage of each document for the query, of those documents alone that pass the filter now.

    Without a query it is the beginning of the document.
    """
    if not query:
        beginnings = [_beginning(index, document_id, within) for document_id in _admitted(index, within, document_ids)]
        return {passage.document_id: passage for passage in beginnings if passage}
    best: dict[str, tuple[float, Passage]] = {}
    for compared in _compare(index, query, within, document_ids):
        passage, similarity = compared.passage, compared.similarity
        score = float(similarity.max(axis=1).mean()) if similarity.size else 0.0
        known = best.get(passage.document_id)
        if known is None or (-score, passage.start) < (-known[0], known[1].start):
            best[passage.document_id] = (score, passage)
    return {document_id: passage for document_id, (_, passage) in best.items()}


def _admitted(index: OpenIndex, within: Filter, document_ids: Sequence[str]) -> list[str]:
    """Return those of the documents that pass the filter, in order; only a language needs their passages looked at."""
    cards = visible_cards(index, document_ids, within.access)
    admitted = [name for name in document_ids if name in cards and admits(within, cards[name].metadata)]
    if not within.languages:
        return admitted
    spoken = {compared.passage.document_id for compared in _compare(index, ANYTHING, within, admitted)}
    return [name for name in admitted if name in spoken]


def visible_cards(index: OpenIndex, document_ids: Sequence[str], access: Access) -> dict[str, DocumentCard]:
    """Return those of any number of documents that may be seen now; a database takes only so many ids at once."""
    batches = (document_ids[at : at + MANY] for at in range(0, len(document_ids), MANY))
    return {name: card for batch in batches for name, card in index.store.cards(batch, access).items()}


def admits(within: Filter, metadata: Metadata) -> bool:
    """Say whether a document passes a filter, as far as its metadata tell: languages are those of its passages."""
    year = metadata.published.year if metadata.published else None
    begins, ends = metadata.valid_from, metadata.valid_to
    return (
        within.access.may_see(metadata)
        and (not within.kinds or metadata.kind in within.kinds)
        and (not within.themes or not within.themes.isdisjoint(metadata.themes))
        and (not within.countries or not within.countries.isdisjoint(metadata.countries))
        and (not within.borders or not within.borders.isdisjoint(metadata.borders))
        and within.other_borders_than.isdisjoint(metadata.borders)
        and (within.published_from is None or (year is not None and year >= within.published_from))
        and (within.published_to is None or (year is not None and year <= within.published_to))
        and (within.valid_on is None or begins is None or begins <= within.valid_on)
        and (within.valid_on is None or ends is None or ends >= within.valid_on)
        and (within.current_on is None or ends is None or ends >= within.current_on)
    )


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
    for passage in index.store.passages((hit.row for hit in hits), within.access).values():
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
