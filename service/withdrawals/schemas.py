"""The wire format of withdrawals."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, Field

from index.store.withdrawals import Withdrawal


class WithdrawalOut(BaseModel):
    """A document that was withdrawn: nobody sees it, and its file does not bring it back."""

    document_id: str = Field(examples=["notes/teletravail"])
    title: str = Field(examples=["Le télétravail des frontaliers"])
    at: str = Field(examples=["2026-11-26T17:03:00+00:00"])
    by: str = Field(examples=["Anne"])
    reason: str = Field(examples=["Périmé"])


class WithdrawnOut(BaseModel):
    withdrawn: list[WithdrawalOut]


def withdrawal_out(withdrawal: Withdrawal) -> WithdrawalOut:
    return WithdrawalOut(
        document_id=withdrawal.document_id,
        title=withdrawal.title,
        at=withdrawal.at,
        by=withdrawal.by,
        reason=withdrawal.reason,
    )


def withdrawn_out(withdrawals: Iterable[Withdrawal]) -> WithdrawnOut:
    return WithdrawnOut(withdrawn=[withdrawal_out(withdrawal) for withdrawal in withdrawals])
