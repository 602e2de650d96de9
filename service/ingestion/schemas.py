"""The wire format of what the service reads by itself."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from service.http.reasons import ReasonOut, reason_fields
from service.ingestion.state import Run, Status


class RunOut(BaseModel):
    """A run of the ingestion command that the service began."""

    what: Literal["uploads", "again"] = Field(description="What staff uploaded, or all known sources once more")
    by: str = Field(description="Who asked for it; empty for uploads", examples=["Anne"])
    since: str = Field(examples=["2026-11-26T17:03:00+00:00"])
    ended: str = Field(description="Empty while it runs")
    is_done: bool = Field(description="Whether it did its work; files that failed are in its report")
    message: str = Field(description="What stopped it, or what it could not do, in English")
    reasons: list[ReasonOut] = Field(description="The same, each reason with its code")


class SourceOut(BaseModel):
    """A source that a former run read, and how."""

    source: str = Field(examples=["/srv/documents"])
    options: list[str] = Field(examples=[["--audience", "member"]])
    at: str = Field(examples=["2026-11-26T17:03:00+00:00"])


class IngestionOut(BaseModel):
    """Who reads what waits, what is being read, and what was last."""

    reader: Literal["service", "watch", "nobody"] = Field(
        description="This service, a job that watches (`python -m ingest --watch`), or nobody"
    )
    is_reading: bool
    waits_for: str = Field(description="The other job that is writing to the index, while a run waits for it")
    running: RunOut | None
    last: RunOut | None
    requested_by: str = Field(description="Who asked for all sources to be read again, until that is done")
    sources: list[SourceOut]


def ingestion_out(status: Status) -> IngestionOut:
    return IngestionOut(
        reader=status.reader,
        is_reading=status.is_reading,
        waits_for=status.waits_for,
        running=_run_out(status.running),
        last=_run_out(status.last),
        requested_by=status.requested.by if status.requested else "",
        sources=[
            SourceOut(source=source.source, options=list(source.options), at=source.at) for source in status.sources
        ],
    )


def _run_out(run: Run | None) -> RunOut | None:
    if run is None:
        return None
    return RunOut(
        what=run.what,
        by=run.by,
        since=run.since,
        ended=run.ended,
        is_done=run.is_done,
        message=run.message,
        reasons=[ReasonOut(**reason_fields(reason)) for reason in run.reasons],
    )
