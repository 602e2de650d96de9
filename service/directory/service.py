"""The directory by border, for the API, the page and the MCP server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends

from index.documents import Access
from service.browse.listing import SeenDocuments
from service.directory.listing import Directory, DirectoryFilter, list_directory
from service.directory.schemas import DirectoryResponse, directory_response
from service.http.concurrency import ConcurrencyLimiter
from service.http.dependencies import provided
from service.library.open_index import Library


@dataclass(frozen=True)
class DirectoryService:
    """Lists contacts, open calls and events to come. Its methods raise NotReady and Overloaded."""

    library: Library
    limiter: ConcurrencyLimiter
    seen: SeenDocuments
    public_url: str

    async def list(self, access: Access, language: str, narrowed: DirectoryFilter) -> Directory:
        """Return what somebody may see of the directory."""
        return await self.limiter.run(
            lambda: list_directory(self.library.borrow().store, self.seen, access, language, narrowed)
        )

    async def respond(self, access: Access, language: str, narrowed: DirectoryFilter) -> DirectoryResponse:
        """Return the same as the API gives it."""
        return directory_response(await self.list(access, language, narrowed), self.public_url)


DirectoryDependency = Annotated[DirectoryService, Depends(provided(DirectoryService))]
