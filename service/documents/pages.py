"""A document's page, the pages of its file as pictures, and the file itself.

An id may hold slashes, and may itself end like the address of a picture: then the document is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final

import anyio
from fastapi import APIRouter, Depends, Query, Request
from pydantic import BeforeValidator
from starlette.responses import Response

from index.clock import utc_today
from index.errors import UnknownDocument
from service.auth.callers import Caller
from service.auth.dependencies import Reader
from service.documents.files import file_response, media_type, page_image_response
from service.documents.schemas import Offset, VersionName
from service.documents.service import DocumentsDependency, DocumentService, DocumentView, Span
from service.errors import Overloaded, UndrawablePage
from service.http.fields import LONGEST_QUERY
from service.journal.recording import record_opening
from service.journal.service import Journal, JournalDependency
from service.library.groups import group_names
from service.pictures.page_images import PageImage
from service.pictures.service import (
    WIDEST,
    WIDTH,
    PageImagesDependency,
    PageImageService,
    first_page,
    has_pages,
    parse_page_number,
)
from service.web.block_display import display_sections, outline_of
from service.web.citations import page_image_path, page_path, source_of
from service.web.rendering import page
from service.web.translating import translator

router = APIRouter()
READ: Final = ["GET", "HEAD"]
PATIENCE_S: Final = 3.0  # how long a page waits to know whether the words were found on the picture
QueryText = Annotated[str, Query(max_length=LONGEST_QUERY)]
AskedDay = Annotated[date | None, BeforeValidator(lambda text: text or None), Query()]  # a form sends "" for none
Width = Annotated[int, Query(ge=200, le=WIDEST)]


@dataclass(frozen=True, slots=True)
class ShownPage:
    """The picture of a page, as the template shows it; `reason` says why there is none."""

    number: int
    address: str
    image: PageImage | None = None
    reason: str = ""


@dataclass(frozen=True)
class DocumentDisplay:
    """Shows documents to the reader who sent the request."""

    request: Request
    documents: DocumentService
    pictures: PageImageService
    journal: Journal
    caller: Caller

    async def show(
        self,
        document_id: str,
        marked: Span | None = None,
        q: str = "",
        version: str | None = None,
        on: date | None = None,
    ) -> Response:
        """Return a document's page; of one opened from a list of results, its plain address. Raises UnknownDocument."""
        if redirection := record_opening(self.request, self.journal, document_id):
            return redirection
        query = " ".join(q.replace("\x00", " ").split())
        view = await self.documents.view(
            document_id,
            self.caller,
            marked=marked,
            query=query,
            version=version,
            on=on,
            language=translator(self.request).language,
        )
        picture = None if view.former else await _picture(self.pictures, view)
        values = _values(view, query, picture, self.documents.public_url)
        values["group_names"] = await group_names(self.request, self.caller)
        return page(self.request, "documents/document.html", values, caller=self.caller)


def document_display(
    request: Request,
    documents: DocumentsDependency,
    pictures: PageImagesDependency,
    journal: JournalDependency,
    caller: Reader,
) -> DocumentDisplay:
    return DocumentDisplay(request, documents, pictures, journal, caller)


Display = Annotated[DocumentDisplay, Depends(document_display)]


@router.api_route("/documents/{document_id:path}/pages/{number}.png", methods=READ)
async def page_picture(
    document_id: str, number: str, display: Display, start: Offset = None, end: Offset = None, width: Width = WIDTH
) -> Response:
    """Return a page as PNG, the words [start, end) of the document boxed where they stand on it."""
    try:
        document = await display.documents.read(document_id, display.caller)
        page_number = parse_page_number(number)
    except UnknownDocument:
        return await display.show(f"{document_id}/pages/{number}.png")
    return page_image_response(await display.pictures.draw(document, page_number, _span(start, end), width))


@router.api_route("/documents/{document_id:path}/pages/{number}", methods=READ)
async def large_page(
    document_id: str, number: str, display: Display, start: Offset = None, end: Offset = None
) -> Response:
    """Show one page large, with the pages before and after it."""
    try:
        document = await display.documents.read(document_id, display.caller)
        page_number = parse_page_number(number)
    except UnknownDocument:
        return await display.show(f"{document_id}/pages/{number}", _pair(start, end))
    marked = _span(start, end)
    address = page_image_path(document.id, page_number, marked, width=WIDEST)
    try:
        shown = ShownPage(page_number, address, await display.pictures.draw(document, page_number, marked, WIDEST))
    except UndrawablePage as error:
        shown = ShownPage(page_number, "", reason=error.reason)
    pages = shown.image.pages if shown.image else 0
    turned = {
        name: page_image_path(document.id, other, marked, suffix="") if 1 <= other <= pages else ""
        for name, other in (("previous", page_number - 1), ("next", page_number + 1))
    }
    values = {
        "document": document,
        "picture": shown,
        "marked": marked,
        "turned": turned,
        "back": page_path(document.id, start=start if marked else None, end=end if marked else None),
    }
    return page(display.request, "documents/file_page.html", values, caller=display.caller)


@router.api_route("/documents/{document_id:path}/overview", methods=READ)
async def overview(document_id: str, display: Display) -> Response:
    """Show a document at a glance: its headings, each with a telling sentence that leads to its place."""
    try:
        seen = await display.documents.overview(document_id, display.caller)
    except UnknownDocument:
        return await display.show(f"{document_id}/overview")
    values = {"document": seen.document, "meta": seen.document.metadata, "entries": seen.entries}
    return page(display.request, "documents/overview.html", values, caller=display.caller)


@router.api_route("/files/{document_id:path}", methods=READ)
async def original_file(document_id: str, documents: DocumentsDependency, caller: Reader) -> Response:
    """Hand out the original file to a reader."""
    document = await documents.read(document_id, caller)
    return file_response(document, await documents.open_original(document))


@router.api_route("/documents/{document_id:path}", methods=READ)
async def document_page(
    document_id: str,
    display: Display,
    start: Offset = None,
    end: Offset = None,
    q: QueryText = "",
    version: VersionName = None,
    on: AskedDay = None,
) -> Response:
    """Show a document's text with the passage [start, end) marked in its place; with `q`, its other matches too."""
    return await display.show(document_id, _pair(start, end), q, version, on)


async def _picture(pictures: PageImageService, view: DocumentView) -> ShownPage | None:
    """Return the page on which the marked passage begins, or the first; None when the file has no pages to show."""
    document, marked = view.document, view.marked
    if not has_pages(document):
        return None
    number = first_page(document, marked[0] if marked else 0) or 1
    address = page_image_path(document.id, number, marked)
    try:
        with anyio.move_on_after(PATIENCE_S):
            return ShownPage(number, address, await pictures.draw(document, number, marked))
    except UndrawablePage as error:
        return ShownPage(number, "", reason=error.reason)
    except (UnknownDocument, LookupError):
        return None
    except Overloaded:
        pass
    return ShownPage(number, address)  # the picture comes when it is drawn


def _values(view: DocumentView, query: str, picture: ShownPage | None, base: str) -> dict[str, Any]:
    document, marked = view.document, view.marked
    section = next((each for each in document.sections if marked and each.start <= marked[0] < each.end), None)
    start, end = marked or (None, None)
    label = section.label if section else ""
    today, key = utc_today(), view.former.key if view.former else ""
    sections = display_sections(document, marked)
    return {
        "document": document,
        "meta": document.metadata,
        "sections": sections,
        "outline": outline_of(sections),
        "marked": marked,
        "marked_language": section.language if section else "",
        "query": query,
        "matches": view.matches,
        "former": view.former,
        "earlier": [version for version in reversed(view.versions) if version.until is not None],
        "related": view.related,
        "timeline": view.timeline,
        "has_overview": view.has_overview,
        "on_today": today,
        "near": view.near,
        "contacts": view.contacts,
        "picture": picture,
        "cited": source_of(document.metadata, label, base + page_path(document.id, start=start, end=end, version=key)),
        "public_base": base,
        "public_address": base + page_path(document.id),
        "is_future": _is_before(today, document.metadata.valid_from),
        "file_kind": media_type(document).rpartition("/")[2].rpartition(".")[2].upper() if document.original else "",
    }


def _pair(start: int | None, end: int | None) -> Span | None:
    return (start, end) if start is not None and end is not None else None


def _span(start: int | None, end: int | None) -> Span | None:
    return (start, end) if start is not None and end is not None and start < end else None


def _is_before(day: date, other: date | None) -> bool:
    return other is not None and day < other
