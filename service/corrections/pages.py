"""The page on which staff correct a document: its metadata, who sees it, and who changed what and when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from index.documents import LANGUAGES, THEMES, Audience, Kind
from index.errors import UnknownDocument
from index.store.corrections import CORRECTABLE
from service.auth.callers import Caller
from service.auth.staff_only import StaffReader
from service.corrections.schemas import SEVERAL, as_fields, digest_of, read_form
from service.corrections.service import CorrectionsDependency, CorrectionService
from service.errors import ChangedMeanwhile, InvalidField
from service.http.problems import FieldError, problem_of
from service.library.groups import group_choices, group_names
from service.uploads.forms import MOST_FIELDS, explain, split_values
from service.web.forms import is_own_form
from service.web.rendering import page

router = APIRouter()
PATH: Final = "/staff/corrections/{document_id:path}"


@router.api_route(PATH, methods=["GET", "HEAD"])
async def edit(request: Request, document_id: str, service: CorrectionsDependency, caller: StaffReader) -> Response:
    """Show the document's metadata to be corrected."""
    return await _page(request, service, caller, document_id)


@router.post(PATH)
async def save(request: Request, document_id: str, service: CorrectionsDependency, caller: StaffReader) -> Response:
    """Correct what was changed in the form, or take a correction back."""
    async with request.form(max_files=0, max_fields=MOST_FIELDS) as form:
        if not is_own_form(request, {"token": str(form.get("token", ""))}):
            raise HTTPException(403, "This form is not from a page made for you, or was open too long.")
        revision, _, digest = str(form.get("revision", "")).partition("-")
        undone = str(form.get("undo", ""))
        try:
            number = int(revision) if revision.isdecimal() and len(revision) < 8 else -1
            if undone:
                names = [name for name in CORRECTABLE if undone in (name, "all")]
                await service.take_back(document_id, caller, revision=number, names=names)
            else:
                present = (await service.find(document_id)).metadata
                if digest != digest_of(present):  # a field that nobody touched must not become a correction
                    raise ChangedMeanwhile("The document is not as the form showed it any more.")
                shown = as_fields(present)
                values = read_form(form, shown).values()
                await service.correct(document_id, values, caller, revision=number)
        except UnknownDocument as error:
            raise HTTPException(404, "There is no such document.") from error
        except ChangedMeanwhile:
            wrong = [FieldError("revision", "")]
            return await _page(request, service, caller, document_id, wrong=wrong, status=412)
        except (RequestValidationError, InvalidField) as error:
            wrong = explain(problem_of(error).errors)
            return await _page(request, service, caller, document_id, form=form, wrong=wrong, status=422)
    return RedirectResponse(f"/staff/corrections/{quote(document_id)}?saved=1", 303)


async def _page(
    request: Request,
    service: CorrectionService,
    caller: Caller,
    document_id: str,
    *,
    form: FormData | None = None,
    wrong: Sequence[FieldError] = (),
    status: int = 200,
) -> Response:
    try:
        correction = await service.find(document_id)
    except UnknownDocument as error:
        raise HTTPException(404, "There is no such document.") from error
    fields = as_fields(correction.metadata)
    if form is not None:
        typed = {name: [text for text in form.getlist(name) if isinstance(text, str)] for name in SEVERAL}
        fields = {name: str(form.get(name, "")) for name in CORRECTABLE}
        fields |= {name: split_values(name, texts) for name, texts in typed.items()}
    values: dict[str, Any] = {
        "correction": correction,
        "revision": form.get("revision", "")
        if form is not None
        else f"{correction.revision}-{digest_of(correction.metadata)}",
        "fields": fields,
        "stated": as_fields(correction.stated),
        "wrong": wrong,
        "wrong_fields": {error.field.partition(".")[0] for error in wrong},
        "is_saved": request.query_params.get("saved") == "1",
        "kinds": [kind.value for kind in Kind],
        "audiences": [audience.value for audience in reversed(Audience)],
        "themes": THEMES,
        "group_choices": await group_choices(request, correction.metadata.groups),
        "group_names": await group_names(request, caller),
        "languages_known": dict.fromkeys([*LANGUAGES, *filter(None, [correction.metadata.language])]),
    }
    return page(request, "corrections/edit.html", values, caller=caller, status=status)
