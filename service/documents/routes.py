"""`GET /documents/{id}`, its text, versions and original. An id may hold slashes, and may itself end in "/text"."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import PlainTextResponse, Response

from index.documents import Audience, Document
from index.errors import UnknownDocument
from service.auth.callers import Caller
from service.auth.dependencies import ApiCaller
from service.desk import AtDesk, Desk
from service.documents.citations import page_path
from service.documents.original_files import file_response
from service.documents.schemas import VersionOut, VersionsOut
from service.http.openapi import problems
from service.http.problems import InvalidField
from service.search.responses import full_document, visible_in
from service.search.schemas import FullDocumentOut

Offset = Annotated[int | None, Query(ge=0, le=2**40)]

router = APIRouter(tags=["documents"])


@router.get(
    "/documents/{document_id:path}/text",
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, **problems(401, 404, 422, 503)},
    response_class=PlainTextResponse,
    summary="The text, or exactly the slice [start, end) of it",
)
async def text(
    document_id: str,
    desk: AtDesk,
    caller: ApiCaller,
    start: Offset = None,
    end: Offset = None,
    version: Annotated[int | None, Query(ge=1, le=2**40)] = None,
) -> Response:
    """Return the characters from `start` (0 when not given) to `end` (the text's length), as UTF-8 plain text.

    `version` names a former text, as `…/versions` lists them; without it, it is the present one.
    """
    try:
        document = await _document(desk, document_id, caller, version)
    except UnknownDocument:
        return await whole_instead(desk, f"{document_id}/text", caller)
    return PlainTextResponse(_slice(document, start, end), headers={"Content-Language": document.metadata.language})


@router.get(
    "/documents/{document_id:path}/file",
    responses={200: {"content": {"application/octet-stream": {}}}, **problems(401, 404, 422, 503)},
    response_class=Response,
    summary="The original file",
)
async def file(document_id: str, desk: AtDesk, caller: ApiCaller) -> Response:
    """Return the file the document was read from, byte for byte."""
    try:
        document = await _document(desk, document_id, caller)
    except UnknownDocument:
        return await whole_instead(desk, f"{document_id}/file", caller)
    return file_response(document, _original(desk, document))


@router.get(
    "/documents/{document_id:path}/versions",
    response_model=VersionsOut,
    responses=problems(401, 404, 422, 503),
    summary="Its former texts, with their dates",
)
async def versions(document_id: str, desk: AtDesk, caller: ApiCaller) -> VersionsOut | Response:
    """Return the versions you may see: a version is for those who may see both it and the present one."""
    try:
        return await desk.turns.run(lambda: _versions(desk, document_id, caller))
    except UnknownDocument:
        return await whole_instead(desk, f"{document_id}/versions", caller)


@router.get(
    "/documents/{document_id:path}", responses=problems(401, 404, 422, 503), summary="What is known of a document"
)
async def document(document_id: str, desk: AtDesk, caller: ApiCaller) -> FullDocumentOut:
    """Return a document's metadata and sections. One you may not see is as absent as one that does not exist."""
    return await desk.turns.run(lambda: _full(desk, document_id, caller))


def _full(desk: Desk, document_id: str, caller: Caller) -> FullDocumentOut:
    store = desk.library.borrow().store
    found = store.document(document_id, caller.audience)
    visible = visible_in(store, caller.audience)
    is_staff = caller.audience is Audience.STAFF  # the same words may lie in a folder whose very name is for staff
    files = store.paths(document_id) if is_staff else ()
    return full_document(found, visible, base=desk.settings.public_url, files=files)


def _versions(desk: Desk, document_id: str, caller: Caller) -> VersionsOut:
    found = desk.library.borrow().store.versions(document_id, caller.audience)
    text_url = f"{desk.settings.public_url}/api/v1{page_path(document_id)}/text?version="
    return VersionsOut(
        document_id=document_id,
        versions=[
            VersionOut(
                number=one.number,
                since=one.since,
                until=one.until,
                title=one.metadata.title,
                published=one.metadata.published,
                characters=one.characters,
                text_url=f"{text_url}{one.number}",
            )
            for one in found
        ],
    )


async def _document(desk: Desk, document_id: str, caller: Caller, version: int | None = None) -> Document:
    def read() -> Document:
        store = desk.library.borrow().store
        if version is not None:
            return store.version(document_id, version, caller.audience)
        return store.document(document_id, caller.audience)

    return await desk.turns.run(read)


async def whole_instead(desk: Desk, document_id: str, caller: Caller) -> Response:
    """Answer for a document whose own id ends like one of the addresses above."""
    found = await desk.turns.run(lambda: _full(desk, document_id, caller))
    return Response(found.model_dump_json(), media_type="application/json")


def _original(desk: Desk, document: Document) -> Path:
    if not document.original:
        raise UnknownDocument(f"{document.id} has no original file.")
    return desk.library.borrow().store.original(document.original)


def _slice(document: Document, start: int | None, end: int | None) -> str:
    length = len(document.text)
    end = length if end is None else end
    start = 0 if start is None else start
    if end > length:
        raise InvalidField("end", f"must be at most {length}, the length of the text")
    if start > end:
        raise InvalidField("start", f"must be at most {end}, where the slice ends")
    return document.text[start:end]
