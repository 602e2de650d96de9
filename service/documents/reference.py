"""A document, or a passage of it, as a reference for a reference manager: RIS or BibTeX."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from index.documents import Document
from service.auth.dependencies import Reader
from service.desk import AtDesk
from service.documents.citations import page_path
from service.documents.pages import READ, Offset
from service.exports.listing import Entry, Format, ResultList, readable, writing
from service.web.translating import translator

router = APIRouter()
FORMATS: Final = {"ris": Format.RIS, "bib": Format.BIBTEX}
OPENING: Final = 300  # characters quoted of a document that is cited as a whole


@router.api_route("/documents/{document_id:path}/cite.ris", methods=READ)
@router.api_route("/documents/{document_id:path}/cite.bib", methods=READ)
async def reference(
    request: Request, document_id: str, desk: AtDesk, caller: Reader, start: Offset = None, end: Offset = None
) -> Response:
    """Return the reference as a file; with a passage, its words as a note and its page."""
    store, suffix = desk.library.borrow().store, request.url.path.rpartition(".")[2]
    found = await desk.turns.run(lambda: store.document(document_id, caller.audience))
    entry = _entry(found, desk.settings.public_url, start, end)
    written, t = writing(FORMATS[suffix]), translator(request)
    listed = ResultList("", (), entry.url, datetime.now(UTC).date(), (entry,))
    name = f"passerelle-reference.{written.suffix}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Language": t.language}
    return Response(written.write(listed, t), media_type=written.media_type, headers=headers)


def _entry(document: Document, base: str, start: int | None, end: int | None) -> Entry:
    is_passage = start is not None and end is not None and start < end <= len(document.text)
    first, last = (start or 0, end or 0) if is_passage else (0, OPENING)
    section = next((one for one in document.sections if one.start <= first < one.end), None)
    return Entry(
        document.id,
        document.metadata,
        section.label if section and is_passage else "",
        readable(document.text[first:last]),
        (section.language if section else "") or document.metadata.language,
        base + page_path(document.id, start=first if is_passage else None, end=last if is_passage else None),
    )
