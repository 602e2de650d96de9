"""Withdraw a document at once, list what is withdrawn, and reinstate it; the audit log says who did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends

from index.store.withdrawals import Withdrawal
from service.auth.audit import AuditLog
from service.auth.callers import Caller
from service.http.concurrency import ConcurrencyLimiter
from service.http.dependencies import provided
from service.library.open_index import Library

LONGEST_REASON: Final = 500


@dataclass(frozen=True)
class WithdrawalService:
    """Withdraws documents for staff."""

    library: Library
    limiter: ConcurrencyLimiter
    audit: AuditLog

    async def withdraw(self, document_id: str, caller: Caller, reason: str) -> Withdrawal:
        """Hide a document from everybody from the next request on. Raises UnknownDocument."""

        def withdraw() -> Withdrawal:
            why = " ".join(reason.split())[:LONGEST_REASON]
            withdrawal = self.library.borrow().store.withdraw(document_id, caller.name, why)
            self.audit.write("withdraw", caller, document=document_id)
            return withdrawal

        return await self.limiter.run(withdraw)

    async def reinstate(self, document_id: str, caller: Caller) -> None:
        """Undo a withdrawal. Raises UnknownDocument when the document was not withdrawn."""

        def reinstate() -> None:
            self.library.borrow().store.reinstate(document_id)
            self.audit.write("reinstate", caller, document=document_id)

        await self.limiter.run(reinstate)

    async def all(self) -> Sequence[Withdrawal]:
        """Return every withdrawal that was not undone, the newest first."""
        return await self.limiter.run(lambda: self.library.borrow().store.list_withdrawals())


WithdrawalsDependency = Annotated[WithdrawalService, Depends(provided(WithdrawalService))]
