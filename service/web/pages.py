"""A document's page, and its original file."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from index.documents import Document
from index.errors import UnknownDocument
from index.interfaces import DocumentCard
from service.auth import Caller
from service.desk import AtDesk, Desk, Reader
from service.files import file_response, media_type
from service.library import Documents
from service.web.excerpts import shown_sections
from service.web.rendering import page
from service.web.staff_feedback import opened

router = APIRouter()
READ = ["GET", "HEAD"]
Offset = Annotated[int | None, Query(ge=0, le=2**40)]


@router.api_route("/documents/{document_id:path}", methods=READ)
async def document(
    request: Request, document_id: str, desk: AtDesk, caller: Reader, start: Offset = None, end: Offset = None
) -> Response:
    """Show a document's text with the passage [start, end) marked in its place."""
    if away := opened(request, desk, document_id):
        return away
    shown, related = await desk.turns.run(lambda: _read(desk, document_id, caller))
    marked = (start, end) if start is not None and end is not None and start < end <= len(shown.text) else None
    today = datetime.now(UTC).date()
    values = {
        "document": shown,
        "meta": shown.metadata,
        "sections": shown_sections(shown, marked),
        "marked": marked,
        "related": related,
        "is_future": _before(today, shown.metadata.valid_from),
        "file_kind": media_type(shown).rpartition("/")[2].rpartition(".")[2].upper() if shown.original else "",
    }
    return page(request, "document.html", values, caller=caller)


@router.api_route("/files/{document_id:path}", methods=READ)
async def file(document_id: str, desk: AtDesk, caller: Reader) -> Response:
    """Hand out the original file to a reader."""
    store = desk.library.borrow().store
    found = await desk.turns.run(lambda: store.document(document_id, caller.audience))
    if not found.original:
        raise UnknownDocument(f"{document_id} has no original file.")
    return file_response(found, store.original(found.original))


def _read(desk: Desk, document_id: str, caller: Caller) -> tuple[Document, dict[str, DocumentCard]]:
    """Return a document and those of its relations the caller may see, by what they are to it."""
    store = desk.library.borrow().store
    found = store.document(document_id, caller.audience)
    named = {"replaced_by": found.metadata.replaced_by, "translation_of": found.metadata.translation_of}
    cards = {name: _card(store, other, caller) for name, other in named.items() if other}
    return found, {name: card for name, card in cards.items() if card is not None}


def _card(store: Documents, document_id: str, caller: Caller) -> DocumentCard | None:
    try:
        found = store.document(document_id, caller.audience)
    except UnknownDocument:
        return None
    return DocumentCard(found.id, found.metadata, found.path, found.original)


def _before(one: date | None, other: date | None) -> bool:
    return one is not None and other is not None and one < other
