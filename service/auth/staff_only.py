"""What only staff may use, as dependencies: other readers see no such page, other API callers are refused."""

from __future__ import annotations

from typing import Annotated

from anyio import to_thread
from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from service.auth.audit import READS, AuditLog
from service.auth.callers import Caller
from service.auth.dependencies import ApiCaller, Reader
from service.auth.scopes import Scope, required_scope
from service.errors import Forbidden, Unauthenticated
from service.http.dependencies import components_of


async def staff_caller(request: Request, caller: ApiCaller) -> Caller:
    """Return a caller of the API who is staff, with a key that is for it.

    Raises Unauthenticated, Forbidden, AuditUnavailable.
    """
    if not caller.is_known:
        raise Unauthenticated(f"This needs a staff key, for {Scope.STAFF.value!r}.")
    if not caller.is_staff:
        raise Forbidden(Scope.STAFF)
    await _see_that_it_can_be_noted(request)
    return caller


async def staff_reader(request: Request, caller: Reader) -> Caller:
    """Return a reader who is staff, with a key for the page; for anybody else there is no such page.

    Raises AuditUnavailable.
    """
    if not caller.is_staff or not caller.may(required_scope(request.scope["path"]) or Scope.STAFF):
        raise HTTPException(404, "There is no such page.")
    await _see_that_it_can_be_noted(request)
    return caller


async def _see_that_it_can_be_noted(request: Request) -> None:
    """Let staff change nothing that the audit log could not hold. Raises AuditUnavailable."""
    if request.method not in READS:
        await to_thread.run_sync(components_of(request).get(AuditLog).check)


StaffCaller = Annotated[Caller, Depends(staff_caller)]
StaffReader = Annotated[Caller, Depends(staff_reader)]
