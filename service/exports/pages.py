"""Files for readers of the pages: the list of the search page, and the reference of a document."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from service.auth.dependencies import Reader
from service.documents.schemas import Offset
from service.documents.service import DocumentsDependency
from service.errors import InvalidField
from service.experiences.schemas import CASES, read_address
from service.exports.formats import Format
from service.exports.schemas import parse_format, read_format
from service.exports.service import ExportDependency
from service.search.page_query import PageQuery
from service.web.translating import translator

router = APIRouter()
READ: Final = ["GET", "HEAD"]
REFERENCE_FORMATS: Final = {"ris": Format.RIS, "bib": Format.BIBTEX}


@router.api_route("/export", methods=READ)
async def export(request: Request, exports: ExportDependency, caller: Reader) -> Response:
    """Return every result of the search in the address, in the reader's language and under their audience."""
    query = PageQuery.from_address(request.query_params)
    file_format = parse_format(query, request.query_params)
    return (await exports.export_search(query, caller.access, translator(request), file_format)).response()


@router.api_route("/experiences/export", methods=READ)
async def export_cases(request: Request, exports: ExportDependency, caller: Reader) -> Response:
    """Return the comparable cases that the page shows at this address, in the reader's language."""
    params = request.query_params
    situation = read_address(params, CASES)
    if situation is None:
        raise InvalidField("q", "expected a situation, or a document")
    return (await exports.export_cases(situation, caller.access, translator(request), read_format(params))).response()


@router.api_route("/documents/{document_id:path}/cite.ris", methods=READ)
@router.api_route("/documents/{document_id:path}/cite.bib", methods=READ)
async def reference(
    request: Request,
    document_id: str,
    exports: ExportDependency,
    documents: DocumentsDependency,
    caller: Reader,
    start: Offset = None,
    end: Offset = None,
) -> Response:
    """Return the reference of a document as a file; with a passage, its words as a note and its page."""
    document = await documents.read(document_id, caller)
    file_format = REFERENCE_FORMATS[request.url.path.rpartition(".")[2]]
    return exports.export_reference(document, translator(request), file_format, start, end).response()
