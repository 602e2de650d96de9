"""The dashboard of the staff: what people did here, what ingestion read, what evaluations measured."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Final, NamedTuple

from fastapi import Depends
from starlette.responses import Response

from index.clock import utc_today
from index.documents import Access, Audience
from index.types import DocumentCard
from service.alerts.model import Mail
from service.alerts.outbox import Outbox
from service.dashboard.activity import LONGEST, Activity, Days, journal_csv, read_activity
from service.dashboard.reports import (
    EvaluationPage,
    IngestionRun,
    MeasuredSet,
    evaluation_page,
    evaluation_pages,
    ingestion_run,
    ingestion_runs,
    measured_sets,
)
from service.dashboard.schemas import DashboardOut, dashboard_out
from service.errors import InvalidField
from service.http.concurrency import ConcurrencyLimiter
from service.http.dependencies import provided
from service.journal.service import Journal
from service.library.concepts import Thesaurus, ThesaurusSource, read_thesaurus
from service.library.open_index import Library
from service.mailing.outbox import OutboxState

USUAL: Final = 30  # days, when none are given
FLUSH_S: Final = 2.0  # to wait for what was done a moment ago


class Dashboard(NamedTuple):
    """Everything the page shows; `cards` are the documents its lists name."""

    activity: Activity
    cards: dict[str, DocumentCard]
    documents: int
    generation: int
    withdrawn: int
    runs: list[IngestionRun]
    measured: list[MeasuredSet]
    evaluations: list[EvaluationPage]
    thesaurus: Thesaurus
    outbox: OutboxState[Mail]


@dataclass(frozen=True)
class DashboardService:
    """Reads the dashboard for the page and the API."""

    library: Library
    limiter: ConcurrencyLimiter
    journal: Journal
    data: Path
    thesaurus_path: ThesaurusSource
    mails: Outbox

    async def read(self, days: Days) -> Dashboard:
        """Return everything the page shows of these days. Raises NotReady."""
        return await self.limiter.run(lambda: self._read(days))

    async def respond(self, days: Days) -> DashboardOut:
        """Return these days as the API gives them. Raises NotReady."""

        def respond() -> DashboardOut:
            store, runs = self.library.borrow().store, ingestion_runs(self.data)
            return dashboard_out(
                self._activity(days),
                documents=len(store.list_documents(Access(Audience.STAFF))),
                generation=store.generation,
                last_run=runs[0] if runs else None,
            )

        return await self.limiter.run(respond)

    async def journal_csv(self, days: Days) -> str:
        """Return the searches of these days as a table, with nothing that identifies a person."""
        return await self.limiter.run(lambda: journal_csv(self.journal.store, days))

    async def ingestion_run(self, name: str) -> IngestionRun | None:
        """Return one run of the ingestion job by the name of its report, None when there is none."""
        return await self.limiter.run(lambda: ingestion_run(self.data, name))

    async def evaluation_page(self, name: str) -> Path | None:
        """Return where a page an evaluation has made lies, None when there is none of that name."""
        return await self.limiter.run(lambda: evaluation_page(self.data, name))

    def _read(self, days: Days) -> Dashboard:
        activity, index = self._activity(days), self.library.borrow()
        ids = {document.document_id for document in activity.never_opened}
        ids |= {complaint.document_id for complaint in activity.complaints} - {""}
        return Dashboard(
            activity=activity,
            cards=index.store.cards(sorted(ids), Access(Audience.STAFF)),
            documents=len(index.store.list_documents(Access(Audience.STAFF))),
            generation=index.engine.generation,
            withdrawn=len(index.store.withdrawn_ids()),
            runs=ingestion_runs(self.data),
            measured=measured_sets(self.data),
            evaluations=evaluation_pages(self.data),
            thesaurus=read_thesaurus(self.thesaurus_path),
            outbox=self.mails.state(),
        )

    def _activity(self, days: Days) -> Activity:
        self.journal.flush(FLUSH_S)
        return read_activity(self.journal.store, days)


def days_between(first: date | None, last: date | None) -> Days:
    """Return the days from first to last, by default the last thirty. Raises InvalidField for none or too many."""
    last = last or max(utc_today(), first or date.min)
    first = first or (last - timedelta(days=USUAL - 1) if last.toordinal() > USUAL else date.min)
    if first > last:
        raise InvalidField("first", "must not lie after the last day")
    if (last - first).days >= LONGEST or first.toordinal() <= LONGEST:
        raise InvalidField("first", f"at most {LONGEST} days at once")
    return Days(first, last)


def csv_response(table: str, days: Days) -> Response:
    """Return the journal of these days as a file."""
    name = f"journal-{days.first}-{days.last}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(table, media_type="text/csv; charset=utf-8", headers=headers)


DashboardDependency = Annotated[DashboardService, Depends(provided(DashboardService))]
