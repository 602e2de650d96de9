"""`POST /staff/uploads`: documents with their metadata and audience; `GET`: what became of them. For staff."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.status import HTTP_202_ACCEPTED

from service.auth.staff_only import StaffCaller
from service.desk import AtDesk
from service.documents.citations import page_path
from service.http.openapi import problems
from service.http.problems import InvalidField
from service.uploads.forms import MOST_FIELDS, MOST_FILES, Described, take, uploads_of

router = APIRouter(tags=["staff"])
FILES: Final = {"type": "array", "items": {"type": "string", "format": "binary"}, "minItems": 1}


def _form() -> dict[str, Any]:
    """Return the form as OpenAPI tells it; it is read by hand, and only once it is known who sends it."""
    schema = Described.model_json_schema()
    fields = {"files": FILES, **schema["properties"]}
    said = {"type": "object", "required": ["files"], "properties": fields, "additionalProperties": False}
    example = {"kind": "study", "audience": "member", "language": "fr", "borders": ["BE-FR"], "published": "2026-05-18"}
    return {"content": {"multipart/form-data": {"schema": _inlined(said, schema.get("$defs", {})), "example": example}}}


def _inlined(value: Any, known: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        if {"type": "null"} in value.get("anyOf", []):  # a form has no null: the field is left out
            (said,) = (one for one in value["anyOf"] if one != {"type": "null"})
            return _inlined({key: one for key, one in value.items() if key not in {"anyOf", "default"}} | said, known)
        if "$ref" in value:
            return known[value["$ref"].rpartition("/")[2]]
        return {key: _inlined(one, known) for key, one in value.items()}
    return [_inlined(one, known) for one in value] if isinstance(value, list) else value


class UploadsKept(BaseModel):
    paths: list[str] = Field(description="Where they lie below the uploads", examples=[["2026-11/etude-3fa91c.pdf"]])
    watched: bool = Field(description="Whether an ingestion job watches; if not, run `python -m ingest --watch`")


class UploadOut(BaseModel):
    """One upload and what became of it."""

    path: str = Field(examples=["2026-11/etude-3fa91c.pdf"])
    name: str = Field(description="As it was called where it came from", examples=["Étude.pdf"])
    title: str
    audience: str = Field(examples=["member"])
    at: str = Field(examples=["2026-11-26T17:03:00+00:00"])
    by: str = Field(examples=["Anne"])
    state: str = Field(description="waiting, read, failed or withdrawn", examples=["read"])
    document_id: str
    url: str | None = Field(description="Its page, once it was read")
    reason: str = Field(description="Why it failed")


class UploadsOut(BaseModel):
    watched: bool
    uploads: list[UploadOut]


@router.post(
    "/staff/uploads",
    status_code=HTTP_202_ACCEPTED,
    responses=problems(400, 401, 413, 422, 503),
    openapi_extra={"requestBody": {"required": True, **_form()}},
    summary="Upload documents with their metadata",
)
async def upload(request: Request, desk: AtDesk, caller: StaffCaller) -> UploadsKept:
    """Keep files for the ingestion job. Without `audience` they are for staff; several take their own titles."""
    async with request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS) as form:
        for name in form.keys() - {"files", *Described.model_fields}:
            raise InvalidField(name, "wanted: a field of the form that the API's description names")
        paths = await take(request, desk, caller, form)
    return UploadsKept(paths=paths, watched=uploads_of(desk).is_watched)


@router.get("/staff/uploads", responses=problems(401, 503), summary="What became of the uploads, the newest first")
async def uploads(desk: AtDesk, caller: StaffCaller) -> UploadsOut:
    """Return every upload with its state."""
    kept = uploads_of(desk)
    base = desk.settings.public_url
    found = await desk.turns.run(kept.listed)
    return UploadsOut(
        watched=kept.is_watched,
        uploads=[
            UploadOut(
                path=one.path,
                name=one.name,
                title=one.title,
                audience=one.audience,
                at=one.at,
                by=one.by,
                state=one.state,
                document_id=one.document_id,
                url=base + page_path(one.document_id) if one.document_id else None,
                reason=one.reason,
            )
            for one in found
        ],
    )
