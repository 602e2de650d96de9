"""`GET` and `POST /search/export`: a list of results as a file."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.datastructures import QueryParams
from starlette.responses import Response

from service.auth.dependencies import ApiCaller
from service.errors import InvalidField
from service.exports.schemas import (
    FILES,
    MOST_VALUES,
    PARAMETERS,
    REPEATED,
    SINGLE,
    CasesExportRequest,
    ExportRequest,
    check_language,
    parse_format,
)
from service.exports.service import ExportDependency
from service.http.openapi import problems
from service.search.page_query import PageQuery
from service.web.translating import Translator

router = APIRouter(tags=["search"])


@router.post(
    "/search/export",
    responses={**FILES, **problems(400, 401, 413, 422, 503)},
    response_class=Response,
    summary="A list of results as a file",
)
async def post_export(body: ExportRequest, exports: ExportDependency, caller: ApiCaller) -> Response:
    """Return the documents a search finds with the quote that answers best, word for word, and its address."""
    t = Translator(check_language("language", body.language))
    query = PageQuery.of(body.query, body.filters, body.sort, as_typed=body.as_typed)
    return (await exports.export_search(query, caller.access, t, body.format, body.k)).response()


@router.post(
    "/experiences/export",
    responses={**FILES, **problems(400, 401, 404, 413, 422, 503)},
    response_class=Response,
    summary="Comparable cases as a file",
)
async def post_cases(body: CasesExportRequest, exports: ExportDependency, caller: ApiCaller) -> Response:
    """Return comparable cases with what each opens with, word for word, then the unsolved threads, marked."""
    t = Translator(check_language("language", body.language))
    return (await exports.export_cases(body, caller.access, t, body.format)).response()


@router.get(
    "/search/export",
    responses={**FILES, **problems(401, 422, 503)},
    response_class=Response,
    openapi_extra={"parameters": PARAMETERS},
    summary="A list of results as a file, by the search page's address",
)
async def get_export(request: Request, exports: ExportDependency, caller: ApiCaller) -> Response:
    """Return the list that the search page shows at this address, whole, as a file."""
    params = request.query_params
    _check_counts(params)
    query = PageQuery.from_address(params)
    t = Translator(check_language("lang", params.get("lang", "fr")))
    return (await exports.export_search(query, caller.access, t, parse_format(query, params))).response()


def _check_counts(params: QueryParams) -> None:
    """Check that no parameter is empty or there too often. Raises InvalidField."""
    for name in (*SINGLE, *REPEATED):
        values = params.getlist(name)
        if "" in values or (name in SINGLE and len(values) > 1):
            raise InvalidField(name, "expected one value, not empty")
        if len(values) > MOST_VALUES:
            raise InvalidField(name, f"at most {MOST_VALUES} values")
