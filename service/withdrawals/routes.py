"""Withdraw a document at once, see what was withdrawn, and reinstate it. For staff."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response
from starlette.status import HTTP_204_NO_CONTENT

from service.auth.staff_only import StaffCaller
from service.http.openapi import problems
from service.withdrawals.schemas import WithdrawalOut, WithdrawnOut, withdrawal_out, withdrawn_out
from service.withdrawals.service import LONGEST_REASON, WithdrawalsDependency

router = APIRouter(tags=["staff"])
Reason = Annotated[str, Query(max_length=LONGEST_REASON, description="Why; staff alone read it", examples=["Périmé"])]


@router.delete(
    "/documents/{document_id:path}",
    responses=problems(401, 404, 422, 503),
    summary="Withdraw a document at once",
)
async def withdraw(
    document_id: str, withdrawals: WithdrawalsDependency, caller: StaffCaller, reason: Reason = ""
) -> WithdrawalOut:
    """Hide a document from everybody from the next request on. Doing it again changes nothing."""
    return withdrawal_out(await withdrawals.withdraw(document_id, caller, reason))


@router.get("/staff/withdrawn", responses=problems(401, 503), summary="What is withdrawn, the newest first")
async def withdrawn(withdrawals: WithdrawalsDependency, caller: StaffCaller) -> WithdrawnOut:
    """Return every withdrawal that was not undone."""
    return withdrawn_out(await withdrawals.all())


@router.delete(
    "/staff/withdrawn/{document_id:path}",
    status_code=HTTP_204_NO_CONTENT,
    response_class=Response,
    responses=problems(401, 404, 422, 503),
    summary="Let a withdrawn document in again",
)
async def reinstate(document_id: str, withdrawals: WithdrawalsDependency, caller: StaffCaller) -> None:
    """Undo a withdrawal: seen at once while the index still holds the document, else after the next ingestion."""
    await withdrawals.reinstate(document_id, caller)
