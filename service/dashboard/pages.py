"""The dashboard of the staff: what is searched and how it goes, what ingestion read, what was measured."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, RedirectResponse, Response

from service.auth.staff_only import StaffReader
from service.dashboard.activity import Days, Subject
from service.dashboard.plots import HEIGHT, LEFT, WIDTH, lines, stacked_bars
from service.dashboard.service import DashboardDependency, csv_response, days_between
from service.errors import InvalidField
from service.library.concepts import Thesaurus
from service.web.rendering import page
from service.web.translating import Translator, translator

router = APIRouter()
READ = ["GET", "HEAD"]
PRESETS: Final = (7, 30, 90)
FAILURES: Final = 100
# A report is a page of its own that must neither run nor reach anything: it styles itself, and that is all.
REPORT_POLICY: Final = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"


@router.api_route("/staff/", methods=READ)
async def with_slash() -> Response:
    return RedirectResponse("/staff", 308)


@router.api_route("/staff", methods=READ)
async def dashboard(request: Request, service: DashboardDependency, caller: StaffReader) -> Response:
    """Show a range of days, by default the last thirty."""
    days, t = _days(request), translator(request)
    shown = await service.read(days)
    by_day = shown.activity.by_day
    each = [line.day for line in by_day]
    values = shown._asdict() | {
        "searches_plot": stacked_bars(each, [(line.searches - line.unfound, line.unfound) for line in by_day]),
        "time_plot": lines(each, [[line.median_ms for line in by_day], [line.p95_ms for line in by_day]]),
        "plot_size": (WIDTH, HEIGHT, LEFT),
        "presets": [(length, days.last - timedelta(days=length - 1), days.last) for length in PRESETS],
        "failures": shown.runs[0].failures[:FAILURES] if shown.runs else (),
        "subject_text": _subject_text(t, shown.thesaurus),
        "kept_days": service.journal.days,
    }
    return page(request, "dashboard/dashboard.html", values, caller=caller)


@router.api_route("/staff/journal.csv", methods=READ)
async def export(request: Request, service: DashboardDependency, caller: StaffReader) -> Response:
    """Return the searches of these days as a table."""
    days = _days(request)
    return csv_response(await service.journal_csv(days), days)


@router.api_route("/staff/reports/{name}", methods=READ)
async def report(request: Request, name: str, service: DashboardDependency, caller: StaffReader) -> Response:
    """Show one run of the ingestion job with every file that failed."""
    run = await service.ingestion_run(name)
    if run is None:
        raise HTTPException(404, "There is no such report.")
    return page(request, "dashboard/ingestion_report.html", {"run": run}, caller=caller)


@router.api_route("/staff/evaluations/{name}", methods=READ)
async def evaluation(name: str, service: DashboardDependency, caller: StaffReader) -> Response:
    """Return a page an evaluation has made, in a sandbox."""
    path = await service.evaluation_page(name)
    if path is None:
        raise HTTPException(404, "There is no such report.")
    return FileResponse(path, media_type="text/html", headers={"Content-Security-Policy": REPORT_POLICY})


def _days(request: Request) -> Days:
    """Return the days the address names. Raises InvalidField."""
    days: dict[str, date | None] = {}
    for name in ("first", "last"):
        text = request.query_params.get(name, "").strip()
        try:
            days[name] = date.fromisoformat(text) if text else None
        except ValueError as error:
            raise InvalidField(name, "expected a day such as 2026-11-01") from error
    return days_between(days["first"], days["last"])


def _subject_text(t: Translator, thesaurus: Thesaurus) -> Callable[[Subject], str]:
    """Return what words a subject for staff: its words, its concepts' labels, or that neither is known."""

    def text(subject: Subject) -> str:
        if subject.words:
            return t("staff.quoted", words=subject.words)
        known = thesaurus.concepts
        labels = [known[key].label(t.language) if key in known else key for key in subject.concepts]
        return " + ".join(labels) or t("staff.words.unknown")

    return text
