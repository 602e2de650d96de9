"""What only staff may use, as dependencies: other readers see no such page, other API callers are refused."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.exceptions import HTTPException

from service.auth.callers import Caller
from service.auth.dependencies import ApiCaller, Reader
from service.auth.scopes import Scope
from service.errors import Forbidden, Unauthenticated


async def staff_caller(caller: ApiCaller) -> Caller:
    """Return a caller of the API who is staff, with a key that is for it. Raises Unauthenticated, Forbidden."""
    if not caller.is_known:
        raise Unauthenticated(f"This needs a staff key, for {Scope.STAFF.value!r}.")
    if not caller.is_staff:
        raise Forbidden(Scope.STAFF)
    return caller


async def staff_reader(caller: Reader) -> Caller:
    """Return a reader who is staff; for anybody else there is no such page."""
    if not caller.is_staff:
        raise HTTPException(404, "There is no such page.")
    return caller


StaffCaller = Annotated[Caller, Depends(staff_caller)]
StaffReader = Annotated[Caller, Depends(staff_reader)]
