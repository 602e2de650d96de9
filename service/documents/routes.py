"""`GET /documents/{id}`, its pages as pictures, its text, versions and original.

An id may hold slashes, and may itself end in "/text" or "/pages/2": then it is the document that is returned.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import PlainTextResponse, Response

from index.documents import Document
from index.errors import UnknownDocument
from service.auth.callers import Caller
from service.auth.dependencies import ApiCaller
from service.documents.files import file_response, page_image_response
from service.documents.schemas import (
    FullDocumentOut,
    Offset,
    OverviewOut,
    TimelineOut,
    VersionName,
    VersionsOut,
    overview_out,
    timeline_out,
    versions_out,
)
from service.documents.service import DocumentsDependency, DocumentService
from service.errors import InvalidField
from service.http.openapi import problems
from service.pictures.service import WIDEST, WIDTH, PageImagesDependency, parse_page_number

router = APIRouter(tags=["documents"])


@router.get(
    "/documents/{document_id:path}/pages/{number}",
    responses={
        200: {
            "description": "The page; `X-Passerelle-Boxes` lists [left, top, right, bottom] of each box in its pixels",
            "content": {"image/png": {"schema": {"type": "string", "format": "binary"}}},
            "headers": {
                "X-Passerelle-Boxes": {"schema": {"type": "string"}},
                "X-Passerelle-Pages": {"schema": {"type": "integer"}},
            },
        },
        **problems(401, 404, 422, 503),
    },
    response_class=Response,
    summary="A page of a PDF as a picture, the quoted words boxed",
)
async def page_image(
    document_id: str,
    number: Annotated[str, Path(description="From 1", json_schema_extra={"pattern": "^[1-9][0-9]{0,4}$"})],
    documents: DocumentsDependency,
    pictures: PageImagesDependency,
    caller: ApiCaller,
    start: Offset = None,
    end: Offset = None,
    width: Annotated[int, Query(ge=200, le=WIDEST)] = WIDTH,
) -> Response:
    """Return a page as PNG. `start` and `end`, as citations give them, box those words where they stand on it.

    Words that are not found on the page (it is a scan, or they stand elsewhere) give no box, and `[]` in the header.
    """
    try:
        document = await documents.read(document_id, caller)
        page = parse_page_number(number)
    except UnknownDocument:
        return await _whole_document(documents, f"{document_id}/pages/{number}", caller)
    if (start is None) != (end is None):
        raise InvalidField("end" if end is None else "start", "give both start and end, or neither")
    if start is not None and end is not None and not start < end <= len(document.text):
        raise InvalidField("end", f"must lie after start and be at most {len(document.text)}, the length of the text")
    marked = (start, end) if start is not None and end is not None else None
    return page_image_response(await pictures.draw(document, page, marked, width))


@router.get(
    "/documents/{document_id:path}/text",
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, **problems(401, 404, 422, 503)},
    response_class=PlainTextResponse,
    summary="The text, or exactly the slice [start, end) of it",
)
async def text(
    document_id: str,
    documents: DocumentsDependency,
    caller: ApiCaller,
    start: Offset = None,
    end: Offset = None,
    version: VersionName = None,
) -> Response:
    """Return the characters from `start` (0 when not given) to `end` (the text's length), as UTF-8 plain text.

    `version` names a former text, by its key or number as `…/versions` lists them; without it, it is the present one.
    """
    try:
        document = await documents.read(document_id, caller, version)
    except UnknownDocument:
        return await _whole_document(documents, f"{document_id}/text", caller)
    return PlainTextResponse(_slice(document, start, end), headers={"Content-Language": document.metadata.language})


@router.get(
    "/documents/{document_id:path}/file",
    responses={200: {"content": {"application/octet-stream": {}}}, **problems(401, 404, 422, 503)},
    response_class=Response,
    summary="The original file",
)
async def file(document_id: str, documents: DocumentsDependency, caller: ApiCaller) -> Response:
    """Return the file the document was read from, byte for byte."""
    try:
        document = await documents.read(document_id, caller)
    except UnknownDocument:
        return await _whole_document(documents, f"{document_id}/file", caller)
    return file_response(document, await documents.open_original(document))


@router.get(
    "/documents/{document_id:path}/versions",
    response_model=VersionsOut,
    responses=problems(401, 404, 422, 503),
    summary="Its former texts, with their dates",
)
async def versions(document_id: str, documents: DocumentsDependency, caller: ApiCaller) -> VersionsOut | Response:
    """Return the versions you may see: a version is for those who may see both it and the present one."""
    try:
        former = await documents.versions(document_id, caller)
    except UnknownDocument:
        return await _whole_document(documents, f"{document_id}/versions", caller)
    return versions_out(document_id, former, base=documents.public_url)


@router.get(
    "/documents/{document_id:path}/overview",
    response_model=OverviewOut,
    responses=problems(401, 404, 422, 503),
    summary="A document at a glance: a telling sentence for each heading",
)
async def overview(document_id: str, documents: DocumentsDependency, caller: ApiCaller) -> OverviewOut | Response:
    """Return the document's headings in order, each with the sentence, word for word, that tells most below it."""
    try:
        seen = await documents.overview(document_id, caller)
    except UnknownDocument:
        return await _whole_document(documents, f"{document_id}/overview", caller)
    return overview_out(seen.document, seen.entries, base=documents.public_url)


@router.get(
    "/documents/{document_id:path}/timeline",
    response_model=TimelineOut,
    responses=problems(401, 404, 422, 503),
    summary="Adopted, in force, amended, replaced; what was in force on a day",
)
async def timeline(
    document_id: str,
    documents: DocumentsDependency,
    caller: ApiCaller,
    on: Annotated[date | None, Query(description="A day: what of these texts was in force then")] = None,
) -> TimelineOut | Response:
    """Return the events of a text and of those it replaced or that replaced it, as far as you may see them."""
    try:
        line = await documents.timeline(document_id, caller, on)
    except UnknownDocument:
        return await _whole_document(documents, f"{document_id}/timeline", caller)
    return timeline_out(line, base=documents.public_url)


@router.get(
    "/documents/{document_id:path}", responses=problems(401, 404, 422, 503), summary="What is known of a document"
)
async def document(document_id: str, documents: DocumentsDependency, caller: ApiCaller) -> FullDocumentOut:
    """Return a document's metadata and sections. One you may not see is as absent as one that does not exist."""
    return documents.response(await documents.details(document_id, caller))


async def _whole_document(documents: DocumentService, document_id: str, caller: Caller) -> Response:
    """Return a document whose own id ends like one of the addresses above. Raises UnknownDocument."""
    details = await documents.details(document_id, caller)
    return Response(documents.response(details).model_dump_json(), media_type="application/json")


def _slice(document: Document, start: int | None, end: int | None) -> str:
    length = len(document.text)
    end = length if end is None else end
    start = 0 if start is None else start
    if end > length:
        raise InvalidField("end", f"must be at most {length}, the length of the text")
    if start > end:
        raise InvalidField("start", f"must be at most {end}, where the slice ends")
    return document.text[start:end]
