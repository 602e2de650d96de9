"""`POST /compare` and `POST /compare/export`: a table across borders, as JSON or as a file."""

from __future__ import annotations

import time
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from service.auth.dependencies import ApiCaller
from service.comparison.addresses import page_address
from service.comparison.schemas import CompareExportRequest, CompareRequest, CompareResponse
from service.comparison.service import ComparisonDependency
from service.exports.schemas import check_language
from service.exports.tables import TABLE_WRITERS
from service.http.openapi import problems
from service.journal.consent import consent_in
from service.journal.schemas import SEARCH_ID
from service.journal.service import JournalDependency, SearchEvent
from service.web.translating import Translator

router = APIRouter(tags=["search"])
FILES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The file: CSV, a workbook, or a document for Word or LibreOffice",
        "content": {
            writer.media_type.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}
            for writer in TABLE_WRITERS.values()
        },
    }
}


@router.post(
    "/compare", responses=problems(400, 401, 404, 413, 422, 503), summary="A comparison across borders, as a table"
)
async def compare(
    payload: CompareRequest,
    comparisons: ComparisonDependency,
    journal: JournalDependency,
    caller: ApiCaller,
    request: Request,
    response: Response,
) -> CompareResponse:
    """Return for each border the nearest document and what it says of each column, word for word, or null."""
    began = time.perf_counter()
    result = await comparisons.respond(payload, caller.access)
    shown = tuple(row.document.id for row in result.rows)
    event = SearchEvent(
        "api", "comparison", payload.question or "", payload.filters.within(caller.access), shown, began
    )
    response.headers[SEARCH_ID] = journal.record_search(event, consent_in(request.headers, caller))
    return result


@router.post(
    "/compare/export",
    responses={**FILES, **problems(400, 401, 404, 413, 422, 503)},
    response_class=Response,
    summary="A comparison across borders, as a file",
)
async def export_comparison(
    payload: CompareExportRequest, comparisons: ComparisonDependency, caller: ApiCaller
) -> Response:
    """Return the same table as a file, each quote with its source and the address that shows it."""
    t = Translator(check_language("language", payload.language))
    address = comparisons.public_url + page_address(payload)
    return (await comparisons.export(payload, caller.access, t, payload.format, address)).response()
