"""The search page, a document's page, and its original file."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from index.documents import Document
from index.errors import UnknownDocument
from index.interfaces import DocumentCard, Ranking
from service.answers import SILENCE, Answer
from service.auth import Caller
from service.desk import AtDesk, Desk, Reader
from service.files import file_response, media_type
from service.library import Documents
from service.presenting import successors
from service.turns import still_wanted
from service.web.asking import FACETS, PAGE, Asked
from service.web.excerpts import excerpt, shown_sections
from service.web.rendering import page
from service.web.staff_feedback import note_search, opened
from service.web.translating import Translator, translator

router = APIRouter()
READ = ["GET", "HEAD"]
Offset = Annotated[int | None, Query(ge=0, le=2**40)]


@dataclass(frozen=True)
class Option:
    """One value of a facet as it is shown."""

    value: str
    label: str
    count: int
    is_chosen: bool


@router.api_route("/", methods=READ)
async def search(request: Request, desk: AtDesk, caller: Reader) -> Response:
    """Show the search form; with a query, what was found and what the documents say."""
    asked = Asked.from_address(request.query_params)
    if not asked.query:
        return page(request, "home.html", {"asked": asked}, caller=caller)
    began = time.perf_counter()
    ranking, answer, replacing = await desk.answering.run(lambda: _found(desk, asked, caller))
    noted = note_search(request, desk, caller, asked, ranking, answer, began)
    t = translator(request)
    values = {
        "asked": asked,
        "noted": noted,
        "page_path": noted.path,
        "ranking": ranking,
        "answer": answer,
        "successors": replacing,
        "facets": {facet: _options(t, facet, ranking, asked) for facet in FACETS},
        "marked": lambda passage: excerpt(passage.text, desk.highlight(asked.query, passage.text, passage.language)),
        "more": asked.address(k=asked.k + PAGE) if len(ranking.documents) == asked.k < 100 else "",
    }
    return page(request, "search.html", values, caller=caller)


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


def _found(desk: Desk, asked: Asked, caller: Caller) -> tuple[Ranking, Answer, dict[str, DocumentCard]]:
    index = desk.library.borrow()
    within = asked.filters.within(caller.audience)
    ranking = index.engine.search(asked.query, asked.k, within)
    replacing = successors(ranking, index.store, caller.audience)
    still_wanted()
    if not asked.is_question or asked.k > PAGE:
        return ranking, SILENCE, replacing
    answerer = desk.answerer(index, within)
    answer = answerer.answer(asked.query, ranking, lambda one: index.store.document(one, caller.audience))
    return ranking, answer, replacing


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


def _options(t: Translator, facet: str, ranking: Ranking, asked: Asked) -> list[Option]:
    """Return a facet's values, most frequent first; those ticked are there even when nothing has them."""
    names: dict[str, Callable[[str], str]] = {
        "language": t.language_name,
        "kind": t.kind,
        "theme": t.theme,
        "border": t.border,
        "country": t.country,
    }
    counts = dict.fromkeys(asked.chosen[facet], 0) | ranking.facets.get(facet, {})
    options = [
        Option(value, names[facet](value), count, value in asked.chosen[facet]) for value, count in counts.items()
    ]
    return sorted(options, key=lambda option: (-option.count, option.label))
