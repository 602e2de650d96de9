"""Take a document out at once, see what was taken out, and let it in again. For staff."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.responses import Response
from starlette.status import HTTP_204_NO_CONTENT

from index.store.withdrawals import Withdrawal
from service.auth.callers import Caller
from service.auth.staff_only import StaffCaller
from service.desk import AtDesk, Desk
from service.http.openapi import problems

router = APIRouter(tags=["staff"])
LONGEST_REASON: Final = 500
Reason = Annotated[str, Query(max_length=LONGEST_REASON, description="Why; staff alone read it", examples=["Périmé"])]


class WithdrawalOut(BaseModel):
    """A document that was taken out: nobody sees it, and its file does not bring it back."""

    document_id: str = Field(examples=["notes/teletravail"])
    title: str = Field(examples=["Le télétravail des frontaliers"])
    at: str = Field(examples=["2026-11-26T17:03:00+00:00"])
    by: str = Field(examples=["Anne"])
    reason: str = Field(examples=["Périmé"])


class WithdrawnOut(BaseModel):
    withdrawn: list[WithdrawalOut]


@router.delete(
    "/documents/{document_id:path}",
    responses=problems(401, 404, 422, 503),
    summary="Withdraw a document at once",
)
async def withdraw(document_id: str, desk: AtDesk, caller: StaffCaller, reason: Reason = "") -> WithdrawalOut:
    """Hide a document from everybody from the next request on. Doing it again changes nothing."""
    return told(await desk.turns.run(lambda: withdraw_document(desk, document_id, caller, reason)))


@router.get("/staff/withdrawn", responses=problems(401, 503), summary="What is withdrawn, the newest first")
async def withdrawn(desk: AtDesk, caller: StaffCaller) -> WithdrawnOut:
    """Return every withdrawal that was not undone."""
    found = await desk.turns.run(lambda: desk.library.borrow().store.withdrawn.all())
    return WithdrawnOut(withdrawn=[told(one) for one in found])


@router.delete(
    "/staff/withdrawn/{document_id:path}",
    status_code=HTTP_204_NO_CONTENT,
    response_class=Response,
    responses=problems(401, 404, 422, 503),
    summary="Let a withdrawn document in again",
)
async def reinstate(document_id: str, desk: AtDesk, caller: StaffCaller) -> None:
    """Undo a withdrawal: seen at once while the index still holds the document, else after the next ingestion."""
    await desk.turns.run(lambda: reinstate_document(desk, document_id, caller))


def withdraw_document(desk: Desk, document_id: str, caller: Caller, reason: str) -> Withdrawal:
    """Withdraw and note who did. Raises UnknownDocument."""
    made = desk.library.borrow().store.withdraw(document_id, caller.name, " ".join(reason.split())[:LONGEST_REASON])
    desk.audit.write("withdraw", caller, document=document_id)
    return made


def reinstate_document(desk: Desk, document_id: str, caller: Caller) -> None:
    """Undo a withdrawal and note who did. Raises UnknownDocument."""
    desk.library.borrow().store.reinstate(document_id)
    desk.audit.write("reinstate", caller, document=document_id)


def told(one: Withdrawal) -> WithdrawalOut:
    return WithdrawalOut(document_id=one.document_id, title=one.title, at=one.at, by=one.by, reason=one.reason)
