"""What is said of documents that are uploaded, from a form to the catalogue's words; one reading for page and API."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from starlette.datastructures import FormData, UploadFile

from index.documents import LANGUAGES, Audience, Kind
from service.auth.callers import Caller
from service.desk import Desk
from service.http.problems import InvalidField
from service.search.schemas import THEMES_ALLOWED, Border, Country, Day
from service.uploads.service import Given, NotKept, Refused, Uploads

MOST_FILES: Final = 50
MOST_FIELDS: Final = 200
LISTS: Final = ("countries", "borders", "themes", "legal_instruments")
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300, pattern=r"^[^\x00-\x1f\x7f|]*$")]


class Described(BaseModel):
    """What the catalogue will say of each file. Without an audience a document is for staff."""

    model_config = ConfigDict(extra="forbid")

    title: Line = ""
    kind: Kind = Kind.PUBLICATION
    audience: Audience = Audience.STAFF
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

    def row(self) -> dict[str, str]:
        """Return it as the catalogue states it."""
        said = self.model_dump(mode="json")
        return {name: "|".join(one) if isinstance(one, list) else str(one or "") for name, one in said.items()}


def described(form: FormData) -> Described:
    """Read what a form says of its files. Raises RequestValidationError naming each field that is not understood."""
    said: dict[str, Any] = {}
    for name in Described.model_fields:
        values = [one.strip() for one in form.getlist(name) if isinstance(one, str) and one.strip()]
        if name in LISTS:
            between = r"[|;\n]" if name == "legal_instruments" else r"[|;,\n]"
            said[name] = [part.strip() for one in values for part in re.split(between, one) if part.strip()]
        elif values:
            said[name] = values[-1]
    for name in ("countries", "borders"):
        said[name] = [one.upper() for one in said[name]]
    try:
        return Described.model_validate(said)
    except ValidationError as error:
        wrong = error.errors(include_context=False, include_input=False)
        raise RequestValidationError([one | {"loc": ("body", *one["loc"])} for one in wrong]) from error


def files_of(form: FormData) -> list[Given]:
    """Return the files of a form. Raises InvalidField when there is none."""
    sent = [one for one in form.getlist("files") if isinstance(one, UploadFile) and one.filename]
    if not sent:
        raise InvalidField("files", "wanted: at least one file")
    return [Given(one.filename or "", one.file) for one in sent]


async def take(request: Request, desk: Desk, caller: Caller, form: FormData) -> list[str]:
    """Keep what a form brings, note who did, and return the paths. Raises InvalidField, NotKept."""
    said, given = described(form), files_of(form)
    if said.title and len(given) > 1:
        raise InvalidField("title", "is for one file; several take the titles they have in them")
    kept = uploads_of(desk)
    try:
        paths = await desk.turns.run(lambda: kept.put(given, said.row(), caller.name, datetime.now(UTC)))
    except Refused as error:
        raise InvalidField("files", str(error)) from error
    desk.audit.write("upload", caller, files=paths, to=said.audience.value)
    return paths


def uploads_of(desk: Desk) -> Uploads:
    return Uploads(desk.settings.index.data, desk.settings.max_upload_bytes)


__all__ = ["MOST_FIELDS", "MOST_FILES", "Described", "NotKept", "described", "files_of", "take", "uploads_of"]
