"""Keep what staff upload for the ingestion job, and say what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends

from index.clock import utc_now
from service.auth.audit import AuditLog
from service.auth.callers import Caller
from service.errors import InvalidField
from service.http.concurrency import ConcurrencyLimiter
from service.http.dependencies import provided
from service.uploads.schemas import UploadMetadata
from service.uploads.store import Refused, Upload, UploadedFile, UploadFolder


@dataclass(frozen=True)
class UploadService:
    """Takes uploads of staff, from the page and the API."""

    folder: UploadFolder
    limiter: ConcurrencyLimiter
    audit: AuditLog
    public_url: str

    async def upload(self, metadata: UploadMetadata, files: Sequence[UploadedFile], caller: Caller) -> list[str]:
        """Keep the files and return their paths. Raises InvalidField, NotStored."""
        if metadata.title and len(files) > 1:
            raise InvalidField("title", "is for one file; several take the titles they have in them")
        try:
            paths = await self.limiter.run(lambda: self.folder.put(files, metadata.row(), caller.name, utc_now()))
        except Refused as error:
            raise InvalidField("files", str(error)) from error
        self.audit.write("upload", caller, files=paths, to=metadata.audience.value, groups=metadata.groups)
        return paths

    async def all(self) -> list[Upload]:
        """Return every upload with what became of it, the newest first."""
        return await self.limiter.run(self.folder.all)


UploadsDependency = Annotated[UploadService, Depends(provided(UploadService))]
