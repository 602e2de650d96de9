"""The wire format of harvests: the terms of the operator's plans, and what came of them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from index.documents import GROUP_FORM, LANGUAGES, Audience, Kind
from service.harvesting.program import Trial
from service.harvesting.records import Record
from service.harvesting.service import Harvest, View
from service.harvesting.store import Status
from service.history.schemas import ChangeOut, changes_out
from service.http.fields import WHOLE
from service.http.reasons import ReasonOut, reason_fields

Format = Literal["feed", "sitemap", "oai"]
Group = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$"), Field(description=GROUP_FORM)]
Address = Annotated[
    str,
    StringConstraints(
        max_length=2000, pattern=r"^https?://[A-Za-z0-9][A-Za-z0-9.-]*(?::[1-9][0-9]{0,4})?(?:[/?#][!-~]*)?$"
    ),
    Field(examples=["https://www.example.org/rss"]),
]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,60}$"), Field(examples=["actualites"])]
Line = Annotated[str, StringConstraints(max_length=300, pattern=r"^[^\x00-\x1f\x7f]*$")]
Language = Annotated[str, StringConstraints(pattern=rf"^(?:{'|'.join(LANGUAGES)})?$")]
Most = Annotated[int, Field(ge=1, le=100_000, strict=True), WHOLE]
Delay = Annotated[float, Field(ge=0, le=3600, strict=True)]
Every = Annotated[float, Field(ge=300, le=31_536_000, strict=True)]


class TermsIn(BaseModel):
    """What is harvested, and how; the names of a `[[harvest]]` table."""

    model_config = ConfigDict(extra="forbid")

    set: Annotated[Line, Field(description="Of an OAI-PMH repository; empty: all")] = ""
    only: Annotated[Line, Field(description="A regular expression that matches in the addresses to fetch")] = ""
    audience: Annotated[Audience, Field(description="Of every document of this harvest")] = Audience.STAFF
    groups: Annotated[list[Group], Field(max_length=20)] = []
    kind: Annotated[Kind | None, Field(description="null: a publication")] = None
    language: Annotated[Language, Field(description="Of documents whose list states none; empty: it is detected")] = ""
    most: Annotated[Most, Field(description="Documents a run; the rest follows in the next ones")] = 500
    delay_s: Annotated[Delay, Field(description="Seconds between two requests to one host")] = 1.0
    every_s: Annotated[Every, Field(description="Seconds between two runs")] = 3600.0

    def terms(self) -> dict[str, Any]:
        """Return the terms that were sent."""
        return self.model_dump(mode="json", include=self.model_fields_set - {"is_paused"})


class TrialIn(TermsIn):
    """A list to look at; without a format it is detected, and a web page may name its feed."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"address": "https://www.example.org/"}]})

    address: Address
    format: Format | None = None
    name: Annotated[Name | None, Field(description="Of the harvest, whose documents are then not to be fetched")] = None


class HarvestIn(TermsIn):
    """A harvest to be added."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"format": "feed", "address": "https://www.example.org/rss"}]}
    )

    address: Address
    format: Format
    name: Annotated[Name | None, Field(description="null: after its site")] = None


class HarvestChangeIn(TermsIn):
    """What is to change of a harvest; what is left out stays as it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"is_paused": True}]})

    address: Address = "https://www.example.org/rss"
    format: Format = "feed"
    is_paused: Annotated[bool, Field(strict=True, description="false: it goes on, also after it was ended")] = False

    @property
    def status(self) -> Status | None:
        """Return whether it is to rest or go on; None where nothing is said of that."""
        if "is_paused" not in self.model_fields_set:
            return None
        return Status.PAUSED if self.is_paused else Status.ACTIVE


class RemarkOut(ReasonOut):
    """What could not be fetched or read, and why."""

    address: str = Field(examples=["https://www.example.org/perdu"])


class LastOut(BaseModel):
    """What a harvest last did."""

    began: str = Field(examples=["2026-11-30T09:12:00.000+00:00"], description="Empty: it has not begun yet")
    ended: str = Field(description="Empty while it goes on")
    is_listed: bool = Field(description="Whether its list could be read")
    fetched: int
    unchanged: int
    gone: int
    is_cut: bool = Field(description="Whether the rest is left for the next run")
    documents: int = Field(description="That it keeps")
    failed: int = Field(description="Of which `failures` holds the first 200")
    failures: list[RemarkOut] = Field(description="What could not be fetched")
    unreadable: int = Field(description="Of which `unread` holds the first 200")
    unread: list[RemarkOut] = Field(description="What was fetched and could not be read")
    next: str = Field(description="When it is due; empty: now")


class HarvestOut(BaseModel):
    """A harvest: what it fetches, whether it goes on, and what it last did."""

    name: str = Field(examples=["actualites"])
    is_own: bool = Field(description="Whether staff added it; those of an operator's plan cannot be changed here")
    plan: str = Field(description="The operator's plan it stands in", examples=["plan.toml"])
    terms: dict[str, Any] = Field(examples=[{"format": "feed", "address": "https://www.example.org/rss"}])
    status: Status
    until: date | None = Field(description="From this day on the documents of an ended one are removed; null: never")
    revision: int = Field(description="For `If-Match` when it is changed")
    is_waiting: bool = Field(description="Whether it begins soon")
    is_running: bool
    last: LastOut | None


class HarvestsOut(BaseModel):
    """All harvests, who runs those of staff, and who changed what."""

    runner: Literal["service", "watch", "nobody"] = Field(
        description="This service, a job that watches (`python -m ingest --watch`), or nobody"
    )
    fault: str = Field(description="Why the last run stopped, if it did")
    harvests: list[HarvestOut]
    unrecorded: list[str] = Field(description="The operator's plans that have not run since records are kept")
    changes: list[ChangeOut] = Field(description="The latest, the newest first")


class EntryOut(BaseModel):
    """An entry of a list."""

    address: str
    title: str
    published: str


class TrialOut(BaseModel):
    """What a look at a list showed; nothing is kept of it."""

    format: str = Field(description="As detected, if none was given", examples=["feed"])
    address: str = Field(description="Another one than was sent where a page names its feed")
    entries: list[EntryOut] = Field(description="The first ten that would be fetched")
    faults: list[RemarkOut] = Field(description="Entries that cannot be used")
    listed: int
    chosen: int = Field(description="Those whose address `only` matches")
    to_fetch: int = Field(description="What a run would request")
    is_partial: bool = Field(description="Whether the list goes on, or took longer than a look may")
    reason: str = Field(description="Why the list could not be read; empty if it could")


def harvest_out(harvest: Harvest) -> HarvestOut:
    return HarvestOut(
        name=harvest.name,
        is_own=harvest.is_own,
        plan=harvest.plan,
        terms=dict(harvest.terms),
        status=harvest.status,
        until=date.fromisoformat(harvest.until) if harvest.until else None,
        revision=harvest.revision,
        is_waiting=harvest.is_waiting,
        is_running=harvest.is_running,
        last=_last_out(harvest.last) if harvest.last else None,
    )


def _last_out(record: Record) -> LastOut:
    return LastOut(
        began=record.began,
        ended=record.ended,
        is_listed=record.is_listed,
        fetched=record.fetched,
        unchanged=record.unchanged,
        gone=record.dropped,
        is_cut=record.is_cut,
        documents=record.documents,
        failed=record.failed,
        failures=[RemarkOut(address=remark.address, **reason_fields(remark.reason)) for remark in record.failures],
        unreadable=record.unreadable,
        unread=[RemarkOut(address=remark.address, **reason_fields(remark.reason)) for remark in record.unread],
        next=record.next,
    )


def harvests_out(view: View) -> HarvestsOut:
    return HarvestsOut.model_validate(
        {
            "runner": view.runner,
            "fault": view.fault,
            "harvests": [harvest_out(harvest) for harvest in view.harvests],
            "unrecorded": list(view.unrecorded),
            "changes": changes_out(view.changes),
        }
    )


def trial_out(trial: Trial) -> TrialOut:
    return TrialOut(
        format=trial.format,
        address=trial.address,
        entries=[
            EntryOut(address=entry.address, title=entry.title, published=entry.published) for entry in trial.entries
        ],
        faults=[RemarkOut(address=fault.path, **reason_fields(fault.reason)) for fault in trial.faults],
        listed=trial.listed,
        chosen=trial.chosen,
        to_fetch=trial.to_fetch,
        is_partial=trial.is_partial,
        reason=trial.reason,
    )
