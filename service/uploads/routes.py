"""`POST /staff/uploads`: documents with their metadata and audience; `GET`: what became of them. For staff."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.status import HTTP_202_ACCEPTED

from service.auth.staff_only import StaffCaller
from service.errors import InvalidField
from service.http.openapi import problems
from service.uploads.forms import MOST_FIELDS, MOST_FILES, read_files, read_metadata
from service.uploads.schemas import UploadMetadata, UploadsKept, UploadsOut, uploads_out
from service.uploads.service import UploadsDependency

router = APIRouter(tags=["staff"])
FILES: Final = {"type": "array", "items": {"type": "string", "format": "binary"}, "minItems": 1}


def _form() -> dict[str, Any]:
    """Return the form as OpenAPI describes it; it is parsed by hand, once it is known who sends it."""
    schema = UploadMetadata.model_json_schema()
    fields = {"files": FILES, **schema["properties"]}
    form = {"type": "object", "required": ["files"], "properties": fields, "additionalProperties": False}
    example = {"kind": "study", "audience": "member", "language": "fr", "borders": ["BE-FR"], "published": "2026-05-18"}
    return {"content": {"multipart/form-data": {"schema": _inline(form, schema.get("$defs", {})), "example": example}}}


def _inline(value: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        if {"type": "null"} in value.get("anyOf", []):  # a form has no null: the field is left out
            (option,) = (option for option in value["anyOf"] if option != {"type": "null"})
            others = {key: item for key, item in value.items() if key not in {"anyOf", "default"}}
            return _inline(others | option, definitions)
        if "$ref" in value:
            return definitions[value["$ref"].rpartition("/")[2]]
        return {key: _inline(item, definitions) for key, item in value.items()}
    return [_inline(item, definitions) for item in value] if isinstance(value, list) else value


@router.post(
    "/staff/uploads",
    status_code=HTTP_202_ACCEPTED,
    responses=problems(400, 401, 413, 422, 503),
    openapi_extra={"requestBody": {"required": True, **_form()}},
    summary="Upload documents with their metadata",
)
async def upload(request: Request, uploads: UploadsDependency, caller: StaffCaller) -> UploadsKept:
    """Keep files, to be read soon where `watched` says so. Without `audience` they are for staff."""
    async with request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS) as form:
        for name in form.keys() - {"files", *UploadMetadata.model_fields}:
            raise InvalidField(name, "expected a field of the form that the API's description names")
        paths = await uploads.upload(read_metadata(form), read_files(form), caller)
    return UploadsKept(paths=paths, watched=await uploads.is_read_soon())


@router.get("/staff/uploads", responses=problems(401, 503), summary="What became of the uploads, the newest first")
async def uploads(uploads: UploadsDependency, caller: StaffCaller) -> UploadsOut:
    """Return every upload with its state."""
    kept, status = await uploads.all()
    return uploads_out(kept, status, base=uploads.public_url)
