"""`/export`: the list of the search page as a file, for whoever reads the page."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from service.auth.dependencies import Reader
from service.desk import AtDesk
from service.exports.service import exported, wanted_format
from service.search.page_query import Asked
from service.web.translating import translator

router = APIRouter()


@router.api_route("/export", methods=["GET", "HEAD"])
async def export(request: Request, desk: AtDesk, caller: Reader) -> Response:
    """Return every result of the search in the address, in the reader's language and under their audience."""
    asked = Asked.from_address(request.query_params)
    wanted = wanted_format(asked, request.query_params)
    return await exported(desk, asked, caller.audience, translator(request), wanted)
