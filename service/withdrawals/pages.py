"""Withdraw a document from its page, and the list of what was withdrawn, where each can be let in again."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from index.errors import UnknownDocument
from service.auth.callers import Caller
from service.auth.staff_only import StaffReader
from service.desk import AtDesk, Desk
from service.web.forms import form_fields, is_own_form
from service.web.staff_pages import staff_page
from service.withdrawals.routes import LONGEST_REASON, reinstate_document, withdraw_document

router = APIRouter()


@router.api_route("/staff/withdrawn", methods=["GET", "HEAD"])
async def withdrawn(request: Request, desk: AtDesk, caller: StaffReader) -> Response:
    """Show what is withdrawn."""
    return await _page(request, desk, caller)


@router.post("/staff/withdrawn")
async def change(request: Request, desk: AtDesk, caller: StaffReader) -> Response:
    """Withdraw a document or let it in again, and show the list as it is then."""
    said = await form_fields(request)
    if not is_own_form(request, desk, said):
        return await _page(request, desk, caller, fault="stale", status=403)
    document_id, undo = said.get("document", ""), said.get("action") == "reinstate"
    try:
        if undo:
            await desk.turns.run(lambda: reinstate_document(desk, document_id, caller))
        else:
            reason = said.get("reason", "")[:LONGEST_REASON]
            await desk.turns.run(lambda: withdraw_document(desk, document_id, caller, reason))
    except UnknownDocument:
        return await _page(request, desk, caller, fault="unknown", status=404)
    return RedirectResponse("/staff/withdrawn?" + urlencode({"back" if undo else "out": document_id}), 303)


async def _page(request: Request, desk: Desk, caller: Caller, *, fault: str = "", status: int = 200) -> Response:
    found = await desk.turns.run(lambda: desk.library.borrow().store.withdrawn.all())
    values = {
        "withdrawn": found,
        "fault": fault,
        "out": request.query_params.get("out", ""),
        "back": request.query_params.get("back", ""),
        "longest": LONGEST_REASON,
    }
    return staff_page(request, "withdrawals/withdrawn.html", values, caller=caller, status=status)
