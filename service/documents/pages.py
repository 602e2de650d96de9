"""A document's page: its text with the passage marked, the page of its file beside it, and what stands near it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final

import anyio
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from index.errors import UnknownDocument
from service.auth.dependencies import Reader
from service.desk import AtDesk, Desk
from service.documents.citations import citation_text, page_image_path, page_path
from service.documents.original_files import media_type
from service.documents.service import DocumentRead, read_document
from service.http.concurrency import Overloaded
from service.journal.pages import opened
from service.pictures.responses import drawn_page
from service.pictures.service import PageImage, UndrawablePage, first_page, has_pages
from service.search.schemas import LONGEST_QUERY
from service.web.excerpts import shown_sections
from service.web.rendering import page

router = APIRouter()
READ = ["GET", "HEAD"]
PATIENCE_S: Final = 3.0  # how long a page waits to know whether the words were found on the picture
Offset = Annotated[int | None, Query(ge=0, le=2**40)]
Asked = Annotated[str, Query(max_length=LONGEST_QUERY)]
Version = Annotated[int | None, Query(ge=1, le=2**40)]


@dataclass(frozen=True, slots=True)
class ShownPage:
    """The picture of a page, as the template tells it; `reason` says why there is none."""

    number: int
    address: str
    image: PageImage | None = None
    reason: str = ""


@router.api_route("/documents/{document_id:path}", methods=READ)
async def document(
    request: Request,
    document_id: str,
    desk: AtDesk,
    caller: Reader,
    start: Offset = None,
    end: Offset = None,
    q: Asked = "",
    version: Version = None,
) -> Response:
    """Show a document's text with the passage [start, end) marked in its place; with `q`, its other matches too."""
    if away := opened(request, desk, document_id):
        return away
    marked = (start, end) if start is not None and end is not None else None
    query = " ".join(q.replace("\x00", " ").split())
    read = await desk.turns.run(
        lambda: read_document(desk.library.borrow(), document_id, caller, marked=marked, query=query, version=version)
    )
    picture = None if read.former else await _picture(desk, read)
    return page(request, "documents/document.html", _values(desk, read, query, picture), caller=caller)


async def _picture(desk: Desk, read: DocumentRead) -> ShownPage | None:
    """Return the page on which the marked passage begins, or the first; None when the file has no pages to show."""
    if not has_pages(read.document):
        return None
    number = first_page(read.document, read.marked[0] if read.marked else 0) or 1
    address = page_image_path(read.document.id, number, read.marked)
    try:
        with anyio.move_on_after(PATIENCE_S):
            return ShownPage(number, address, await drawn_page(desk, read.document, number, read.marked))
    except UndrawablePage as error:
        return ShownPage(number, "", reason=error.reason)
    except (UnknownDocument, LookupError):
        return None
    except Overloaded:
        pass
    return ShownPage(number, address)  # the picture comes when it is drawn


def _values(desk: Desk, read: DocumentRead, query: str, picture: ShownPage | None) -> dict[str, Any]:
    found, place = read.document, read.marked
    label = next((one.label for one in found.sections if place and one.start <= place[0] < one.end), "")
    start, end = place or (None, None)
    today = datetime.now(UTC).date()
    return {
        "document": found,
        "meta": found.metadata,
        "sections": shown_sections(found, place),
        "marked": place,
        "query": query,
        "matches": read.matches,
        "former": read.former,
        "earlier": [one for one in reversed(read.versions) if one.until is not None],
        "related": read.named,
        "near": read.near,
        "picture": picture,
        "cited": citation_text(found.metadata, label),
        "cited_at": desk.settings.public_url + page_path(found.id, start=start, end=end),
        "is_future": _before(today, found.metadata.valid_from),
        "file_kind": media_type(found).rpartition("/")[2].rpartition(".")[2].upper() if found.original else "",
    }


def _before(one: date | None, other: date | None) -> bool:
    return one is not None and other is not None and one < other
