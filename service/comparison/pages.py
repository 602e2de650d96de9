"""The page of comparisons: a question and columns, then a table with a quote in each cell that has one."""

from __future__ import annotations

import time
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from index.documents import THEMES
from service.auth.dependencies import Reader
from service.comparison.addresses import page_address, read_address
from service.comparison.columns import COLUMNS
from service.comparison.rows import Comparison
from service.comparison.service import ComparisonDependency
from service.comparison.tables import column_name
from service.errors import InvalidField
from service.exports.tables import TableFormat
from service.journal.consent import consent_of
from service.journal.service import JournalDependency, SearchEvent
from service.library.filters import Filters
from service.web.citations import Place, keep_path
from service.web.rendering import page
from service.web.translating import Translator, translator

router = APIRouter()
READ: Final = ["GET", "HEAD"]
MOST_KEPT: Final = 60  # quotes of a comparison in a dossier
EXPORT: Final = "/compare/export"


@router.api_route("/compare", methods=READ)
async def comparison_page(
    request: Request, comparisons: ComparisonDependency, journal: JournalDependency, caller: Reader
) -> Response:
    """Show the form; with a question or documents, the table and the files it can be taken away as."""
    compare_request, t, began = read_address(request.query_params), translator(request), time.perf_counter()
    comparison = await comparisons.compare(compare_request, caller.access) if compare_request else None
    borders = await comparisons.known_borders()
    filters = compare_request.filters if compare_request else Filters()
    values = {
        "question": (compare_request.question if compare_request else "") or "",
        "document_ids": compare_request.document_ids if compare_request else [],
        "columns": [(column, column_name(t, column)) for column in COLUMNS],
        "chosen": compare_request.columns if compare_request else COLUMNS,
        "borders": sorted((t.border(code), code) for code in borders),
        "border": next(iter(filters.borders), ""),
        "themes": sorted((t.theme(theme), theme) for theme in THEMES),
        "theme": next(iter(filters.themes), ""),
        "comparison": comparison,
        "head": [(column, column_name(t, column)) for column in comparison.columns] if comparison else [],
        "files": [(file, page_address(compare_request, EXPORT, format=file, lang=t.language)) for file in TableFormat]
        if compare_request
        else [],
        "kept": _kept_address(comparison, t, compare_request.question or "", page_address(compare_request))
        if compare_request and comparison
        else "",
    }
    if compare_request and compare_request.question and comparison:
        shown = tuple(row.document.id for row in comparison.rows)
        event = SearchEvent("page", "comparison", compare_request.question, filters.within(caller.access), shown, began)
        journal.record_search(event, consent_of(request, caller))
    return page(request, "comparison/comparison.html", values, caller=caller)


def _kept_address(comparison: Comparison, t: Translator, question: str, back: str) -> str:
    """Return the address that puts the table into a dossier, "" where it has no cell."""
    numbers = {column: number for number, column in enumerate(comparison.columns)}
    filled = [
        (Place(row.document.id, row.cells[column].start, row.cells[column].end), numbers[column])
        for row in comparison.rows
        for column in comparison.columns
        if column in row.cells
    ][:MOST_KEPT]
    names = [column_name(t, column) for column in comparison.columns]
    places, cells = [place for place, _ in filled], [cell for _, cell in filled]
    return keep_path(places, back, question or t("comparison.chosen"), names, cells) if filled else ""


@router.api_route(EXPORT, methods=READ)
async def comparison_file(request: Request, comparisons: ComparisonDependency, caller: Reader) -> Response:
    """Return the table of this address as a file, in the reader's language."""
    compare_request = read_address(request.query_params)
    if compare_request is None:
        raise InvalidField("q", "expected a question to compare borders by, or `document`")
    try:
        file = TableFormat(request.query_params.get("format", ""))
    except ValueError as error:
        raise InvalidField("format", f"unknown value; allowed: {', '.join(TableFormat)}") from error
    address = comparisons.public_url + page_address(compare_request)
    return (await comparisons.export(compare_request, caller.access, translator(request), file, address)).response()
