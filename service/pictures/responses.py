"""From a document its caller may see to the picture of one of its pages, as an answer over HTTP."""

from __future__ import annotations

import json

from starlette.responses import Response

from index.documents import Document
from index.errors import UnknownDocument
from service.desk import Desk
from service.pictures.service import MOST_PAGES, WIDTH, PageImage, has_pages, wanted


def page_number(said: str) -> int:
    """Return the number an address says. Raises UnknownDocument when no page could bear it."""
    number = int(said) if said.isdecimal() and said.isascii() and len(said) <= len(str(MOST_PAGES)) else 0
    if number < 1:
        raise UnknownDocument(f"There is no page {said[:20]!r}.")
    return number


async def drawn_page(
    desk: Desk, document: Document, number: int, marked: tuple[int, int] | None, width: int = WIDTH
) -> PageImage:
    """Return a page of a document the caller may see. Raises UnknownDocument, UndrawablePage and Overloaded."""
    if not has_pages(document) or number > MOST_PAGES:
        raise UnknownDocument(f"{document.id} has no page {number} to show.")
    path = desk.library.borrow().store.original(document.original)
    return await desk.page_images.page(wanted(document, number, marked, width), path)


def image_response(image: PageImage) -> Response:
    """Return a page's picture, with where its boxes are."""
    headers = {"X-Passerelle-Boxes": json.dumps(image.boxes), "X-Passerelle-Pages": str(image.pages)}
    return Response(image.png, media_type="image/png", headers=headers)
