"""The wire format of the dashboard: what people did here, in numbers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from pydantic import BaseModel, Field

from service.dashboard.activity import Activity, Complaint, SubjectCount
from service.dashboard.reports import IngestionRun
from service.http.reasons import ReasonOut, reason_fields


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


class FailureOut(ReasonOut):
    """A file that could not be read, and why."""

    path: str = Field(examples=["corpus/etude.pdf"])


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


def dashboard_out(
    activity: Activity, *, documents: int, generation: int, last_run: IngestionRun | None
) -> DashboardOut:
    """Return the activity of a range of days, with the size of the index and the last ingestion."""
    return DashboardOut(
        first=activity.days.first,
        last=activity.days.last,
        searches=activity.searches,
        unfound=activity.unfound,
        questions=activity.questions,
        answered=activity.answered,
        opened=activity.opened,
        helped=activity.helped,
        not_helped=activity.not_helped,
        words_kept=activity.words_kept,
        days=[DayOut(**day._asdict()) for day in activity.by_day],
        frequent=_subjects(activity.frequent),
        concepts=_subjects(activity.concepts),
        finds_nothing=_subjects(activity.without_results),
        silent=_subjects(activity.unanswered),
        never_opened=[ShownOut(**document._asdict()) for document in activity.never_opened],
        complaints=[_complaint_out(complaint) for complaint in activity.complaints],
        documents=documents,
        generation=generation,
        last_ingestion=_run_out(last_run) if last_run else None,
    )


def _subjects(counts: Iterable[SubjectCount]) -> list[SubjectOut]:
    return [
        SubjectOut(words=line.subject.words, concepts=list(line.subject.concepts), count=line.count, before=line.before)
        for line in counts
    ]


def _complaint_out(complaint: Complaint) -> ComplaintOut:
    return ComplaintOut(
        day=complaint.day,
        words=complaint.subject.words,
        concepts=list(complaint.subject.concepts),
        document_id=complaint.document_id,
        word=complaint.word,
    )


def _run_out(run: IngestionRun) -> RunOut:
    return RunOut(
        started=run.started,
        sources=list(run.sources),
        new=run.new,
        changed=run.changed,
        unchanged=run.unchanged,
        removed=run.removed,
        seconds=run.seconds,
        failures=[FailureOut(path=failure.path, **reason_fields(failure.reason)) for failure in run.failures],
    )
