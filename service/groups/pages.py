"""The pages of groups: the list with the form that declares one, and each group with its members, documents and end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from index.documents import LANGUAGES, is_group_id
from service.auth.callers import Caller
from service.auth.groups import Group
from service.auth.staff_only import StaffReader
from service.errors import ChangedMeanwhile, Conflict, InvalidField, NotAllowed, NothingThere, ServiceError
from service.groups.schemas import LONGEST_DESCRIPTION, LONGEST_NAME, NewGroupIn
from service.groups.service import NO_GROUP, GroupsDependency, GroupService
from service.http.problems import problem_of
from service.web.forms import form_fields, is_own_form
from service.web.rendering import page
from service.web.translating import translator

router = APIRouter()
PATH: Final = "/staff/groups"
MOST_LISTED: Final = 50  # documents on a group's page
REFUSALS: Final = (ValidationError, InvalidField, Conflict, NotAllowed, ChangedMeanwhile)


@router.api_route(PATH, methods=["GET", "HEAD"])
async def groups(request: Request, service: GroupsDependency, caller: StaffReader) -> Response:
    """Show every group, and the form that declares one."""
    return await _list(request, service, caller)


@router.post(PATH)
async def declare(request: Request, service: GroupsDependency, caller: StaffReader) -> Response:
    """Declare a group and show it, or show the form again as it was filled in."""
    fields = await form_fields(request)
    if not is_own_form(request, fields):
        return await _list(request, service, caller, sent=fields, fault="groups.fault.stale", status=403)
    try:
        made = await service.declare(_group_of(fields, fields.get("id", "").strip()), caller)
    except REFUSALS as error:
        fault, status = _fault_of(error)
        return await _list(request, service, caller, sent=fields, fault=fault, status=status)
    return RedirectResponse(f"{PATH}/{made.id}?done=declare", 303)


@router.api_route(f"{PATH}/{{group_id}}", methods=["GET", "HEAD"])
async def group(request: Request, group_id: str, service: GroupsDependency, caller: StaffReader) -> Response:
    """Show a group: what it is called, who is in it, what is for it, and what closing it would do."""
    return await _group_page(request, service, caller, group_id)


@router.post(f"{PATH}/{{group_id}}")
async def change(request: Request, group_id: str, service: GroupsDependency, caller: StaffReader) -> Response:
    """Do what a form of the page says, and show the group as it is then."""
    fields = await form_fields(request)
    if not is_own_form(request, fields):
        await _check_there(service, group_id)
        return await _group_page(request, service, caller, group_id, fault="groups.fault.stale", status=403)
    action = fields.get("action", "")
    if action not in ACTIONS:
        raise HTTPException(422, "The form does not say what to do.")
    try:
        await ACTIONS[action](service, group_id, fields, caller)
    except REFUSALS as error:
        fault, status = _fault_of(error)
        return await _group_page(request, service, caller, group_id, fault=fault, status=status, sent=fields)
    except NothingThere as error:
        raise HTTPException(404, str(error)) from error
    return RedirectResponse(f"{await _path_after(service, group_id)}?done={action}", 303)


async def _path_after(service: GroupService, group_id: str) -> str:
    """Return the page of a group, or the list where nothing names the group any more."""
    try:
        await service.find(group_id)
    except NothingThere:
        return PATH
    return f"{PATH}/{group_id}"


async def _list(
    request: Request,
    service: GroupService,
    caller: Caller,
    *,
    sent: Mapping[str, str] | None = None,
    fault: str = "",
    status: int = 200,
) -> Response:
    language = translator(request).language
    views = await service.all()
    values: dict[str, Any] = {
        "views": sorted(views, key=lambda view: (bool(view.group.closed), view.group.name(language).casefold())),
        "fields": {"id": "", "description": "", **_name_fields({}), **(sent or {})},
        "fault": fault,
        "done": _done(request),
        "claim": service.claim,
        "history": await service.history(),
        **_limits(),
    }
    return page(request, "groups/list.html", values, caller=caller, status=status)


async def _group_page(
    request: Request,
    service: GroupService,
    caller: Caller,
    group_id: str,
    *,
    fault: str = "",
    status: int = 200,
    sent: Mapping[str, str] | None = None,
) -> Response:
    if not is_group_id(group_id):
        raise HTTPException(404, NO_GROUP)
    try:
        view = await service.find(group_id)
    except NothingThere as error:
        raise HTTPException(404, str(error)) from error
    typed = sent if sent and sent.get("action") == "describe" and fault != "groups.fault.changed" else {}
    values: dict[str, Any] = {
        "view": view,
        "group": view.group,
        "fields": {**_fields_of(view.group), **typed},
        "candidates": await service.candidates(view),
        "documents": view.use.documents[:MOST_LISTED],
        "fault": fault,
        "done": _done(request),
        "claim": service.claim,
        "history": await service.history(group_id),
        **_limits(),
    }
    return page(request, "groups/group.html", values, caller=caller, status=status)


async def _check_there(service: GroupService, group_id: str) -> None:
    """Refuse a form of another page for what it is, whether or not there is such a group. Raises HTTPException."""
    try:
        await service.find(group_id)
    except NothingThere as error:
        raise HTTPException(403, "This form is not from a page made for you, or was open too long.") from error


def _done(request: Request) -> str:
    """Return what was just done, "" for nothing."""
    done = request.query_params.get("done", "")
    return done if done in {*ACTIONS, "declare"} else ""


def _limits() -> dict[str, Any]:
    return {
        "languages_known": LANGUAGES,
        "longest_name": LONGEST_NAME,
        "longest_description": LONGEST_DESCRIPTION,
    }


def _fields_of(group: Group) -> dict[str, str]:
    return {"description": group.description, "revision": str(group.revision), **_name_fields(group.names)}


def _name_fields(names: Mapping[str, str]) -> dict[str, str]:
    return {f"name-{language}": names.get(language, "") for language in LANGUAGES}


def _group_of(fields: Mapping[str, str], group_id: str) -> Group:
    """Return a group as a form names and describes it. Raises ValidationError."""
    typed = {language: " ".join(fields.get(f"name-{language}", "").split()) for language in LANGUAGES}
    names = {language: name for language, name in typed.items() if name}
    description = fields.get("description", "").strip().replace("\r\n", "\n")
    return NewGroupIn.model_validate({"id": group_id, "names": names, "description": description}).group()


def _revision(fields: Mapping[str, str]) -> int:
    """Return the state that a form was made for. Raises ChangedMeanwhile."""
    revision = fields.get("revision", "")
    if not revision.isascii() or not revision.isdecimal() or len(revision) > 9:
        raise ChangedMeanwhile("The form does not say which state it was made for.")
    return int(revision)


def _key_number(fields: Mapping[str, str]) -> int:
    number = fields.get("key", "")
    return int(number) if number.isascii() and number.isdecimal() and len(number) <= 18 else 0


def _check_sure(fields: Mapping[str, str]) -> None:
    if fields.get("sure") != "yes":
        raise InvalidField("sure", "expected the confirmation", rule="sure")


def _fault_of(error: Exception) -> tuple[str, int]:
    """Return what a page says of an error, as a key of the catalogue, with the status."""
    if isinstance(error, ValidationError):
        return f"groups.fault.field.{error.errors()[0]['loc'][0]}", 422
    if isinstance(error, ChangedMeanwhile):
        return "groups.fault.changed", problem_of(error).status
    return f"groups.fault.{error.rule if isinstance(error, ServiceError) else ''}", problem_of(error).status


async def _describe(service: GroupService, group_id: str, fields: Mapping[str, str], caller: Caller) -> None:
    group = _group_of(fields, group_id)
    await service.describe(group_id, group.names, group.description, _revision(fields), caller)


async def _join(service: GroupService, group_id: str, fields: Mapping[str, str], caller: Caller) -> None:
    await service.join(group_id, _key_number(fields), caller)


async def _leave(service: GroupService, group_id: str, fields: Mapping[str, str], caller: Caller) -> None:
    await service.leave(group_id, _key_number(fields), caller)


async def _close(service: GroupService, group_id: str, fields: Mapping[str, str], caller: Caller) -> None:
    _check_sure(fields)
    await service.close(group_id, _revision(fields), caller)


async def _reopen(service: GroupService, group_id: str, fields: Mapping[str, str], caller: Caller) -> None:
    _check_sure(fields)
    await service.reopen(group_id, _revision(fields), caller)


async def _remove(service: GroupService, group_id: str, fields: Mapping[str, str], caller: Caller) -> None:
    await service.remove(group_id, _revision(fields), caller)


ACTIONS: Final[dict[str, Callable[[GroupService, str, Mapping[str, str], Caller], Awaitable[None]]]] = {
    "describe": _describe,
    "join": _join,
    "leave": _leave,
    "close": _close,
    "reopen": _reopen,
    "remove": _remove,
}
