"""The door to what only staff do: on pages it does not exist for others, on the API they are told they may not."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.exceptions import HTTPException

from index.documents import Audience
from service.auth.callers import Caller, Unauthenticated
from service.auth.dependencies import ApiCaller, Reader
from service.auth.scopes import Forbidden, Scope


async def staff_caller(caller: ApiCaller) -> Caller:
    """Return a caller of the API who is staff, with a key that is for it. Raises Unauthenticated, Forbidden."""
    if not caller.is_known:
        raise Unauthenticated(f"This asks for a key of staff, for {Scope.STAFF.value!r}.")
    if not is_staff(caller):
        raise Forbidden(Scope.STAFF)
    return caller


async def staff_reader(caller: Reader) -> Caller:
    """Return a reader who is staff; for anybody else there is no such page."""
    if not is_staff(caller):
        raise HTTPException(404, "There is no such page.")
    return caller


def is_staff(caller: Caller) -> bool:
    return caller.audience is Audience.STAFF and caller.may(Scope.STAFF)


StaffCaller = Annotated[Caller, Depends(staff_caller)]
StaffReader = Annotated[Caller, Depends(staff_reader)]
