"""Keep what staff upload for the ingestion job, and say what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Depends

from index.clock import utc_now
from index.reasons import Reason
from service.auth.audit import AuditLog
from service.auth.callers import Caller
from service.auth.groups import GroupStore
from service.errors import InvalidField
from service.http.concurrency import ConcurrencyLimiter
from service.http.dependencies import provided
from service.ingestion.state import IngestionFiles, Status
from service.uploads.schemas import UploadMetadata
from service.uploads.store import Refused, Upload, UploadedFile, UploadFolder


@dataclass(frozen=True)
class UploadService:
    """Takes uploads of staff, from the page and the API."""

    folder: UploadFolder
    ingestion: IngestionFiles
    limiter: ConcurrencyLimiter
    audit: AuditLog
    groups: GroupStore
    public_url: str

    async def upload(self, metadata: UploadMetadata, files: Sequence[UploadedFile], caller: Caller) -> list[str]:
        """Keep the files and return their paths. Raises InvalidField, NotStored."""
        if metadata.title and len(files) > 1:
            raise InvalidField("title", Reason("upload-title-of-several"))

        def keep() -> list[str]:
            self.groups.check_open(metadata.groups)
            return self.folder.put(files, metadata.row(), caller.name, utc_now())

        try:
            paths = await self.limiter.run(keep)
        except Refused as error:
            raise InvalidField("files", error.reason) from error
        self.audit.write("upload", caller, files=paths, to=metadata.audience.value, groups=metadata.groups)
        return paths

    async def all(self) -> tuple[list[Upload], Status]:
        """Return every upload with what became of it, the newest first, and what is being read now."""

        def read() -> tuple[list[Upload], Status]:
            status = self.ingestion.status()
            uploads = self.folder.all()
            if status.is_reading:
                uploads = [
                    replace(upload, state="reading") if upload.state == "waiting" else upload for upload in uploads
                ]
            return uploads, status

        return await self.limiter.run(read)

    async def is_read_soon(self) -> bool:
        """Say whether somebody reads what waits by themselves: this service, or a job that watches."""
        return (await self.limiter.run(self.ingestion.status)).reader != "nobody"


UploadsDependency = Annotated[UploadService, Depends(provided(UploadService))]
