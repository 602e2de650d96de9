"""`GET /documents/{id}/pages/{n}`: a page of a PDF as a picture, the quoted words boxed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from index.errors import UnknownDocument
from service.auth.dependencies import ApiCaller
from service.desk import AtDesk
from service.documents.routes import Offset, whole_instead
from service.http.openapi import problems
from service.http.problems import InvalidField
from service.pictures.responses import drawn_page, image_response, page_number
from service.pictures.service import WIDEST, WIDTH

router = APIRouter(tags=["documents"])


@router.get(
    "/documents/{document_id:path}/pages/{number}",
    responses={
        200: {
            "description": "The page; `X-Passerelle-Boxes` lists [left, top, right, bottom] of each box in its pixels",
            "content": {"image/png": {"schema": {"type": "string", "format": "binary"}}},
            "headers": {
                "X-Passerelle-Boxes": {"schema": {"type": "string"}},
                "X-Passerelle-Pages": {"schema": {"type": "integer"}},
            },
        },
        **problems(401, 404, 422, 503),
    },
    response_class=Response,
    summary="A page of a PDF as a picture, the quoted words boxed",
)
async def page_image(
    document_id: str,
    number: Annotated[str, Path(description="From 1", json_schema_extra={"pattern": "^[1-9][0-9]{0,4}$"})],
    desk: AtDesk,
    caller: ApiCaller,
    start: Offset = None,
    end: Offset = None,
    width: Annotated[int, Query(ge=200, le=WIDEST)] = WIDTH,
) -> Response:
    """Return a page as PNG. `start` and `end`, as citations give them, box those words where they stand on it.

    Words that are not found on the page (it is a scan, or they stand elsewhere) give no box, and `[]` in the header.
    """
    store = desk.library.borrow().store
    try:
        document = await desk.turns.run(lambda: store.document(document_id, caller.audience))
        page = page_number(number)
    except UnknownDocument:
        return await whole_instead(desk, f"{document_id}/pages/{number}", caller)
    if (start is None) != (end is None):
        raise InvalidField("end" if end is None else "start", "give both start and end, or neither")
    if start is not None and end is not None and not start < end <= len(document.text):
        raise InvalidField("end", f"must lie after start and be at most {len(document.text)}, the length of the text")
    marked = (start, end) if start is not None and end is not None else None
    return image_response(await drawn_page(desk, document, page, marked, width))
