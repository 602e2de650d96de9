"""Searching the documents a caller may see: for the API, the search page, exports and the MCP server."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated

from fastapi import Depends

from index.documents import Access, Audience, Document, Kind
from index.types import DocumentCard, Filter, RankedDocument, Ranking
from service.answering.answers import SILENCE, Answer
from service.answering.follow_ups import ResolvedQuestion, resolve
from service.answering.service import AskService
from service.answering.understanding import Understanding
from service.auth.callers import Caller
from service.auth.scopes import Scope
from service.documents.passage_layout import read_table_documents
from service.documents.schemas import Highlight
from service.http.concurrency import ConcurrencyLimiter, raise_if_abandoned
from service.http.dependencies import provided
from service.http.fields import MOST_RESULTS
from service.journal.service import Consent, Journal, SearchEvent
from service.library.filters import FACETS
from service.library.open_index import Documents, Library, OpenIndex
from service.search.facets import FacetCounts, FacetValue, count_facets, suggest_filters
from service.search.page_query import PAGE, PageQuery
from service.search.schemas import SearchResponse, search_response
from service.search.sorting import sort_documents


@dataclass(frozen=True)
class SearchResult:
    """What one search found for an audience, and what took the place of the documents found."""

    ranking: Ranking
    successors: Mapping[str, DocumentCard]
    audience: Audience
    took_ms: float
    superseded_hidden: Mapping[Kind, int] = field(default_factory=dict)
    table_documents: Mapping[str, Document] = field(default_factory=dict)  # those whose passages hold rows of tables
    token: str = ""  # what feedback names the search by; "" when it is not recorded


@dataclass(frozen=True)
class SearchPage:
    """Everything the search page shows, read from one generation of the index; `query` is the one really asked."""

    query: PageQuery
    understood: Understanding
    ranking: Ranking
    successors: Mapping[str, DocumentCard]
    answer: Answer
    counts: FacetCounts
    suggestions: list[FacetValue]  # facets the query names, with their values
    superseded_hidden: Mapping[Kind, int]  # documents that the filter on what is current leaves out, by kind
    is_asked: bool  # whether an answer was looked for
    table_documents: Mapping[str, Document] = field(default_factory=dict)  # of the page, for the headers of their rows

    @property
    def pages(self) -> int:
        return -(-len(self.ranking.documents) // PAGE)

    @property
    def documents(self) -> tuple[RankedDocument, ...]:
        """The documents of the page the query asks for."""
        documents = sort_documents(self.ranking.documents, self.query.sort)
        return documents[(self.query.page - 1) * PAGE : self.query.page * PAGE]

    @property
    def is_whole_list(self) -> bool:
        """Whether the page is the list, whole, that the question asks for."""
        return _is_whole_list(self.understood, self.query.filters.within(Access()))


@dataclass(frozen=True)
class SearchService:
    """Searches the index as it is; the API's and the MCP server's searches are recorded in the journal."""

    library: Library
    limiter: ConcurrencyLimiter
    asks: AskService  # the search page shows an answer too
    journal: Journal
    highlight: Highlight
    public_url: str

    async def search(
        self, query: str, within: Filter, k: int, channel: str, consent: Consent, *, as_typed: bool = False
    ) -> SearchResult:
        """Return at most k documents, best first, and record the search. Raises NotReady and Overloaded."""
        began, token = time.perf_counter(), self.journal.new_token()
        result = await self.limiter.run(lambda: self._find(query, within, k, token, as_typed))
        shown = tuple(ranked.document.id for ranked in result.ranking.documents)
        self.journal.record_search(SearchEvent(channel, "search", query, within, shown, began), consent, token)
        return result

    def find_page(self, query: PageQuery, access: Access, k: int) -> tuple[PageQuery, SearchResult]:
        """Return at most k documents of a search page's list, and the query really asked. Blocks. Raises NotReady."""
        began, index, question = time.perf_counter(), self.library.borrow(), self._resolve(query)
        query, within = query.resolved(question), query.filters.within(access)
        ranking = index.engine.search(query.query, k, within, as_typed=query.as_typed)
        if _is_whole_list(self.asks.understand(index, question, ranking, within), within):
            ranking = _complete(ranking, index, within, "")
        successors = _successors(ranking, index.store, access)
        return query, SearchResult(ranking, successors, access.audience, (time.perf_counter() - began) * 1000)

    def _find(self, query: str, within: Filter, k: int, token: str, as_typed: bool) -> SearchResult:
        began, index = time.perf_counter(), self.library.borrow()
        ranking = index.engine.search(query, k, within, as_typed=as_typed)
        successors = _successors(ranking, index.store, within.access)
        raise_if_abandoned()
        hidden = index.engine.count_superseded(query, within, as_typed=as_typed)
        tables = read_table_documents(ranking.documents, index.store, within.access)
        took_ms = (time.perf_counter() - began) * 1000
        return SearchResult(ranking, successors, within.audience, took_ms, hidden, tables, token)

    async def resolve(self, query: PageQuery) -> PageQuery:
        """Return a follow-up as it is to be asked: in another place, without filters by the one before."""
        question = await self.limiter.run(lambda: self._resolve(query))
        return query.elsewhere() if question.names_territory else query

    async def search_page(self, query: PageQuery, caller: Caller, language: str) -> SearchPage:
        """Return what the search page shows to a reader of this language. Raises NotReady and Overloaded.

        Whose key is not for asking gets no answer, as through the API.
        """
        return await self.asks.answer_limiter.run(lambda: self._page(self.library.borrow(), query, caller, language))

    def response(self, result: SearchResult) -> SearchResponse:
        """Return a result in the wire format.

        The generation grows with every document, hidden ones too: it is a count, and for staff.
        """
        return search_response(
            result.ranking,
            self.highlight,
            result.successors.__contains__,
            table_documents=result.table_documents,
            took_ms=result.took_ms,
            superseded_hidden=result.superseded_hidden,
            base=self.public_url,
            generation=result.ranking.generation if result.audience is Audience.STAFF else None,
        )

    def _page(self, index: OpenIndex, query: PageQuery, caller: Caller, language: str) -> SearchPage:
        question, access = self._resolve(query), caller.access
        query, within = query.resolved(question), query.filters.within(access)
        ranking = index.engine.search(query.query, MOST_RESULTS, within, language, as_typed=query.as_typed)
        understood = self.asks.understand(index, question, ranking, within)
        if _is_whole_list(understood, within):
            ranking = _complete(ranking, index, within, language)
        is_asked = query.wants_answer and caller.may(Scope.ASK) and not understood.referral
        raise_if_abandoned()
        hidden = index.engine.count_superseded(query.query, within, as_typed=query.as_typed)
        counts = count_facets(index, query, access, ranking.documents)
        successors = _successors(ranking, index.store, access)
        answer = self.asks.answer_ranking(index, within, ranking) if is_asked else SILENCE
        suggestions = list(suggest_filters(index, query, counts, language))
        page = SearchPage(query, understood, ranking, successors, answer, counts, suggestions, hidden, is_asked)
        return replace(page, table_documents=read_table_documents(page.documents, index.store, access))

    def _resolve(self, query: PageQuery) -> ResolvedQuestion:
        return resolve(query.query, query.conversation, self.asks.thesaurus, query.dropped)


def _is_whole_list(understood: Understanding, within: Filter) -> bool:
    """Say whether the filter is all that a question for a list asks."""
    referral = understood.referral
    if not (referral and referral.is_whole and referral.within):
        return False
    return all(getattr(referral.within, field) == getattr(within, field) for field in FACETS.values())


def _complete(ranking: Ranking, index: OpenIndex, within: Filter, language: str) -> Ranking:
    """Return the ranking with the documents that pass the filter and that no arm has reached, up to MOST_RESULTS."""
    documents = list(ranking.documents)
    while len(documents) < MOST_RESULTS:
        raise_if_abandoned()
        shown = {card.id for ranked in documents for card in (ranked.document, *ranked.variants)}
        rest = within.without_documents(frozenset(shown))
        further = index.engine.search(ranking.query, MOST_RESULTS, rest, language).documents
        if not further:
            break
        documents += further
    return replace(ranking, documents=tuple(documents[:MOST_RESULTS]))


def _successors(ranking: Ranking, store: Documents, access: Access) -> dict[str, DocumentCard]:
    """Return what took the place of the documents of a ranking, as far as it may be seen."""
    named = {ranked.document.metadata.replaced_by for ranked in ranking.documents} - {""}
    return store.cards(sorted(named), access)


SearchDependency = Annotated[SearchService, Depends(provided(SearchService))]
