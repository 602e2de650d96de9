"""`GET /staff/dashboard` and `GET /staff/journal.csv`: what people did here, in numbers. For staff."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from index.documents import Audience
from service.auth.staff_only import StaffCaller
from service.dashboard.export import journal_csv
from service.dashboard.reports import IngestionRun, ingestion_runs
from service.dashboard.service import LONGEST, Activity, Days, Line, activity
from service.desk import AtDesk, Desk
from service.http.openapi import problems
from service.http.problems import InvalidField
from service.search.schemas import Day

router = APIRouter(tags=["staff"])
USUAL: Final = 30  # days, when nobody says which
AskedDay = Annotated[Day | None, Query(description="A day, included", examples=["2026-11-01"])]


class DayOut(BaseModel):
    day: date
    searches: int
    unfound: int
    median_ms: float | None
    p95_ms: float | None


class SubjectOut(BaseModel):
    """What was asked: the words where their author agreed that they are kept, and concepts of the thesaurus."""

    words: str = Field(examples=["télétravail frontalier"])
    concepts: list[str] = Field(examples=[["theme/employment-training"]])
    count: int
    before: int = Field(description="How often in as many days before")


class ShownOut(BaseModel):
    document_id: str = Field(examples=["notes/teletravail"])
    times: int = Field(description="How often it stood among the first five results")


class ComplaintOut(BaseModel):
    day: date
    words: str
    concepts: list[str]
    document_id: str = Field(description="Empty when the answer did not help")
    word: str


class FailureOut(BaseModel):
    path: str
    reason: str


class RunOut(BaseModel):
    """The last run of the ingestion job."""

    started: str
    sources: list[str]
    new: int
    changed: int
    unchanged: int
    removed: int
    seconds: float
    failures: list[FailureOut]


class DashboardOut(BaseModel):
    first: date
    last: date
    searches: int
    unfound: int
    questions: int
    answered: int
    opened: int = Field(description="Searches of which at least one result was opened")
    helped: int
    not_helped: int
    words_kept: int = Field(description="Searches whose words were kept, with consent")
    days: list[DayOut]
    frequent: list[SubjectOut]
    concepts: list[SubjectOut]
    finds_nothing: list[SubjectOut]
    silent: list[SubjectOut]
    never_opened: list[ShownOut]
    complaints: list[ComplaintOut]
    documents: int
    generation: int
    last_ingestion: RunOut | None


@router.get("/staff/dashboard", responses=problems(401, 422, 503), summary="What people did here, in numbers")
async def dashboard(desk: AtDesk, caller: StaffCaller, first: AskedDay = None, last: AskedDay = None) -> DashboardOut:
    """Return what the journal tells of a stretch of days, by default the last thirty, and the last ingestion."""
    days = days_asked(first, last)
    return await desk.turns.run(lambda: _told(desk, activity_of(desk, days)))


@router.get(
    "/staff/journal.csv",
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}, **problems(401, 422, 503)},
    response_class=Response,
    summary="The journal, a line a search",
)
async def export(desk: AtDesk, caller: StaffCaller, first: AskedDay = None, last: AskedDay = None) -> Response:
    """Return each search of these days, without anything that tells whose it was."""
    return await exported(desk, days_asked(first, last))


async def exported(desk: Desk, days: Days) -> Response:
    """Return the journal of these days as a file."""
    told = await desk.turns.run(lambda: journal_csv(desk.journal.store, days))
    name = f"journal-{days.first}-{days.last}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(told, media_type="text/csv; charset=utf-8", headers=headers)


def activity_of(desk: Desk, days: Days) -> Activity:
    """Return the activity of these days, that of a moment ago too."""
    desk.journal.flush(2.0)
    return activity(desk.journal.store, days)


def days_asked(first: date | None, last: date | None) -> Days:
    """Return the days asked for. Raises InvalidField when they are none, or too many."""
    last = last or max(datetime.now(UTC).date(), first or date.min)
    first = first or (last - timedelta(days=USUAL - 1) if last.toordinal() > USUAL else date.min)
    if first > last:
        raise InvalidField("first", "must not lie after the last day")
    if (last - first).days >= LONGEST or first.toordinal() <= LONGEST:
        raise InvalidField("first", f"at most {LONGEST} days at once")
    return Days(first, last)


def _told(desk: Desk, told: Activity) -> DashboardOut:
    store = desk.library.borrow().store
    runs = ingestion_runs(desk.settings.index.data)
    return DashboardOut(
        first=told.days.first,
        last=told.days.last,
        searches=told.searches,
        unfound=told.unfound,
        questions=told.questions,
        answered=told.answered,
        opened=told.opened,
        helped=told.helped,
        not_helped=told.not_helped,
        words_kept=told.words_kept,
        days=[DayOut(**one._asdict()) for one in told.lines],
        frequent=_subjects(told.frequent),
        concepts=_subjects(told.concepts),
        finds_nothing=_subjects(told.finds_nothing),
        silent=_subjects(told.silent),
        never_opened=[ShownOut(**one._asdict()) for one in told.never_opened],
        complaints=[
            ComplaintOut(
                day=one.day,
                words=one.subject.words,
                concepts=list(one.subject.concepts),
                document_id=one.document_id,
                word=one.word,
            )
            for one in told.complaints
        ],
        documents=len(store.listed(Audience.STAFF)),
        generation=store.generation,
        last_ingestion=_run(runs[0]) if runs else None,
    )


def _subjects(lines: tuple[Line, ...]) -> list[SubjectOut]:
    return [
        SubjectOut(words=one.subject.words, concepts=list(one.subject.concepts), count=one.count, before=one.before)
        for one in lines
    ]


def _run(one: IngestionRun) -> RunOut:
    return RunOut(
        started=one.started,
        sources=list(one.sources),
        new=one.new,
        changed=one.changed,
        unchanged=one.unchanged,
        removed=one.removed,
        seconds=one.seconds,
        failures=[FailureOut(path=path, reason=reason) for path, reason in one.failures],
    )
