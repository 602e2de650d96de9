"""The pages on which staff make, change and revoke keys. A new key's secret is in the answer to its form alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from index.clock import utc_today
from index.documents import Audience
from service.auth.callers import Caller
from service.auth.keys import Key
from service.auth.scopes import Scope
from service.auth.staff_only import StaffReader
from service.errors import Conflict, InvalidField, NotAllowed, NothingThere, ServiceError
from service.http.problems import problem_of
from service.keys.schemas import KeyChangeIn, NewKeyIn, scopes_of
from service.keys.service import KeysDependency, KeyService, check_shown, describe_key, manages_alone
from service.library.groups import group_choices, group_names
from service.web.forms import is_own_form
from service.web.rendering import page

router = APIRouter()
MOST_FIELDS: Final = 60
FORM_FIELDS: Final = ("name", "audience", "expires", "choice", "forum", "categories", "groups", "organisation")
REFUSALS: Final = (ValidationError, InvalidField, Conflict, NotAllowed)


@router.api_route("/staff/keys", methods=["GET", "HEAD"])
async def keys(request: Request, keys: KeysDependency, caller: StaffReader) -> Response:
    """Show every key, and the form that makes one."""
    return await _list(request, keys, caller)


@router.post("/staff/keys")
async def add(request: Request, keys: KeysDependency, caller: StaffReader) -> Response:
    """Make a key and show its secret this once, or show the form again as it was filled in."""
    async with request.form(max_files=0, max_fields=MOST_FIELDS) as sent:
        if not is_own_form(request, {"token": str(sent.get("token", ""))}):
            return await _list(request, keys, caller, sent=sent, fault="keys.fault.stale", status=403)
        try:
            key, secret = await keys.add(NewKeyIn.model_validate(_new_key_fields(sent)).new_key(), caller)
        except REFUSALS as error:
            fault, status = _fault_of(error)
            return await _list(request, keys, caller, sent=sent, fault=fault, status=status)
    values = {
        "key": key,
        "secret": secret,
        "scopes": list(Scope),
        "group_names": await group_names(request, caller),
    }
    return page(request, "keys/made.html", values, caller=caller, status=201)


@router.api_route("/staff/keys/{key_id}", methods=["GET", "HEAD"])
async def key(request: Request, key_id: str, keys: KeysDependency, caller: StaffReader) -> Response:
    """Show one living key, with the forms that change and revoke it."""
    return await _one(request, keys, caller, await _find(keys, key_id))


@router.post("/staff/keys/{key_id}")
async def change(request: Request, key_id: str, keys: KeysDependency, caller: StaffReader) -> Response:
    """Change or revoke a key, and show the list as it is then."""
    key = await _find(keys, key_id)
    async with request.form(max_files=0, max_fields=MOST_FIELDS) as sent:
        if not is_own_form(request, {"token": str(sent.get("token", ""))}):
            return await _one(request, keys, caller, key, fault="keys.fault.stale", status=403)
        is_revoking, confirmed = sent.get("action") == "revoke", str(sent.get("confirmed", "")).strip()
        try:
            if is_revoking and sent.get("sure") != "yes":
                return await _one(request, keys, caller, key, fault="keys.fault.sure", status=422)
            if is_revoking:
                await keys.revoke(key.id, caller, confirmed)
            else:
                check_shown(key, str(sent.get("shown", "")))
                payload = KeyChangeIn.model_validate(_change_fields(sent))
                await keys.change(key.id, payload.change_of(key), caller, confirmed)
        except REFUSALS as error:
            fault, status = _fault_of(error)
            return await _one(request, keys, caller, key, fault=fault, status=status, sent=sent)
        except NothingThere as error:
            raise HTTPException(404, "There is no such key.") from error
    return RedirectResponse(f"/staff/keys?{'revoked' if is_revoking else 'changed'}={key.id}", 303)


async def _find(keys: KeyService, key_id: str) -> Key:
    try:
        return await keys.find(int(key_id) if re.fullmatch(r"[0-9]{1,18}", key_id) else 0)
    except NothingThere as error:
        raise HTTPException(404, "There is no such key.") from error


async def _list(
    request: Request,
    keys: KeyService,
    caller: Caller,
    *,
    sent: FormData | None = None,
    fault: str = "",
    status: int = 200,
) -> Response:
    all_keys = await keys.all()
    done = request.query_params
    by_id = {str(key.id): key.name for key in all_keys}
    values: dict[str, Any] = {
        "living": [key for key in all_keys if key.revoked is None],
        "revoked": [key for key in reversed(all_keys) if key.revoked is not None],
        "own": caller.subject,
        "today": utc_today(),
        "fields": _typed(sent),
        "fault": fault,
        "scopes": list(Scope),
        "audiences": [audience.value for audience in Audience],
        "changed": by_id.get(done.get("changed", ""), ""),
        "ended": by_id.get(done.get("revoked", ""), ""),
        "history": await keys.history(),
        "group_choices": await group_choices(request),
        "group_names": await group_names(request, caller),
    }
    return page(request, "keys/list.html", values, caller=caller, status=status)


async def _one(
    request: Request,
    keys: KeyService,
    caller: Caller,
    key: Key,
    *,
    fault: str = "",
    status: int = 200,
    sent: FormData | None = None,
) -> Response:
    fields = _typed(sent) if sent is not None and sent.get("action") == "change" else _fields_of(key)
    values: dict[str, Any] = {
        "key": key,
        "shown": describe_key(key),
        "fields": fields,
        "is_own": caller.subject == f"key:{key.id}",
        "is_last": manages_alone(key, await keys.all(), utc_today()),
        "today": utc_today(),
        "fault": fault,
        "scopes": list(Scope),
        "group_choices": await group_choices(request, key.groups),
        "group_names": await group_names(request, caller),
    }
    return page(request, "keys/one.html", values, caller=caller, status=status)


def _typed(sent: FormData | None) -> Mapping[str, Any]:
    """Return a form as it was filled in before, so that nobody types it twice."""
    values: dict[str, Any] = {name: str(sent.get(name, "")) if sent else "" for name in FORM_FIELDS}
    values["audience"] = values["audience"] or Audience.MEMBER.value
    values["choice"] = values["choice"] or "usual"
    values["groups"] = _parts(sent, "groups") if sent else []
    return values | {"scopes": [str(name) for name in sent.getlist("scopes")] if sent else []}


def _fields_of(key: Key) -> Mapping[str, Any]:
    return {
        "choice": "usual" if scopes_of(key) is None else "these",
        "scopes": sorted(key.scopes),
        "groups": sorted(key.groups),
        "expires": key.expires.isoformat() if key.expires else "",
    }


def _new_key_fields(sent: FormData) -> dict[str, Any]:
    fields = {name: str(sent.get(name, "")).strip() for name in ("name", "audience", "organisation")}
    return (
        fields
        | _change_fields(sent)
        | {
            "forum": str(sent.get("forum", "")).strip().lower(),
            "categories": _parts(sent, "categories"),
        }
    )


def _change_fields(sent: FormData) -> dict[str, Any]:
    is_chosen = sent.get("choice") == "these"
    return {
        "expires": str(sent.get("expires", "")).strip() or None,
        "scopes": [str(name) for name in sent.getlist("scopes")] if is_chosen else None,
        "groups": _parts(sent, "groups"),
    }


def _parts(sent: FormData, name: str) -> Sequence[str]:
    return [part for text in sent.getlist(name) for part in re.split(r"[,;\s]+", str(text)) if part]


def _fault_of(error: Exception) -> tuple[str, int]:
    """Return what a page says of an error, as a key of the catalogue, with the status."""
    if isinstance(error, ValidationError):
        return f"keys.fault.field.{error.errors()[0]['loc'][0]}", 422
    return f"keys.fault.{error.rule if isinstance(error, ServiceError) else ''}", problem_of(error).status
