"""The page staff upload documents on, with what became of those uploaded before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from index.documents import LANGUAGES, THEMES, Audience, Kind
from index.formats import SUFFIXES
from index.reasons import describe
from service.auth.callers import Caller
from service.auth.staff_only import StaffReader
from service.errors import InvalidField
from service.http.problems import FieldError, problem_of
from service.library.groups import group_choices, group_names
from service.uploads.forms import (
    LISTS,
    MOST_FIELDS,
    MOST_FILES,
    explain,
    read_files,
    read_metadata,
    split_values,
)
from service.uploads.schemas import UploadMetadata
from service.uploads.service import UploadsDependency, UploadService
from service.uploads.store import NotStored
from service.web.forms import is_own_form
from service.web.rendering import page

router = APIRouter()
SHOWN: Final = 100


@router.api_route("/staff/upload", methods=["GET", "HEAD"])
async def form(request: Request, uploads: UploadsDependency, caller: StaffReader) -> Response:
    """Show the form and the uploads there are."""
    return await _page(request, uploads, caller)


@router.post("/staff/upload")
async def upload(request: Request, uploads: UploadsDependency, caller: StaffReader) -> Response:
    """Keep the files, or show the form again as it was filled in, with the fields that are wrong."""
    async with request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS) as sent:
        if not is_own_form(request, {"token": str(sent.get("token", ""))}):
            return await _page(request, uploads, caller, sent=sent, wrong=[FieldError("token", "")], status=403)
        try:
            paths = await uploads.upload(read_metadata(sent), read_files(sent), caller)
        except (RequestValidationError, InvalidField) as error:
            return await _page(request, uploads, caller, sent=sent, wrong=explain(problem_of(error).errors), status=422)
        except NotStored as error:
            wrong = [FieldError("files", describe(error))]
            return await _page(request, uploads, caller, sent=sent, wrong=wrong, status=503)
    return RedirectResponse(f"/staff/upload?kept={len(paths)}#uploads", 303)


async def _page(
    request: Request,
    uploads: UploadService,
    caller: Caller,
    *,
    sent: FormData | None = None,
    wrong: Sequence[FieldError] = (),
    status: int = 200,
) -> Response:
    kept, reading = await uploads.all()
    values: dict[str, Any] = {
        "uploads": kept[:SHOWN],
        "reading": reading,
        "waiting": sum(upload.state in ("waiting", "reading") for upload in kept),
        "kept": request.query_params.get("kept", ""),
        "fields": _fields(sent),
        "wrong": wrong,
        "wrong_fields": {error.field.partition(".")[0] for error in wrong},
        "kinds": [kind.value for kind in Kind],
        "audiences": [audience.value for audience in reversed(Audience)],
        "themes": THEMES,
        "group_choices": await group_choices(request),
        "group_names": await group_names(request, caller),
        "languages_known": LANGUAGES,
        "suffixes": SUFFIXES,
        "most_mb": uploads.folder.most_bytes // 1_000_000,
    }
    return page(request, "uploads/upload.html", values, caller=caller, status=status)


def _fields(form: FormData | None) -> dict[str, Any]:
    """Return the form as it was filled in before, so that nobody types it twice."""
    if form is None:
        empty = dict.fromkeys(UploadMetadata.model_fields, "")
        return empty | {"kind": Kind.PUBLICATION.value, "audience": Audience.STAFF.value, "themes": [], "groups": []}
    texts = {
        name: [text for text in form.getlist(name) if isinstance(text, str)] for name in UploadMetadata.model_fields
    }
    fields: dict[str, Any] = {
        name: (", " if name in LISTS else "").join(several[:1]) for name, several in texts.items()
    }
    return fields | {"themes": texts["themes"], "groups": split_values("groups", texts["groups"])}
