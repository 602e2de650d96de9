"""Correct what is stated of a document, take corrections back, and list them; the audit log says who did."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends

from index.reasons import Reason
from index.store.corrections import CORRECTABLE, CorrectedMeanwhile, Correction
from service.auth.audit import AuditLog
from service.auth.callers import Caller
from service.auth.groups import GroupStore
from service.errors import ChangedMeanwhile, InvalidField
from service.http.concurrency import ConcurrencyLimiter
from service.http.dependencies import provided
from service.library.open_index import Library


@dataclass(frozen=True)
class CorrectionService:
    """Corrects documents for staff."""

    library: Library
    limiter: ConcurrencyLimiter
    audit: AuditLog
    groups: GroupStore

    async def find(self, document_id: str) -> Correction:
        """Return what was corrected of a document, with what its source states. Raises UnknownDocument."""
        return await self.limiter.run(lambda: self.library.borrow().store.correction(document_id))

    async def all(self) -> Sequence[Correction]:
        """Return every correction, by document id."""
        return await self.limiter.run(lambda: self.library.borrow().store.list_corrections())

    async def correct(
        self,
        document_id: str,
        values: Mapping[str, Any],
        caller: Caller,
        *,
        revision: int,
        taken_back: Collection[str] = (),
    ) -> Correction:
        """Correct these fields: narrower readers hold from the next request on, all else once it is written anew.

        Raises UnknownDocument, InvalidField, ChangedMeanwhile.
        """

        def correct() -> Correction:
            store = self.library.borrow().store
            before = store.correction(document_id)
            self.groups.check_open({*values.get("groups", ())} - {*before.metadata.groups})
            returned = {name: getattr(before.stated, name) for name in taken_back}
            corrected = before.change({**values, **returned}, caller.name, "").metadata
            if contradiction := corrected.find_contradiction():
                name, allowed = contradiction
                raise InvalidField(name, Reason("expected", allowed=allowed))
            try:
                after = store.correct(document_id, values, caller.name, revision, taken_back)
            except CorrectedMeanwhile as error:
                raise ChangedMeanwhile(str(error)) from error
            changes = after.history[len(before.history) :]
            self.audit.write(
                "correct",
                caller,
                document=document_id,
                fields=[change.field for change in changes],
                to=after.metadata.audience.value,
                groups=list(after.metadata.groups),
            )
            return after

        return await self.limiter.run(correct)

    async def take_back(
        self, document_id: str, caller: Caller, *, revision: int, names: Collection[str] = CORRECTABLE
    ) -> Correction:
        """Return these fields to what the source states. Raises UnknownDocument, ChangedMeanwhile."""
        return await self.correct(document_id, {}, caller, revision=revision, taken_back=names)


CorrectionsDependency = Annotated[CorrectionService, Depends(provided(CorrectionService))]
