"""Say what is being read, and have the sources of former runs read again; the audit log says who asked for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends

from service.auth.audit import AuditLog
from service.auth.callers import Caller
from service.errors import LimitReached
from service.http.concurrency import ConcurrencyLimiter
from service.http.dependencies import provided
from service.ingestion.state import IngestionFiles, Request, Status

NO_READER = (
    "Nothing is read by this service now: see PASSERELLE_READ_UPLOADS. Run `python -m ingest --again` elsewhere."
)
NO_SOURCES = "No run has recorded its sources yet. Name them once: `python -m ingest SOURCE…`."


class NotReadHere(LimitReached):
    """This service reads nothing by itself, or knows no sources to read; the message says what to do."""


@dataclass(frozen=True)
class IngestionService:
    """Shows staff the reading of documents, and begins it."""

    files: IngestionFiles
    limiter: ConcurrencyLimiter
    audit: AuditLog

    async def status(self) -> Status:
        return await self.limiter.run(self.files.status)

    async def read_again(self, caller: Caller) -> Request:
        """Have every known source read again, each with the options it was read with. Raises NotReadHere."""

        def ask() -> Request:
            status = self.files.status()
            if not status.is_read_here:
                raise NotReadHere(NO_READER)
            if not status.sources:
                raise NotReadHere(NO_SOURCES)
            request = status.requested or self.files.ask(caller.name)
            self.audit.write("read again", caller, sources=[source.source for source in status.sources])
            return request

        return await self.limiter.run(ask)


IngestionDependency = Annotated[IngestionService, Depends(provided(IngestionService))]
