"""Searching the documents a caller may see: for the API, the search page, exports and the MCP server."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends

from index.documents import Access, Audience
from index.types import DocumentCard, Filter, RankedDocument, Ranking
from service.answering.answers import SILENCE, Answer
from service.answering.service import AskService
from service.auth.callers import Caller
from service.auth.scopes import Scope
from service.documents.schemas import Highlight
from service.http.concurrency import ConcurrencyLimiter
from service.http.dependencies import provided
from service.http.fields import MOST_RESULTS
from service.journal.service import Consent, Journal, SearchEvent
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
    token: str = ""  # what feedback names the search by; "" when it is not recorded


@dataclass(frozen=True)
class SearchPage:
    """Everything the search page shows, read from one generation of the index."""

    ranking: Ranking
    successors: Mapping[str, DocumentCard]
    answer: Answer
    counts: FacetCounts
    suggestions: list[FacetValue]  # facets the query names, with their values
    is_asked: bool  # whether an answer was looked for

    @property
    def pages(self) -> int:
        return -(-len(self.ranking.documents) // PAGE)

    def documents(self, query: PageQuery) -> tuple[RankedDocument, ...]:
        """Return the documents of the page the query asks for."""
        documents = sort_documents(self.ranking.documents, query.sort)
        return documents[(query.page - 1) * PAGE : query.page * PAGE]


@dataclass(frozen=True)
class SearchService:
    """Searches the index as it is; the API's and the MCP server's searches are recorded in the journal."""

    library: Library
    limiter: ConcurrencyLimiter
    asks: AskService  # the search page shows an answer too
    journal: Journal
    highlight: Highlight
    public_url: str

    async def search(self, query: str, within: Filter, k: int, channel: str, consent: Consent) -> SearchResult:
        """Return at most k documents, best first, and record the search. Raises NotReady and Overloaded."""
        began, token = time.perf_counter(), self.journal.new_token()
        result = await self.limiter.run(lambda: self.find(query, within, k, token))
        shown = tuple(ranked.document.id for ranked in result.ranking.documents)
        self.journal.record_search(SearchEvent(channel, "search", query, within, shown, began), consent, token)
        return result

    def find(self, query: str, within: Filter, k: int, token: str = "") -> SearchResult:
        """Return at most k documents, best first. Blocks. Raises NotReady."""
        began = time.perf_counter()
        index = self.library.borrow()
        ranking = index.engine.search(query, k, within)
        successors = _successors(ranking, index.store, within.access)
        return SearchResult(ranking, successors, within.audience, (time.perf_counter() - began) * 1000, token)

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
            took_ms=result.took_ms,
            base=self.public_url,
            generation=result.ranking.generation if result.audience is Audience.STAFF else None,
        )

    def _page(self, index: OpenIndex, query: PageQuery, caller: Caller, language: str) -> SearchPage:
        access, is_asked = caller.access, query.wants_answer and caller.may(Scope.ASK)
        within = query.filters.within(access)
        ranking = index.engine.search(query.query, MOST_RESULTS, within, language)
        counts = count_facets(index, query, access, ranking.documents)
        successors = _successors(ranking, index.store, access)
        answer = self.asks.answer_ranking(index, within, ranking) if is_asked else SILENCE
        suggestions = list(suggest_filters(index, query, counts, language))
        return SearchPage(ranking, successors, answer, counts, suggestions, is_asked)


def _successors(ranking: Ranking, store: Documents, access: Access) -> dict[str, DocumentCard]:
    """Return what took the place of the documents of a ranking, as far as it may be seen."""
    named = {ranked.document.metadata.replaced_by for ranked in ranking.documents} - {""}
    return store.cards(sorted(named), access)


SearchDependency = Annotated[SearchService, Depends(provided(SearchService))]
