"""The pages of a document's file as pictures, a page to look at one closely, and the file itself."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from index.documents import Document
from index.errors import UnknownDocument
from service.auth import Caller
from service.citations import page_image_path, page_path
from service.desk import AtDesk, Desk, Reader
from service.files import file_response
from service.page_images import WIDEST, UndrawablePage
from service.page_serving import drawn_page, image_response
from service.web.document import READ, Offset, ShownPage
from service.web.rendering import page

router = APIRouter()
Width = Annotated[int, Query(ge=200, le=WIDEST)]


@router.api_route("/documents/{document_id:path}/pages/{number:int}.png", methods=READ)
async def picture(
    document_id: str,
    number: int,
    desk: AtDesk,
    caller: Reader,
    start: Offset = None,
    end: Offset = None,
    width: Width = 1000,
) -> Response:
    """Return a page as PNG, the words [start, end) of the document boxed where they stand on it."""
    found = await _document(desk, document_id, caller)
    return image_response(await drawn_page(desk, found, number, _place(start, end), width))


@router.api_route("/documents/{document_id:path}/pages/{number:int}", methods=READ)
async def closer(
    request: Request,
    document_id: str,
    number: int,
    desk: AtDesk,
    caller: Reader,
    start: Offset = None,
    end: Offset = None,
) -> Response:
    """Show one page large, with the pages before and after it."""
    found, place = await _document(desk, document_id, caller), _place(start, end)
    address = page_image_path(found.id, number, place, width=WIDEST)
    try:
        shown = ShownPage(number, address, await drawn_page(desk, found, number, place, WIDEST))
    except UndrawablePage as error:
        shown = ShownPage(number, "", reason=error.reason)
    pages = shown.image.pages if shown.image else 0
    turned = {
        name: page_image_path(found.id, other, place, suffix="") if 1 <= other <= pages else ""
        for name, other in (("previous", number - 1), ("next", number + 1))
    }
    values = {
        "document": found,
        "picture": shown,
        "marked": place,
        "turned": turned,
        "back": page_path(found.id, start=start if place else None, end=end if place else None),
    }
    return page(request, "document_page.html", values, caller=caller)


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
