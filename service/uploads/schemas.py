"""The wire format of uploads: what the catalogue will say of them, and what became of each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from index.documents import GROUP_FORM, LANGUAGES, Audience, Kind, Metadata, is_group_id
from index.reasons import Reason
from service.http.fields import THEMES_ALLOWED, Border, Country, Day
from service.http.reasons import ReasonOut, reason_fields
from service.ingestion.state import Status
from service.uploads.store import Upload
from service.web.citations import page_path


def _group(text: str) -> str:
    if not is_group_id(text):
        raise ValueError(f"expected {GROUP_FORM}")
    return text


Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300, pattern=r"^[^\x00-\x1f\x7f|]*$")]


Group = Annotated[str, AfterValidator(_group)]


class UploadMetadata(BaseModel):
    """What the catalogue will say of each file. Without an audience, documents are visible to staff only.

    `groups` are those whose members, besides staff, see the documents; they say nothing where the audience is staff.
    """

    model_config = ConfigDict(extra="forbid")

    title: Line = ""
    kind: Kind = Kind.PUBLICATION
    audience: Audience = Audience.STAFF
    groups: list[Group] = Field(default=[], max_length=20)
    language: Annotated[str, StringConstraints(pattern=rf"^(?:{'|'.join(LANGUAGES)})?$")] = ""
    countries: list[Country] = Field(default=[], max_length=50)
    borders: list[Border] = Field(default=[], max_length=50)
    themes: list[THEMES_ALLOWED] = Field(default=[], max_length=20)
    legal_instruments: list[Line] = Field(default=[], max_length=50)
    published: Day | None = None
    valid_from: Day | None = None
    valid_to: Day | None = None
    author: Line = ""
    notice: Line = ""
    programme: Line = Field(default="", description="Of a funding call", examples=["Interreg VI-A"])
    amount: Line = Field(default="", description="Of a funding call", examples=["100 000 € par projet"])
    deadline: Day | None = Field(default=None, description="The last day to apply to a call, or to register")
    starts: Day | None = Field(default=None, description="The first day of an event")
    ends: Day | None = Field(default=None, description="Its last day, if it is another one")
    place: Line = Field(default="", description="Of an event", examples=["Strasbourg"])
    organisation: Line = Field(default="", description="A contact's, or who funds a call or holds an event")
    function: Line = Field(default="", description="Whom to ask for there: what they do, never a name")
    territory: Line = Field(default="", description="A contact's", examples=["Eurodistrict Strasbourg-Ortenau"])

    def find_contradiction(self) -> tuple[str, Reason] | None:
        """Return the field whose day cannot be true beside the others, and the days that can; None if all can."""
        days = {name: getattr(self, name) for name in ("valid_to", "deadline", "starts", "ends")}
        return Metadata(self.title, self.kind, **days).find_contradiction()

    def row(self) -> dict[str, str]:
        """Return it as a row of the catalogue."""
        values = self.model_dump(mode="json")
        return {
            name: "|".join(value) if isinstance(value, list) else str(value or "") for name, value in values.items()
        }


class UploadsKept(BaseModel):
    paths: list[str] = Field(description="Where they lie below the uploads", examples=[["2026-11/etude-3fa91c.pdf"]])
    watched: bool = Field(
        description="Whether this service or a job that watches reads them soon; else run `python -m ingest`"
    )


class UploadOut(ReasonOut):
    """One upload and what became of it; `reason` is empty unless it failed or was withdrawn."""

    path: str = Field(examples=["2026-11/etude-3fa91c.pdf"])
    name: str = Field(description="As it was called where it came from", examples=["Étude.pdf"])
    title: str
    audience: str = Field(examples=["member"])
    groups: list[str] = Field(examples=[["gt-sante"]])
    at: str = Field(examples=["2026-11-26T17:03:00+00:00"])
    by: str = Field(examples=["Anne"])
    state: str = Field(description="waiting, reading, read, failed or withdrawn", examples=["read"])
    document_id: str
    url: str | None = Field(description="Its page, once it was read")


class UploadsOut(BaseModel):
    watched: bool = Field(description="Whether what waits is read soon, by this service or by a job that watches")
    stopped: str = Field(description="Why the last reading stopped before its end; it is tried again. Else empty")
    uploads: list[UploadOut]


def uploads_out(uploads: Iterable[Upload], status: Status, *, base: str) -> UploadsOut:
    """Return the uploads. Addresses begin with `base`."""
    return UploadsOut(
        watched=status.reader != "nobody",
        stopped=" ".join(status.stopped),
        uploads=[_upload_out(upload, base) for upload in uploads],
    )


def _upload_out(upload: Upload, base: str) -> UploadOut:
    return UploadOut(
        path=upload.path,
        name=upload.name,
        title=upload.title,
        audience=upload.audience,
        groups=list(upload.groups),
        at=upload.at,
        by=upload.by,
        state=upload.state,
        document_id=upload.document_id,
        url=base + page_path(upload.document_id) if upload.document_id else None,
        **reason_fields(upload.reason),
    )
