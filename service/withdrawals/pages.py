"""Withdraw a document from its page, and the list of what was withdrawn, where each can be reinstated."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from index.errors import UnknownDocument
from service.auth.callers import Caller
from service.auth.staff_only import StaffReader
from service.web.forms import form_fields, is_own_form
from service.web.rendering import page
from service.withdrawals.service import LONGEST_REASON, WithdrawalsDependency, WithdrawalService

router = APIRouter()


@router.api_route("/staff/withdrawn", methods=["GET", "HEAD"])
async def withdrawn(request: Request, withdrawals: WithdrawalsDependency, caller: StaffReader) -> Response:
    """Show what is withdrawn."""
    return await _page(request, withdrawals, caller)


@router.post("/staff/withdrawn")
async def change(request: Request, withdrawals: WithdrawalsDependency, caller: StaffReader) -> Response:
    """Withdraw or reinstate a document, and show the list as it is then."""
    fields = await form_fields(request)
    if not is_own_form(request, fields):
        return await _page(request, withdrawals, caller, fault="stale", status=403)
    document_id, undo = fields.get("document", ""), fields.get("action") == "reinstate"
    try:
        if undo:
            await withdrawals.reinstate(document_id, caller)
        else:
            await withdrawals.withdraw(document_id, caller, fields.get("reason", "")[:LONGEST_REASON])
    except UnknownDocument:
        return await _page(request, withdrawals, caller, fault="unknown", status=404)
    return RedirectResponse("/staff/withdrawn?" + urlencode({"back" if undo else "out": document_id}), 303)


async def _page(
    request: Request, withdrawals: WithdrawalService, caller: Caller, *, fault: str = "", status: int = 200
) -> Response:
    values = {
        "withdrawn": await withdrawals.all(),
        "fault": fault,
        "out": request.query_params.get("out", ""),
        "back": request.query_params.get("back", ""),
        "longest": LONGEST_REASON,
    }
    return page(request, "withdrawals/withdrawn.html", values, caller=caller, status=status)
