"""Groups through the API: list, declare, name, fill, close. For staff whose key has the scope `keys`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Path
from starlette.responses import Response
from starlette.status import HTTP_201_CREATED, HTTP_204_NO_CONTENT

from service.auth.staff_only import StaffCaller
from service.groups.schemas import (
    GroupChangeIn,
    GroupDetailsOut,
    GroupId,
    GroupOut,
    GroupsOut,
    NewGroupIn,
    details_out,
    group_out,
)
from service.groups.service import GroupsDependency
from service.history.schemas import changes_out
from service.http.openapi import problems

router = APIRouter(tags=["staff"])
GroupPath = Annotated[GroupId, Path()]
KeyId = Annotated[int, Path(ge=1, le=2**53, description="A key's number")]
Revision = Annotated[int, Header(alias="If-Match", ge=0, le=1_000_000, description="The `revision` it is changed from")]
CHANGE_ERRORS = problems(400, 401, 404, 409, 412, 413, 422, 503)
MEMBER_ERRORS = problems(401, 404, 422, 503)


@router.get("/staff/groups", responses=problems(401, 503), summary="Every group, and what names it")
async def groups(service: GroupsDependency, caller: StaffCaller) -> GroupsOut:
    """Return the groups by id: those that are declared, and those that something names without."""
    views, changes = await service.all(), await service.history()
    return GroupsOut(groups=[group_out(view) for view in views], claim=service.claim, changes=changes_out(changes))


@router.post(
    "/staff/groups",
    status_code=HTTP_201_CREATED,
    responses=problems(400, 401, 409, 413, 422, 503),
    summary="Declare a group",
)
async def declare(payload: NewGroupIn, service: GroupsDependency, caller: StaffCaller) -> GroupOut:
    """Give a group a name, before or after its first document."""
    await service.declare(payload.group(), caller)
    return group_out(await service.find(payload.id))


@router.get("/staff/groups/{group_id}", responses=problems(401, 404, 422, 503), summary="A group, with its documents")
async def group(group_id: GroupPath, service: GroupsDependency, caller: StaffCaller) -> GroupDetailsOut:
    """Return a group, the documents that name it, and who changed what of it."""
    return details_out(await service.find(group_id), await service.history(group_id))


@router.patch("/staff/groups/{group_id}", responses=CHANGE_ERRORS, summary="Name a group, describe it, close it")
async def change(
    group_id: GroupPath, payload: GroupChangeIn, service: GroupsDependency, caller: StaffCaller, if_match: Revision
) -> GroupOut:
    """Change what is sent. Closing ends every membership at once; a group that is opened again has no keys in it."""
    present, revision = (await service.find(group_id)).group, if_match
    if payload.describes():
        names, description = payload.names_of(present), payload.description_of(present)
        revision = (await service.describe(group_id, names, description, revision, caller)).revision
    if payload.closed is not None:
        act = service.close if payload.closed else service.reopen
        await act(group_id, revision, caller)
    return group_out(await service.find(group_id))


@router.delete(
    "/staff/groups/{group_id}",
    status_code=HTTP_204_NO_CONTENT,
    response_class=Response,
    responses=problems(401, 404, 409, 412, 422, 503),
    summary="Take back the declaration of a group",
)
async def remove(group_id: GroupPath, service: GroupsDependency, caller: StaffCaller, if_match: Revision) -> None:
    """Forget a group that nothing names. One that is named by something can be closed, and not forgotten."""
    await service.remove(group_id, if_match, caller)


@router.put("/staff/groups/{group_id}/keys/{key_id}", responses=MEMBER_ERRORS, summary="Put a key into a group")
async def join(group_id: GroupPath, key_id: KeyId, service: GroupsDependency, caller: StaffCaller) -> GroupOut:
    """Let a member's key show the group's documents, from the next request on."""
    await service.join(group_id, key_id, caller)
    return group_out(await service.find(group_id))


@router.delete(
    "/staff/groups/{group_id}/keys/{key_id}",
    status_code=HTTP_204_NO_CONTENT,
    response_class=Response,
    responses=MEMBER_ERRORS,
    summary="Take a key out of a group",
)
async def leave(group_id: GroupPath, key_id: KeyId, service: GroupsDependency, caller: StaffCaller) -> None:
    """Show the group's documents to a key no more, from the next request on."""
    await service.leave(group_id, key_id, caller)
