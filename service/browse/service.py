"""What there is of a border, a theme or a kind, and what is new for somebody: for pages, the API and MCP."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Annotated, Final, NamedTuple

from fastapi import Depends

from index.clock import utc_today
from index.documents import Access
from service.browse.listing import BrowsedWork, Listing, Order, SeenDocuments, list_works
from service.browse.schemas import DocumentsResponse, documents_response
from service.http.concurrency import ConcurrencyLimiter
from service.http.dependencies import provided
from service.library.filters import Filters
from service.library.open_index import Library

RECENT: Final = timedelta(days=30)  # what is new for somebody whose last visit is not known
NEWEST: Final = 5  # shown on the home page


class News(NamedTuple):
    """The documents that came in since a day, newest first: some of them, and how many there are in all.

    Where there are none, those shown are the last that came in before.
    """

    since: date
    total: int
    works: tuple[BrowsedWork, ...]


class Overview(NamedTuple):
    """What the home page offers: everything there is, counted by facet, and what is new."""

    listing: Listing
    news: News


@dataclass(frozen=True)
class BrowsingService:
    """Lists documents without words. Its methods raise NotReady and Overloaded."""

    library: Library
    limiter: ConcurrencyLimiter
    public_url: str
    seen: SeenDocuments = field(default_factory=SeenDocuments, repr=False)

    async def browse(
        self, filters: Filters, access: Access, language: str, order: Order, since: date | None = None
    ) -> Listing:
        """Return what somebody may see of these filters."""

        def listing() -> Listing:
            store = self.library.borrow().store
            return list_works(store, self.seen.of(store, access), filters, access, language, order, since)

        return await self.limiter.run(listing)

    async def overview(self, access: Access, language: str, last_visit: date | None) -> Overview:
        """Return what somebody may see, counted, and what is new since their last visit, or in the last month."""
        since = last_visit or utc_today() - RECENT
        listing = await self.browse(Filters(), access, language, Order.ARRIVAL)
        new = [work for work in listing.works if work.arrived and work.arrived >= since]
        return Overview(listing, News(since, len(new), tuple((new or listing.works)[:NEWEST])))

    async def respond(
        self, filters: Filters, access: Access, order: Order, since: date | None, page: int, k: int, language: str = ""
    ) -> DocumentsResponse:
        """Return a page of k documents as the API gives them."""
        listing = await self.browse(filters, access, language, order, since)
        return documents_response(listing, page, k, self.public_url)


BrowsingDependency = Annotated[BrowsingService, Depends(provided(BrowsingService))]
