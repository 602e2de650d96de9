"""The pages on which staff see every harvest, look at a list, and add, change, pause, run and end their own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from fastapi import APIRouter, Request
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from index.clock import utc_today
from index.documents import LANGUAGES, Audience, Kind
from service.auth.callers import Caller
from service.auth.staff_only import StaffReader
from service.errors import (
    ChangedMeanwhile,
    Conflict,
    InvalidField,
    LimitReached,
    NothingThere,
    Overloaded,
    ServiceError,
)
from service.harvesting.program import Trial
from service.harvesting.schemas import HarvestChangeIn, HarvestIn, TrialIn
from service.harvesting.service import Harvest, HarvestsDependency, HarvestService
from service.harvesting.store import DamagedPlan, Status
from service.http.problems import problem_of
from service.web.forms import form_fields, is_own_form
from service.web.rendering import page

router = APIRouter()
PATH: Final = "/staff/harvests"
FORMATS: Final = ("feed", "sitemap", "oai")
FIELDS: Final = (
    *("name", "address", "format", "set", "only", "audience", "groups", "kind", "language"),
    *("most", "delay_s", "every_minutes"),
)
USUAL: Final = {"audience": Audience.STAFF.value, "most": "500", "delay_s": "1", "every_minutes": "60"}
DONE: Final = ("added", "change", "pause", "resume", "run", "end", "remove")
REFUSALS: Final = (ValidationError, InvalidField, Conflict, LimitReached, ChangedMeanwhile, Overloaded)
KEPT_DAYS: Final = 90  # proposed where documents are kept until a day


@router.api_route(PATH, methods=["GET", "HEAD"])
async def harvests(request: Request, service: HarvestsDependency, caller: StaffReader) -> Response:
    """Show every harvest, and the form that adds one."""
    return await _list(request, service, caller)


@router.post(PATH)
async def add(request: Request, service: HarvestsDependency, caller: StaffReader) -> Response:
    """Look at the list that the form describes and show what it holds, or add the harvest."""
    fields = await form_fields(request)
    if not is_own_form(request, fields):
        return await _list(request, service, caller, fields=fields, fault="stale", status=403)
    try:
        if fields.get("action") == "add" and fields.get("format"):
            added = await service.add(_parse(HarvestIn, fields), caller)
            return RedirectResponse(f"{PATH}/{added.name}?done=added", 303)
        trial = await service.look(_parse(TrialIn, fields))
        fields = _as_detected(fields, trial)
        if fields.get("action") == "add" and not trial.reason:
            added = await service.add(_parse(HarvestIn, fields), caller)
            return RedirectResponse(f"{PATH}/{added.name}?done=added", 303)
    except REFUSALS as error:
        fault, status = _fault_of(error)
        return await _list(request, service, caller, fields=fields, fault=fault, status=status)
    return await _list(request, service, caller, fields=fields, trial=trial, status=422 if trial.reason else 200)


@router.api_route(f"{PATH}/{{name}}", methods=["GET", "HEAD"])
async def harvest(request: Request, name: str, service: HarvestsDependency, caller: StaffReader) -> Response:
    """Show a harvest with what it last did and, of staff's own, the forms that change it."""
    return await _one(request, service, caller, name)


@router.post(f"{PATH}/{{name}}")
async def change(request: Request, name: str, service: HarvestsDependency, caller: StaffReader) -> Response:
    """Change, pause, resume, run or end a harvest, or look at its list as the form describes it."""
    fields = await form_fields(request)
    action = fields.get("action", "")
    if not is_own_form(request, fields):
        raise HTTPException(403, "This form is not from a page made for you, or was open too long.")
    if action not in ("try", "change", "pause", "resume", "run", "end"):
        raise HTTPException(422, "The form does not say what to do.")
    sent = fields if action in ("try", "change") else None
    try:
        if action == "try":
            trial = await service.look({**_parse(TrialIn, fields), "name": name})
            fields = _as_detected(fields, trial)
            return await _one(request, service, caller, name, fields=fields, trial=trial)
        done = await _act(action, name, service, fields, caller)
    except REFUSALS as error:
        fault, status = _fault_of(error)
        return await _one(request, service, caller, name, fields=sent, fault=fault, status=status)
    except NothingThere as error:
        raise HTTPException(404, "There is no such harvest.") from error
    return RedirectResponse(f"{PATH}?done={done}" if done == "remove" else f"{PATH}/{name}?done={done}", 303)


async def _act(action: str, name: str, service: HarvestService, fields: Mapping[str, str], caller: Caller) -> str:
    """Do what a form says and return what the next page says was done. Raises ServiceError, ValidationError."""
    sent = fields.get("revision", "")
    revision = int(sent) if sent.isdecimal() and len(sent) < 10 else -1
    if action == "change":
        await service.change(name, _parse(HarvestChangeIn, fields), caller, revision=revision)
    elif action == "run":
        await service.run_now(name, caller, revision=revision)
    elif action == "end":
        return await _end(name, service, fields, caller, revision)
    else:
        status = Status.PAUSED if action == "pause" else Status.ACTIVE
        await service.change(name, {}, caller, revision=revision, status=status)
    return action


async def _end(name: str, service: HarvestService, fields: Mapping[str, str], caller: Caller, revision: int) -> str:
    """End a harvest as the form says of its documents. Raises InvalidField, ServiceError."""
    documents = fields.get("documents", "")
    if documents not in ("keep", "until", "remove") or (documents == "remove" and fields.get("sure") != "yes"):
        raise InvalidField("documents", "expected what becomes of the documents", rule="documents")
    until = None
    if documents == "remove":
        until = utc_today()
    elif documents == "until":
        until = _day(fields.get("until", ""))
    await service.end(name, until, caller, revision=revision)
    return "remove" if documents == "remove" else "end"


def _day(text: str) -> Any:
    """Return the day of a form, which is later than today. Raises InvalidField."""
    from datetime import date

    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = utc_today()
    if day <= utc_today():
        raise InvalidField("until", "expected a day after today", rule="until")
    return day


def _parse(model: type[BaseModel], fields: Mapping[str, str]) -> dict[str, Any]:
    """Return the terms of a form. Raises ValidationError."""
    values: dict[str, Any] = {name: fields.get(name, "").strip() for name in FIELDS if name in fields}
    values |= {"groups": [group for group in re.split(r"[,;|\s]+", fields.get("groups", "")) if group]}
    every = values.pop("every_minutes", "")
    for name, text in (("most", values.pop("most", "")), ("delay_s", values.pop("delay_s", "")), ("every_s", every)):
        values[name] = _number(text) * (60 if name == "every_s" and text else 1)
    values |= {name: values.get(name) or None for name in ("kind", "format", "name")}
    if model is HarvestChangeIn:
        del values["name"]
    payload = model.model_validate(values)
    return payload.model_dump(mode="json", include={*values})


def _number(text: str) -> float:
    """Return a number as people write it, with a comma or a point; -1 for anything else."""
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return -1
    return number if abs(number) < 1e9 else -1


def _as_detected(fields: Mapping[str, str], trial: Trial) -> dict[str, str]:
    """Return a form with what a look at the list told of it."""
    return {**fields, "format": trial.format or fields.get("format", ""), "address": trial.address}


def _fields_of(harvest: Harvest) -> dict[str, str]:
    """Return the terms of a harvest as the form shows them."""
    texts = {name: str(harvest.terms.get(name) or "") for name in FIELDS}
    every = float(harvest.terms.get("every_s", 3600)) / 60
    numbers = {name: _written(harvest.terms.get(name, 0)) for name in ("most", "delay_s")}
    groups = ", ".join(harvest.terms.get("groups", ()))
    return texts | numbers | {"groups": groups, "every_minutes": _written(every)}


def _written(number: float) -> str:
    return f"{number:g}"


def _fault_of(error: Exception) -> tuple[str, int]:
    """Return what a page says of an error, as the end of a key of the catalogue, with the status."""
    if isinstance(error, ValidationError):
        return str(error.errors()[0]["loc"][0]), 422
    if isinstance(error, ChangedMeanwhile):
        return "changed", 412
    if isinstance(error, Overloaded):
        return "slow", 503
    return (error.rule if isinstance(error, ServiceError) else ""), problem_of(error).status


async def _list(
    request: Request,
    service: HarvestService,
    caller: Caller,
    *,
    fields: Mapping[str, str] | None = None,
    trial: Trial | None = None,
    fault: str = "",
    status: int = 200,
) -> Response:
    try:
        view = await service.view()
    except DamagedPlan as error:
        values: dict[str, Any] = {"damage": str(error)}
        return page(request, "harvesting/damaged.html", values, caller=caller, status=503)
    done = request.query_params.get("done", "")
    values = {
        "view": view,
        "own": [harvest for harvest in view.harvests if harvest.is_own],
        "others": [harvest for harvest in view.harvests if not harvest.is_own],
        "done": done if done in DONE else "",
        **_form_values(fields or USUAL, trial, fault),
    }
    return page(request, "harvesting/list.html", values, caller=caller, status=status)


async def _one(
    request: Request,
    service: HarvestService,
    caller: Caller,
    name: str,
    *,
    fields: Mapping[str, str] | None = None,
    trial: Trial | None = None,
    fault: str = "",
    status: int = 200,
) -> Response:
    try:
        harvest = await service.find(name)
    except NothingThere as error:
        raise HTTPException(404, "There is no such harvest.") from error
    done = request.query_params.get("done", "")
    values = {
        "harvest": harvest,
        "done": done if done in DONE else "",
        "tomorrow": utc_today() + timedelta(days=1),
        "proposed": utc_today() + timedelta(days=KEPT_DAYS),
        "revision": (fields or {}).get("revision") or harvest.revision,
        **_form_values(fields or _fields_of(harvest), trial, fault),
    }
    return page(request, "harvesting/one.html", values, caller=caller, status=status)


def _form_values(fields: Mapping[str, str], trial: Trial | None, fault: str) -> dict[str, Any]:
    return {
        "fields": {name: fields.get(name, "") for name in FIELDS},
        "trial": trial,
        "fault": fault,
        "formats": FORMATS,
        "audiences": [audience.value for audience in reversed(Audience)],
        "kinds": [kind.value for kind in Kind],
        "languages_known": LANGUAGES,
    }
