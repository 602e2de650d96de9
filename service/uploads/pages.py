"""The page staff upload documents on, with what became of those uploaded before."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from index.documents import LANGUAGES, THEMES, Audience, Kind
from service.auth.callers import Caller
from service.auth.staff_only import StaffReader
from service.desk import AtDesk, Desk
from service.http.problems import FieldError, InvalidField, problem_of
from service.uploads.forms import LISTS, MOST_FIELDS, MOST_FILES, Described, take, uploads_of
from service.uploads.service import SUFFIXES, NotKept
from service.web.forms import is_own_form
from service.web.staff_pages import staff_page

router = APIRouter()
SHOWN = 100


@router.api_route("/staff/upload", methods=["GET", "HEAD"])
async def form(request: Request, desk: AtDesk, caller: StaffReader) -> Response:
    """Show the form and the uploads there are."""
    return await _page(request, desk, caller)


@router.post("/staff/upload")
async def upload(request: Request, desk: AtDesk, caller: StaffReader) -> Response:
    """Keep the files, or say which field is wrong with everything else as it was said."""
    async with request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS) as sent:
        if not is_own_form(request, desk, {"token": str(sent.get("token", ""))}):
            wrong = FieldError("token", "")
            return await _page(request, desk, caller, said=sent, wrong=[wrong], status=403)
        try:
            paths = await take(request, desk, caller, sent)
        except (RequestValidationError, InvalidField) as error:
            return await _page(request, desk, caller, said=sent, wrong=list(problem_of(error).errors), status=422)
        except NotKept as error:
            return await _page(request, desk, caller, said=sent, wrong=[FieldError("files", str(error))], status=503)
    return RedirectResponse(f"/staff/upload?kept={len(paths)}#uploads", 303)


async def _page(
    request: Request,
    desk: Desk,
    caller: Caller,
    *,
    said: FormData | None = None,
    wrong: list[FieldError] | None = None,
    status: int = 200,
) -> Response:
    kept = uploads_of(desk)
    found = await desk.turns.run(kept.listed)
    values: dict[str, Any] = {
        "uploads": found[:SHOWN],
        "is_watched": kept.is_watched,
        "waiting": sum(one.state == "waiting" for one in found),
        "kept": request.query_params.get("kept", ""),
        "said": _said(said),
        "wrong": wrong or [],
        "wrong_fields": {one.field.partition(".")[0] for one in wrong or []},
        "kinds": [one.value for one in Kind],
        "audiences": [one.value for one in reversed(Audience)],
        "themes": THEMES,
        "languages_known": LANGUAGES,
        "suffixes": SUFFIXES,
        "most_mb": kept.most_bytes // 1_000_000,
    }
    return staff_page(request, "uploads/upload.html", values, caller=caller, status=status)


def _said(form: FormData | None) -> dict[str, Any]:
    """Return what was said in the form before, so that nobody types it twice."""
    if form is None:
        usual = dict.fromkeys(Described.model_fields, "")
        return usual | {"kind": Kind.PUBLICATION.value, "audience": Audience.STAFF.value, "themes": []}
    texts = {name: [one for one in form.getlist(name) if isinstance(one, str)] for name in Described.model_fields}
    return {
        name: several if name == "themes" else (", " if name in LISTS else "").join(several[:1])
        for name, several in texts.items()
    }
