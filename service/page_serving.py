"""From a document its caller may see to the picture of one of its pages, as an answer over HTTP."""

from __future__ import annotations

import json

from starlette.responses import Response

from index.documents import Document
from index.errors import UnknownDocument
from service.desk import Desk
from service.page_images import MOST_PAGES, WIDTH, PageImage, has_pages, wanted


async def drawn_page(
    desk: Desk, document: Document, number: int, marked: tuple[int, int] | None, width: int = WIDTH
) -> PageImage:
    """Return a page of a document the caller may see. Raises UnknownDocument, UndrawablePage and Overloaded."""
    if not has_pages(document) or not 1 <= number <= MOST_PAGES:
        raise UnknownDocument(f"{document.id} has no page {number} to show.")
    path = desk.library.borrow().store.original(document.original)
    return await desk.page_images.page(wanted(document, number, marked, width), path)


def image_response(image: PageImage) -> Response:
    """Return a page's picture, with where its boxes are."""
    headers = {"X-Passerelle-Boxes": json.dumps(image.boxes), "X-Passerelle-Pages": str(image.pages)}
    return Response(image.png, media_type="image/png", headers=headers)
