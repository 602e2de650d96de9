"""Showing a page of a document as a picture, the quoted words boxed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import Annotated, Final

from fastapi import Depends

from index.documents import Document
from index.errors import UnknownDocument
from service.http.dependencies import provided
from service.library.open_index import Library
from service.pictures.page_images import PageImage, PageImages, PageRequest

MOST_PAGES: Final = 99_999
WIDTH: Final = 1000
WIDEST: Final = 2000
_PAGE: Final = re.compile(r"(?:p\.|diapo) ?(\d{1,5})(?: \(OCR\))?")


@dataclass(frozen=True)
class PageImageService:
    """Draws pages of documents. Whether the caller may see the document is checked before: it was read for them."""

    library: Library
    images: PageImages

    async def draw(
        self, document: Document, number: int, marked: tuple[int, int] | None, width: int = WIDTH
    ) -> PageImage:
        """Return a page, the words [start, end) `marked` boxed.

        Raises UnknownDocument, UndrawablePage, Overloaded, UnusableOriginal, StoreError.
        """
        if not has_pages(document) or number > MOST_PAGES:
            raise UnknownDocument(f"{document.id} has no page {number} to show.")
        store = self.library.borrow().store
        request = page_request(document, number, marked, width)
        return await self.images.page(request, partial(store.read_original, document.original))


PageImagesDependency = Annotated[PageImageService, Depends(provided(PageImageService))]


def parse_page_number(text: str) -> int:
    """Return the number of a page in an address. Raises UnknownDocument when no page could have it."""
    number = int(text) if text.isdecimal() and text.isascii() and len(text) <= len(str(MOST_PAGES)) else 0
    if number < 1:
        raise UnknownDocument(f"There is no page {text[:20]!r}.")
    return number


def page_of(label: str) -> int:
    """Return the page a section's label names ("p. 12", "p. 3 (OCR)", "diapo 4"), 0 when it names none."""
    match = _PAGE.fullmatch(label)
    return int(match[1]) if match else 0


def has_pages(document: Document) -> bool:
    """Say whether the document's pages can be shown as pictures."""
    return bool(document.original) and PurePosixPath(document.path).suffix.lower() == ".pdf"


def first_page(document: Document, start: int) -> int:
    """Return the page on which the words at `start` stand, 0 when the document does not say."""
    return next((page_of(section.label) for section in document.sections if section.start <= start < section.end), 0)


def page_request(document: Document, page: int, marked: tuple[int, int] | None, width: int = WIDTH) -> PageRequest:
    """Return what is to be drawn: the page, and those of the marked words that stand on it."""
    unmarked = PageRequest(document.original, page, min(width, WIDEST), "", 0, 0)
    sections = [section for section in document.sections if page_of(section.label) == page]
    if not sections or not marked:
        return unmarked
    first, last = sections[0].start, sections[-1].end
    start, end = max(marked[0], first), min(marked[1], last)
    if start >= end:
        return unmarked
    return unmarked._replace(text=document.text[first:last], start=start - first, end=end - first)
