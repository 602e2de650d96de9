"""Feeds of the public documents, and of nothing else: Atom, sitemap, OAI-PMH."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends

from service.feeds.atom import write_feed
from service.feeds.oai import Provider
from service.feeds.sitemap import write_robots, write_sitemap
from service.feeds.store import Ledger, Record
from service.http.concurrency import ConcurrencyLimiter
from service.http.dependencies import provided
from service.library.open_index import Library


@dataclass(frozen=True)
class FeedService:
    """Writes the public documents as programs read them. Its methods raise NotReady and Overloaded."""

    library: Library
    limiter: ConcurrencyLimiter
    ledger: Ledger
    public_url: str

    async def atom(self) -> bytes:
        """Return the newest documents as an Atom feed (RFC 4287)."""
        return write_feed(await self._records(), base=self.public_url)

    async def sitemap(self, part: int | None) -> bytes:
        """Return the addresses of the documents' pages; a long list comes in parts."""
        return write_sitemap(await self._records(), base=self.public_url, part=part)

    async def oai(self, arguments: Sequence[tuple[str, str]]) -> bytes:
        """Return the answer to a harvester's request (OAI-PMH 2.0)."""
        provider = Provider(await self._records(), base=self.public_url)
        return await self.limiter.run(lambda: provider.answer(arguments))

    def robots(self) -> str:
        """Return robots.txt."""
        return write_robots(self.public_url)

    async def _records(self) -> tuple[Record, ...]:
        return await self.limiter.run(lambda: self.ledger.records(self.library.borrow().store))


FeedsDependency = Annotated[FeedService, Depends(provided(FeedService))]
