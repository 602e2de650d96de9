"""The pages of dossiers: one's list, one dossier with its forms, what a link opens, and adding to one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from pydantic import TypeAdapter, ValidationError
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from service.auth.callers import Caller
from service.auth.dependencies import Reader
from service.dossiers.adding import Wish, wish_of
from service.dossiers.model import LONGEST_NOTE, LONGEST_TITLE, MOST_LINK_DAYS, ItemKind, ShareKind
from service.dossiers.schemas import NoteText, Title
from service.dossiers.service import DossiersDependency, DossierService, Draft
from service.errors import ChangedMeanwhile, InvalidField, LimitReached
from service.exports.formats import NoteFormat
from service.http.problems import problem_of
from service.http.rate_limits import address_of
from service.library.groups import group_names
from service.web.forms import is_own_form
from service.web.rendering import note_kept, page, safe_return
from service.web.translating import translator

router = APIRouter()
READ: Final = ["GET", "HEAD"]
MOST_FIELDS: Final = 2000  # a tick for each item
NOT_TO_BE_SHARED: Final = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
LINK_DAYS: Final = (30, 90, MOST_LINK_DAYS)
NEW: Final = "new"
_TITLE: Final = TypeAdapter[str](Title)
_NOTE: Final = TypeAdapter[str](NoteText)
LinkToken = Annotated[str, Query(alias="t", max_length=100)]
Action = Callable[[DossierService, Caller, str, FormData], Awaitable[str]]


@router.api_route("/dossiers", methods=READ)
async def list_page(request: Request, dossiers: DossiersDependency, caller: Reader) -> Response:
    """Show somebody's dossiers and those shared with them; tell others to sign in."""
    return await _list(request, dossiers, caller)


@router.post("/dossiers")
async def create(request: Request, dossiers: DossiersDependency, caller: Reader) -> Response:
    """Begin a dossier and show it."""
    async with request.form(max_files=0, max_fields=MOST_FIELDS) as sent:
        _check_form(request, dossiers, caller, sent)
        try:
            dossier_id = await dossiers.create(caller, _text(_TITLE, sent, "title"))
        except (InvalidField, LimitReached) as error:
            return await _list(request, dossiers, caller, fault=_fault(error), status=_status(error))
    return RedirectResponse(f"/dossiers/{dossier_id}", 303)


@router.api_route("/dossiers/add", methods=READ)
async def choose(request: Request, dossiers: DossiersDependency, caller: Reader) -> Response:
    """Ask which dossier something is to be put into."""
    return await _choose(request, dossiers, caller, wish_of(request.query_params))


@router.post("/dossiers/add")
async def add(request: Request, dossiers: DossiersDependency, caller: Reader) -> Response:
    """Put it there, and lead back to where it was found, where the page says so."""
    async with request.form(max_files=0, max_fields=MOST_FIELDS) as sent:
        _check_form(request, dossiers, caller, sent)
        wish, chosen = wish_of(sent), str(sent.get("dossier", NEW))
        try:
            draft, _ = await dossiers.preview(wish.draft, caller.access)
            dossier_id = chosen if chosen != NEW else await dossiers.create(caller, _text(_TITLE, sent, "title"))
            await dossiers.add(dossier_id, caller, draft)
        except (InvalidField, LimitReached) as error:
            return await _choose(request, dossiers, caller, wish, fault=_fault(error), status=_status(error))
    return note_kept(request, RedirectResponse(safe_return(wish.back), 303), dossier_id)


@router.api_route("/dossiers/{dossier_id}", methods=READ)
async def dossier_page(request: Request, dossier_id: str, dossiers: DossiersDependency, caller: Reader) -> Response:
    """Show a dossier as the reader may see it, with the forms for what they may do."""
    if not caller.is_known:
        return RedirectResponse(f"/signin?{urlencode({'next': f'/dossiers/{dossier_id}'})}", 303)
    return await _dossier_page(request, dossiers, caller, dossier_id)


@router.post("/dossiers/{dossier_id}")
async def change(request: Request, dossier_id: str, dossiers: DossiersDependency, caller: Reader) -> Response:
    """Make the change of a form and show the dossier as it is then; a new link is shown this once."""
    async with request.form(max_files=0, max_fields=MOST_FIELDS) as sent:
        _check_form(request, dossiers, caller, sent)
        action = ACTIONS.get(str(sent.get("action", "")))
        if action is None:
            raise HTTPException(422, "The form does not say what to do.")
        try:
            outcome = await action(dossiers, caller, dossier_id, sent)
        except (InvalidField, LimitReached, ChangedMeanwhile) as error:
            typed = {"item": str(sent.get("item", "")), "text": str(sent.get("text", ""))}
            values = {"fault": _fault(error), "typed": typed}
            return await _dossier_page(request, dossiers, caller, dossier_id, values, status=_status(error))
    if outcome.startswith("http"):
        response = await _dossier_page(request, dossiers, caller, dossier_id, {"link": outcome})
        response.headers.update(NOT_TO_BE_SHARED)
        return response
    return RedirectResponse(outcome, 303)


@router.post("/dossiers/{dossier_id}/export")
async def export(request: Request, dossier_id: str, dossiers: DossiersDependency, caller: Reader) -> Response:
    """Return the council note on what is ticked on the page."""
    async with request.form(max_files=0, max_fields=MOST_FIELDS) as sent:
        if not is_own_form(request, {"token": str(sent.get("token", ""))}):
            raise HTTPException(403, "This form is not from a page made for you, or was open too long.")
        note_format, chosen = _format(sent.get("format")), [str(item) for item in sent.getlist("item")]
    view = await dossiers.read(dossier_id, caller)
    return (await dossiers.council_note(view, translator(request), note_format, chosen)).response()


@router.api_route("/shared/export", methods=READ)
async def export_shared(request: Request, token: LinkToken, dossiers: DossiersDependency, caller: Reader) -> Response:
    """Return the council note on what is ticked on the page that a link opens."""
    view = await dossiers.read_shared(token, caller)
    note_format, chosen = _format(request.query_params.get("format")), request.query_params.getlist("item")
    response = (await dossiers.council_note(view, translator(request), note_format, chosen)).response()
    response.headers.update(NOT_TO_BE_SHARED)
    return response


@router.api_route("/shared", methods=READ)
async def shared_page(request: Request, token: LinkToken, dossiers: DossiersDependency, caller: Reader) -> Response:
    """Show the dossier of a link to whoever holds it, as far as they may see it."""
    values = {"view": await dossiers.read_shared(token, caller), "t_link": token, "link": "", "fault": ""}
    response = page(request, "dossiers/shared.html", _values(dossiers, values), caller=caller)
    response.headers.update(NOT_TO_BE_SHARED)
    return response


async def _list(
    request: Request, dossiers: DossierService, caller: Caller, *, fault: str = "", status: int = 200
) -> Response:
    listed = await dossiers.list_for(caller) if caller.is_known else None
    values = {"dossiers": listed, "fault": fault, "longest": LONGEST_TITLE}
    return page(request, "dossiers/list.html", values, caller=caller, status=status)


async def _choose(
    request: Request, dossiers: DossierService, caller: Caller, wish: Wish, *, fault: str = "", status: int = 200
) -> Response:
    """Show what is to be added and where it can be put. Raises UnknownDocument."""
    _, shown = await dossiers.preview(wish.draft, caller.access)
    heads = await dossiers.list_for(caller) if caller.is_known else None
    editable = [head for head in (*heads.own, *heads.shared) if head.may_be_edited_by(caller)] if heads else []
    values = {"wish": wish, "shown": shown, "editable": editable, "fault": fault, "longest": LONGEST_TITLE}
    return page(request, "dossiers/add.html", _values(dossiers, values), caller=caller, status=status)


async def _dossier_page(
    request: Request,
    dossiers: DossierService,
    caller: Caller,
    dossier_id: str,
    more: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
) -> Response:
    view = await dossiers.read(dossier_id, caller)
    values = {"view": view, "fault": "", "link": "", "typed": {"item": "", "text": ""}} | dict(more or {})
    values["group_names"] = await group_names(request, caller)
    return page(request, "dossiers/one.html", _values(dossiers, values), caller=caller, status=status)


def _values(dossiers: DossierService, values: dict[str, Any]) -> dict[str, Any]:
    limits = {"longest_title": LONGEST_TITLE, "longest_note": LONGEST_NOTE, "link_days": LINK_DAYS}
    return limits | {"base": dossiers.public_url} | values


def _check_form(request: Request, dossiers: DossierService, caller: Caller, sent: FormData) -> None:
    """Raise HTTPException for a form of another page, Unauthenticated, TooManyRequests."""
    if not is_own_form(request, {"token": str(sent.get("token", ""))}):
        raise HTTPException(403, "This form is not from a page made for you, or was open too long.")
    dossiers.take_write(caller, address_of(request.scope))


def _format(name: object) -> NoteFormat:
    try:
        return NoteFormat(str(name))
    except ValueError as error:
        raise InvalidField("format", f"unknown value; allowed: {', '.join(NoteFormat)}") from error


def _text(kind: TypeAdapter[str], sent: FormData, name: str) -> str:
    """Return a field's text. Raises InvalidField."""
    try:
        return kind.validate_python(str(sent.get(name, "")))
    except ValidationError as error:
        raise InvalidField(name, error.errors()[0]["msg"]) from error


def _fault(error: Exception) -> str:
    """Return the message for what went wrong."""
    if isinstance(error, ChangedMeanwhile):
        return "dossiers.fault.changed"
    return "dossiers.fault.limit" if isinstance(error, LimitReached) else "dossiers.fault.text"


def _status(error: Exception) -> int:
    return problem_of(error).status


async def _rename(dossiers: DossierService, caller: Caller, dossier_id: str, sent: FormData) -> str:
    await dossiers.rename(dossier_id, caller, _text(_TITLE, sent, "title"), str(sent.get("seen", "")) or "-")
    return f"/dossiers/{dossier_id}"


async def _delete(dossiers: DossierService, caller: Caller, dossier_id: str, sent: FormData) -> str:
    await dossiers.delete(dossier_id, caller)
    return "/dossiers"


async def _note(dossiers: DossierService, caller: Caller, dossier_id: str, sent: FormData) -> str:
    item_id = await dossiers.add(dossier_id, caller, Draft(ItemKind.NOTE, text=_text(_NOTE, sent, "text")))
    return f"/dossiers/{dossier_id}#item-{item_id}"


async def _edit(dossiers: DossierService, caller: Caller, dossier_id: str, sent: FormData) -> str:
    item_id, seen = str(sent.get("item", "")), str(sent.get("seen", "")) or "-"
    await dossiers.change_item(dossier_id, item_id, caller, text=_text(_NOTE, sent, "text"), seen=seen)
    return f"/dossiers/{dossier_id}#item-{item_id}"


async def _remove(dossiers: DossierService, caller: Caller, dossier_id: str, sent: FormData) -> str:
    await dossiers.remove_item(dossier_id, str(sent.get("item", "")), caller, str(sent.get("seen", "")) or "-")
    return f"/dossiers/{dossier_id}#items"


async def _move(dossiers: DossierService, caller: Caller, dossier_id: str, sent: FormData) -> str:
    item_id = str(sent.get("item", ""))
    await dossiers.move(dossier_id, item_id, caller, -1 if sent.get("action") == "up" else 1)
    return f"/dossiers/{dossier_id}#item-{item_id}"


async def _tick(dossiers: DossierService, caller: Caller, dossier_id: str, sent: FormData) -> str:
    await dossiers.tick(dossier_id, caller, [str(item) for item in sent.getlist("item")])
    return f"/dossiers/{dossier_id}#export"


async def _share(dossiers: DossierService, caller: Caller, dossier_id: str, sent: FormData) -> str:
    kind, days = str(sent.get("with", "")), str(sent.get("days", "90"))
    if kind not in set(ShareKind) or days not in {str(each) for each in LINK_DAYS}:
        raise InvalidField("with", "expected one of the choices of the form")
    _, link = await dossiers.share(
        dossier_id,
        caller,
        ShareKind(kind),
        group=str(sent.get("group", "")),
        may_edit=sent.get("may_edit") == "yes",
        days=int(days),
    )
    return link or f"/dossiers/{dossier_id}#share"


async def _end_share(dossiers: DossierService, caller: Caller, dossier_id: str, sent: FormData) -> str:
    await dossiers.end_share(dossier_id, str(sent.get("share", "")), caller)
    return f"/dossiers/{dossier_id}#share"


# What each form does; it returns where to go next, or a link to be shown this once.
ACTIONS: Final[dict[str, Action]] = {
    "rename": _rename,
    "delete": _delete,
    "note": _note,
    "edit": _edit,
    "remove": _remove,
    "up": _move,
    "down": _move,
    "tick": _tick,
    "share": _share,
    "unshare": _end_share,
}
