"""API keys through the API: list, make, change, revoke. For staff whose key has the scope `keys`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response
from starlette.status import HTTP_201_CREATED, HTTP_204_NO_CONTENT

from service.auth.staff_only import StaffCaller
from service.history.schemas import changes_out
from service.http.openapi import problems
from service.keys.schemas import LONGEST_NAME, KeyChangeIn, KeyOut, KeysOut, NewKeyIn, NewKeyOut, key_out
from service.keys.service import KeysDependency

router = APIRouter(tags=["staff"])
KeyId = Annotated[int, Path(ge=1, le=2**53, description="Its number")]
Confirmed = Annotated[
    str,
    Query(max_length=LONGEST_NAME, description="The key's name, where it is your own or the last that manages keys"),
]


@router.get("/staff/keys", responses=problems(401, 503), summary="Every API key, the revoked ones too")
async def keys(keys: KeysDependency, caller: StaffCaller) -> KeysOut:
    """Return the keys in the order they were made, never their secrets, and who made, changed and revoked them."""
    return KeysOut(keys=[key_out(key) for key in await keys.all()], changes=changes_out(await keys.history()))


@router.post(
    "/staff/keys",
    status_code=HTTP_201_CREATED,
    responses=problems(400, 401, 409, 413, 422, 503),
    summary="Make an API key",
)
async def add(payload: NewKeyIn, keys: KeysDependency, caller: StaffCaller) -> NewKeyOut:
    """Return a new key with its secret, which is shown this once. It has no scope that your own key lacks."""
    key, secret = await keys.add(payload.new_key(), caller)
    return NewKeyOut(key=key_out(key), secret=secret)


@router.patch(
    "/staff/keys/{key_id}",
    responses=problems(400, 401, 404, 409, 413, 422, 503),
    summary="Change what an API key is for",
)
async def change(key_id: KeyId, payload: KeyChangeIn, keys: KeysDependency, caller: StaffCaller) -> KeyOut:
    """Change scopes, groups or last day, from the next request on. Nobody changes the key they use."""
    change = payload.change_of(await keys.find(key_id))
    return key_out(await keys.change(key_id, change, caller, payload.confirmed))


@router.delete(
    "/staff/keys/{key_id}",
    status_code=HTTP_204_NO_CONTENT,
    response_class=Response,
    responses=problems(401, 404, 409, 422, 503),
    summary="Revoke an API key",
)
async def revoke(key_id: KeyId, keys: KeysDependency, caller: StaffCaller, confirmed: Confirmed = "") -> None:
    """End a key: the next request with it is refused, and sessions opened with it are over."""
    await keys.revoke(key_id, caller, confirmed)
