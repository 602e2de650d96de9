"""The pages of a document's file as pictures, a page to look at one closely, and the file itself.

A document's own id may end like one of these addresses; then it is shown.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from index.documents import Document
from index.errors import UnknownDocument
from service.auth.callers import Caller
from service.auth.dependencies import Reader
from service.desk import AtDesk, Desk
from service.documents.citations import page_image_path, page_path
from service.documents.original_files import file_response
from service.documents.pages import READ, Offset, ShownPage, document
from service.pictures.responses import drawn_page, image_response, page_number
from service.pictures.service import WIDEST, UndrawablePage
from service.web.rendering import page

router = APIRouter()
Width = Annotated[int, Query(ge=200, le=WIDEST)]


@router.api_route("/documents/{document_id:path}/pages/{number}.png", methods=READ)
async def picture(
    request: Request,
    document_id: str,
    number: str,
    desk: AtDesk,
    caller: Reader,
    start: Offset = None,
    end: Offset = None,
    width: Width = 1000,
) -> Response:
    """Return a page as PNG, the words [start, end) of the document boxed where they stand on it."""
    try:
        found, at = await _document(desk, document_id, caller), page_number(number)
    except UnknownDocument:
        return await document(request, f"{document_id}/pages/{number}.png", desk, caller)
    return image_response(await drawn_page(desk, found, at, _place(start, end), width))


@router.api_route("/documents/{document_id:path}/pages/{number}", methods=READ)
async def closer(
    request: Request,
    document_id: str,
    number: str,
    desk: AtDesk,
    caller: Reader,
    start: Offset = None,
    end: Offset = None,
) -> Response:
    """Show one page large, with the pages before and after it."""
    try:
        found, at = await _document(desk, document_id, caller), page_number(number)
    except UnknownDocument:
        return await document(request, f"{document_id}/pages/{number}", desk, caller, start, end)
    place = _place(start, end)
    address = page_image_path(found.id, at, place, width=WIDEST)
    try:
        shown = ShownPage(at, address, await drawn_page(desk, found, at, place, WIDEST))
    except UndrawablePage as error:
        shown = ShownPage(at, "", reason=error.reason)
    pages = shown.image.pages if shown.image else 0
    turned = {
        name: page_image_path(found.id, other, place, suffix="") if 1 <= other <= pages else ""
        for name, other in (("previous", at - 1), ("next", at + 1))
    }
    values = {
        "document": found,
        "picture": shown,
        "marked": place,
        "turned": turned,
        "back": page_path(found.id, start=start if place else None, end=end if place else None),
    }
    return page(request, "documents/file_page.html", values, caller=caller)


@router.api_route("/files/{document_id:path}", methods=READ)
async def file(document_id: str, desk: AtDesk, caller: Reader) -> Response:
    """Hand out the original file to a reader."""
    found = await _document(desk, document_id, caller)
    if not found.original:
        raise UnknownDocument(f"{document_id} has no original file.")
    return file_response(found, desk.library.borrow().store.original(found.original))


async def _document(desk: Desk, document_id: str, caller: Caller) -> Document:
    store = desk.library.borrow().store
    return await desk.turns.run(lambda: store.document(document_id, caller.audience))


def _place(start: int | None, end: int | None) -> tuple[int, int] | None:
    return (start, end) if start is not None and end is not None and start < end else None
