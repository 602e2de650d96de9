"""The comparison page's address: read into a request, and written from one."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import QueryParams

from service.comparison.columns import COLUMNS
from service.comparison.schemas import CompareRequest

PATH: Final = "/compare"
_FILTERS: Final = {"theme": "themes", "border": "borders", "kind": "kinds"}


def read_address(params: QueryParams) -> CompareRequest | None:
    """Return what the page's address asks for, None without a question or documents.

    Empty values, which a form sends, count for nothing; with documents, filters do. Raises RequestValidationError.
    """
    documents = [value for value in params.getlist("document") if value.strip()]
    question = params.get("q", "").strip() or None
    if not (documents or question):
        return None
    values: dict[str, Any] = {"question": question, "document_ids": documents}
    if columns := [value for value in params.getlist("column") if value]:
        values["columns"] = columns
    if not documents:
        values["filters"] = {
            field: [value for value in params.getlist(name) if value] for name, field in _FILTERS.items()
        }
    try:
        return CompareRequest.model_validate(values)
    except ValidationError as error:
        details = error.errors(include_context=False, include_input=False)
        raise RequestValidationError([detail | {"loc": ("query", *detail["loc"])} for detail in details]) from error


def page_address(request: CompareRequest, path: str = PATH, **more: str) -> str:
    """Return the address of the page that shows this comparison; columns are left out when all are asked for."""
    fields = [("q", request.question)] if request.question else []
    fields += [("document", document_id) for document_id in request.document_ids]
    if tuple(request.columns) != COLUMNS:
        fields += [("column", str(column)) for column in request.columns]
    for name, field in _FILTERS.items():
        fields += [(name, str(value)) for value in getattr(request.filters, field)]
    return f"{path}?{urlencode([*fields, *more.items()])}"
