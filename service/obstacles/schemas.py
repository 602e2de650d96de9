"""The wire format of the register of obstacles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlencode

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from index.documents import Audience
from index.types import DocumentCard
from service.http.fields import Border, Day, Text, reject_nul
from service.obstacles.cross_border_file import (
    CONTACT,
    EARLIEST,
    LATEST,
    NAME,
    TEXT,
    CrossBorderFile,
    DeadlineName,
    DeadlineState,
    InitiatorKind,
)
from service.obstacles.model import Event, Level, Obstacle, Report, Source, State
from service.web.citations import page_path

_NO_NUL: Final = Field(json_schema_extra={"pattern": r"^[^\u0000]*$"})
FileName = Annotated[str, StringConstraints(max_length=NAME, strict=True), AfterValidator(reject_nul), _NO_NUL]
FileContact = Annotated[str, StringConstraints(max_length=CONTACT, strict=True), AfterValidator(reject_nul), _NO_NUL]
FileDay = Annotated[
    Day,
    Field(ge=EARLIEST, le=LATEST, json_schema_extra={"pattern": rf"^(2[01]\d\d|{LATEST.year})-"}),
]
FileText = Annotated[str, StringConstraints(max_length=TEXT, strict=True), AfterValidator(reject_nul), _NO_NUL]


def _only_true(value: object) -> object:
    if value is not True:
        raise ValueError("expected true, given by whoever wrote the text; without their consent nothing is kept")
    return value


class ObstacleReport(BaseModel):
    """Something that does not work across a border, or a question the documents do not answer."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "text": "Aucun assureur ne couvre notre saleuse quand elle passe le col vers l'Espagne.",
                    "border": "ES-FR",
                    "kind": "report",
                    "consent": True,
                }
            ]
        },
    )

    text: Annotated[Text, Field(description="What happens, up to 2000 characters, in one of six languages")]
    border: Annotated[Border | None, Field(description="Where it happens, such as ES-FR")] = None
    kind: Annotated[
        Literal["report", "question"], Field(description="`question`: one that `POST /ask` did not answer")
    ] = "report"
    consent: Annotated[
        Literal[True],
        BeforeValidator(_only_true),
        Field(description="These words are kept and read by the resource centre; expected: true"),
    ]


class ReportReceived(BaseModel):
    """Where whoever reported can follow it. The addresses are shown this once: they hold a secret."""

    follow_url: str = Field(examples=["https://example.org/obstacles/follow?t=…"])
    feed_url: str = Field(examples=["https://example.org/obstacles/feed.atom?t=…"], description="Atom (RFC 4287)")


class SolutionOut(BaseModel):
    """The document that solves an obstacle, when the caller may see it."""

    id: str
    title: str
    url: str


class ObstacleOut(BaseModel):
    """An obstacle as staff describe it; nobody's own words are in it."""

    id: str = Field(examples=["0c91d2e4aa"])
    state: State
    statement: str = Field(description="What it is, neutrally; empty before staff wrote it", examples=["…"])
    language: str = Field(examples=["fr"])
    themes: list[str] = Field(examples=[["transport"]])
    borders: list[str] = Field(examples=[["DE-FR"]])
    countries: list[str] = Field(examples=[["DE", "FR"]])
    types: list[str] = Field(description="Names of the thesaurus's obstacles", examples=[["technical-standards"]])
    level: Level | None = Field(description="Who can act")
    reports: int = Field(description="How many reported it, as far as the caller may know; each counts once")
    changed: datetime
    solved_by: SolutionOut | None
    url: str


class ObstacleList(BaseModel):
    """Obstacles, the one reported most often first."""

    total: int
    obstacles: list[ObstacleOut]


class ReasonOut(BaseModel):
    """Why a value is proposed: words of the report or a document, and the concepts between."""

    field: str = Field(examples=["level"])
    value: str = Field(examples=["national"])
    words: str = Field(examples=["impôt"])
    document_id: str
    via: list[str] = Field(examples=[["theme/income-tax", "instrument/bilateral-treaty"]])


class ReportOut(BaseModel):
    """A report, for staff alone; its author is not named."""

    id: int
    source: Source
    at: datetime
    text: str
    language: str
    consent: str = Field(description="How it was given: form, question, api; forum for a thread")
    reasons: list[ReasonOut]


class EventOut(BaseModel):
    at: datetime
    by: str = Field(description="Empty: the service itself")
    what: str
    told: dict[str, Any]


class StaffView(BaseModel):
    """What staff see besides."""

    is_public: bool
    passed_to: str
    passed_on: date | None
    reports: list[ReportOut]
    history: list[EventOut]
    new_documents: list[str] = Field(description="That came in since and may solve it")


class CrossBorderFileFields(BaseModel):
    """What staff fill in for an obstacle's file under Regulation (EU) 2025/925; "" and null are not stated."""

    model_config = ConfigDict(extra="forbid")

    initiator: FileName = Field("", description="Entity that submits the file; no natural person (Art. 3(1))")
    initiator_kind: InitiatorKind | None = Field(None, description="Entity under public or under private law")
    contact: FileContact = Field("", description="How the coordination point reaches the initiator")
    interaction: FileText = Field("", description="Infrastructure or public service that is hampered (Art. 3(1))")
    territory: FileText = Field("", description="Territory in words, besides the borders")
    provision: FileText = Field(
        "", description="Legislative or administrative provision, or administrative practice (Art. 3(1))"
    )
    solution: FileText = Field("", description="Proposed solution")
    submitted: FileDay | None = Field(None, description="When it was submitted to the coordination point")
    reply_due: FileDay | None = Field(
        None, description="When the written outcome is due, as the coordination point said"
    )
    answered: FileDay | None = Field(None, description="When the written outcome came (Art. 12(1))")
    redress_until: FileDay | None = Field(None, description="Time limit for legal redress under national law, if any")


class FileItemOut(BaseModel):
    """One item of the file; `text` says in words where nothing is stated."""

    name: str = Field(examples=["provision"])
    heading: str
    articles: str = Field(description="Of the Regulation", examples=["3(1), 8"])
    is_stated: bool
    text: str
    language: str = Field(description="Of the text", examples=["fr"])


class DeadlineOut(BaseModel):
    name: DeadlineName
    heading: str
    article: str = Field(examples=["9(2)"])
    due: date | None = Field(description="Last day; null where what it is counted from is not stated")
    state: DeadlineState


class CrossBorderFileOut(BaseModel):
    """The file of an obstacle for a cross-border coordination point, without anybody's own words."""

    regulation: str = Field(examples=["Regulation (EU) 2025/925"])
    regulation_url: str
    obstacle_id: str
    url: str = Field(description="Of the obstacle's page for staff")
    language: str = Field(description="Of headings and notes", examples=["fr"])
    made_on: date
    notes: list[str]
    fields: CrossBorderFileFields
    items: list[FileItemOut]
    deadlines: list[DeadlineOut]


class FullObstacleOut(ObstacleOut):
    staff: StaffView | None = Field(description="For staff; null for others")


def file_fields(file: CrossBorderFile) -> CrossBorderFileFields:
    """Return what staff filled in."""
    return CrossBorderFileFields(**file.as_json())


def report_received(token: str, base: str) -> ReportReceived:
    """Return the private addresses this secret opens. They begin with `base`."""
    query = urlencode({"t": token})
    return ReportReceived(follow_url=f"{base}/obstacles/follow?{query}", feed_url=f"{base}/obstacles/feed.atom?{query}")


def obstacle_out(obstacle: Obstacle, audience: Audience, solution: DocumentCard | None, base: str) -> ObstacleOut:
    """Return an obstacle as an audience may see it, with the document that solves it, if they may see that."""
    about = obstacle.about
    return ObstacleOut(
        id=obstacle.id,
        state=obstacle.state,
        statement=obstacle.statement,
        language=obstacle.language,
        themes=list(about.themes),
        borders=list(about.borders),
        countries=list(about.countries),
        types=list(about.types),
        level=about.level,
        reports=obstacle.reports(audience),
        changed=obstacle.changed,
        solved_by=_solution_out(solution, base) if solution else None,
        url=f"{base}/obstacles/{obstacle.id}",
    )


def staff_view(
    obstacle: Obstacle, reports: Sequence[Report], history: Sequence[Event], new_documents: Sequence[str]
) -> StaffView:
    """Return what staff see of an obstacle besides."""
    return StaffView(
        is_public=obstacle.is_public,
        passed_to=obstacle.passed_to,
        passed_on=obstacle.passed_at.date() if obstacle.passed_at else None,
        reports=[_report_out(report) for report in reports],
        history=[EventOut(at=event.at, by=event.by, what=event.what, told=dict(event.details)) for event in history],
        new_documents=list(new_documents),
    )


def _solution_out(card: DocumentCard, base: str) -> SolutionOut:
    return SolutionOut(id=card.id, title=card.metadata.title, url=base + page_path(card.id))


def _report_out(report: Report) -> ReportOut:
    return ReportOut(
        id=report.id,
        source=report.source,
        at=report.at,
        text=report.text,
        language=report.language,
        consent=report.consent,
        reasons=[ReasonOut(**reason._asdict() | {"via": list(reason.via)}) for reason in report.proposal.reasons],
    )
