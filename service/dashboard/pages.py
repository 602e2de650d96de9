"""The dashboard of the staff: what is asked and how it goes, what ingestion read, what was measured."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, RedirectResponse, Response

from index.documents import Audience
from service.auth.staff_only import StaffReader
from service.dashboard.plots import HEIGHT, LEFT, WIDTH, lines, stacked_bars
from service.dashboard.reports import evaluation_page, evaluation_pages, ingestion_run, ingestion_runs, measured
from service.dashboard.routes import activity_of, days_asked, exported
from service.dashboard.service import Activity, Days, Subject
from service.desk import AtDesk, Desk
from service.http.problems import InvalidField
from service.library.concepts import read_thesaurus
from service.web.staff_pages import staff_page
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
async def dashboard(request: Request, desk: AtDesk, caller: StaffReader) -> Response:
    """Show a stretch of days, by default the last thirty."""
    days, t = _days(request), translator(request)
    told, values = await desk.turns.run(lambda: _read(desk, days))
    each = [one.day for one in told.lines]
    values |= {
        "told": told,
        "searches_plot": stacked_bars(each, [(one.searches - one.unfound, one.unfound) for one in told.lines]),
        "time_plot": lines(each, [[one.median_ms for one in told.lines], [one.p95_ms for one in told.lines]]),
        "plot_size": (WIDTH, HEIGHT, LEFT),
        "presets": [(length, days.last - timedelta(days=length - 1), days.last) for length in PRESETS],
        "asked": lambda subject: _asked(t, desk, subject),
        "kept_days": desk.journal.days,
    }
    return staff_page(request, "dashboard/dashboard.html", values, caller=caller)


@router.api_route("/staff/journal.csv", methods=READ)
async def export(request: Request, desk: AtDesk, caller: StaffReader) -> Response:
    """Hand out the searches of these days as a table."""
    return await exported(desk, _days(request))


@router.api_route("/staff/reports/{name}", methods=READ)
async def report(request: Request, name: str, desk: AtDesk, caller: StaffReader) -> Response:
    """Show one run of the ingestion job with every file that failed."""
    found = await desk.turns.run(lambda: ingestion_run(desk.settings.index.data, name))
    if found is None:
        raise HTTPException(404, "There is no such report.")
    return staff_page(request, "dashboard/ingestion_report.html", {"run": found}, caller=caller)


@router.api_route("/staff/evaluations/{name}", methods=READ)
async def evaluation(name: str, desk: AtDesk, caller: StaffReader) -> Response:
    """Hand out a page an evaluation has made, in a sandbox."""
    path = await desk.turns.run(lambda: evaluation_page(desk.settings.index.data, name))
    if path is None:
        raise HTTPException(404, "There is no such report.")
    return FileResponse(path, media_type="text/html", headers={"Content-Security-Policy": REPORT_POLICY})


def _read(desk: Desk, days: Days) -> tuple[Activity, dict[str, Any]]:
    told, data = activity_of(desk, days), desk.settings.index.data
    index = desk.library.borrow()
    named = {one.document_id for one in told.never_opened} | {one.document_id for one in told.complaints} - {""}
    runs = ingestion_runs(data)
    return told, {
        "cards": index.store.cards(sorted(named), Audience.STAFF),
        "documents": len(index.store.listed(Audience.STAFF)),
        "generation": index.engine.generation,
        "withdrawn": len(index.store.withdrawn.ids),
        "runs": runs,
        "failures": runs[0].failures[:FAILURES] if runs else (),
        "measured": measured(data),
        "evaluations": evaluation_pages(data),
    }


def _days(request: Request) -> Days:
    """Return the days the address names. Raises InvalidField."""
    said: dict[str, date | None] = {}
    for name in ("first", "last"):
        text = request.query_params.get(name, "").strip()
        try:
            said[name] = date.fromisoformat(text) if text else None
        except ValueError as error:
            raise InvalidField(name, "wanted: a day such as 2026-11-01") from error
    return days_asked(said["first"], said["last"])


def _asked(t: Translator, desk: Desk, subject: Subject) -> str:
    """Return what was asked as staff read it: the words, or the names of the concepts, or that neither is known."""
    if subject.words:
        return t("staff.quoted", words=subject.words)
    known = read_thesaurus(desk.thesaurus).concepts
    names = [known[one].label(t.language) if one in known else one for one in subject.concepts]
    return " + ".join(names) or t("staff.words.unknown")
