"""What is being read, and the button that has every known source read again."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from service.auth.callers import Caller
from service.auth.staff_only import StaffReader
from service.ingestion.service import IngestionDependency, IngestionService, NotReadHere
from service.web.forms import form_fields, is_own_form
from service.web.rendering import page

router = APIRouter()


@router.api_route("/staff/ingestion", methods=["GET", "HEAD"])
async def ingestion(request: Request, service: IngestionDependency, caller: StaffReader) -> Response:
    """Show what is being read."""
    return await _page(request, service, caller)


@router.post("/staff/ingestion")
async def read_again(request: Request, service: IngestionDependency, caller: StaffReader) -> Response:
    """Have every known source read again."""
    if not is_own_form(request, await form_fields(request)):
        return await _page(request, service, caller, is_stale=True, status=403)
    try:
        await service.read_again(caller)
    except NotReadHere:  # the page says why
        return await _page(request, service, caller, status=409)
    return RedirectResponse("/staff/ingestion?asked=1", 303)


async def _page(
    request: Request, service: IngestionService, caller: Caller, *, is_stale: bool = False, status: int = 200
) -> Response:
    values = {
        "reading": await service.status(),
        "is_stale": is_stale,
        "is_asked": request.query_params.get("asked") == "1",
    }
    return page(request, "ingestion/ingestion.html", values, caller=caller, status=status)
