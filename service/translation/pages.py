"""A passage and its machine translation side by side."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.responses import Response

from service.auth.dependencies import Reader
from service.errors import InvalidField, Overloaded, TranslationUnavailable
from service.http.problems import problem_of
from service.translation.schemas import TranslateRequest
from service.translation.service import TranslationDependency
from service.web.block_display import display_slice
from service.web.citations import page_path
from service.web.forms import form_fields, is_own_form
from service.web.rendering import page
from service.web.translating import translator

router = APIRouter()


@router.post("/translate")
async def translate(request: Request, translations: TranslationDependency, caller: Reader) -> Response:
    """Show a passage with its translation into the language of the page, or why there is none."""
    fields = await form_fields(request)
    passage = _request(fields, translator(request).language)
    values: dict[str, Any] = {
        "back": page_path(passage.document_id, start=passage.start, end=passage.end),
        "model": translations.model_name,
        "shown": None,
        "fault": "",
    }
    if not is_own_form(request, fields):
        return page(request, "translation/translation.html", values | {"fault": "stale"}, caller=caller, status=403)
    try:
        translation = await translations.translate(passage, caller)
    except (InvalidField, TranslationUnavailable, Overloaded) as error:
        fault = "unfit" if isinstance(error, InvalidField) else "failed"
        status = problem_of(error).status
        return page(request, "translation/translation.html", values | {"fault": fault}, caller=caller, status=status)
    values["shown"] = translation
    values["original"] = display_slice(translation.document, translation.start, translation.end)
    return page(request, "translation/translation.html", values, caller=caller)


def _request(fields: dict[str, str], language: str) -> TranslateRequest:
    """Return what a form asks for. Raises RequestValidationError."""
    numbers = {name: int(fields[name]) for name in ("start", "end") if fields.get(name, "").isdecimal()}
    try:
        return TranslateRequest.model_validate(
            {"document_id": fields.get("document", ""), "language": language, **numbers}
        )
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_context=False, include_input=False)) from error
