"""The pages of alerts: make one of a search, look after one's own, confirm, unsubscribe; and the feed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Request
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from service.alerts.mail import describe, facts, search_address
from service.alerts.model import Alert, Frequency, NoMail, TooManyAlerts, UnknownAlert
from service.alerts.service import AlertChange, AlertsDependency, AlertService
from service.alerts.store import NewAlert
from service.auth.callers import Caller
from service.auth.dependencies import Reader
from service.errors import InvalidField, Unauthenticated
from service.feeds.private_feed import Entry, render_feed
from service.http.fields import LONGEST_QUERY
from service.http.rate_limits import address_of
from service.search.facets import filter_chips
from service.search.page_query import PageQuery
from service.web.forms import form_fields, is_own_form
from service.web.rendering import page
from service.web.translating import INTERFACE_LANGUAGES, Translator, own_names, translator

router = APIRouter()
READ: Final = ["GET", "HEAD"]
FEED_PATH: Final = "/alerts/feed.atom"
NOT_TO_BE_SHARED: Final = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}  # an address with a secret


@router.api_route("/alerts", methods=READ)
async def list_page(request: Request, alerts: AlertsDependency, caller: Reader) -> Response:
    """Show somebody their alerts; others how to have one."""
    return await _list(request, alerts, caller)


@router.api_route("/alerts/new", methods=READ)
async def form(request: Request, alerts: AlertsDependency, caller: Reader) -> Response:
    """Show the form for an alert of the search in this page's address."""
    search = _search_of(request.query_params)
    if search is None:
        return RedirectResponse("/alerts", 303)
    return _form(request, alerts, caller, search, {})


@router.post("/alerts/new")
async def make(request: Request, alerts: AlertsDependency, caller: Reader) -> Response:
    """Keep the alert; whoever asked for mail is told to look for the confirmation."""
    fields = await form_fields(request)
    search = _search_of(QueryParams(parse_qsl(fields.get("search", "")[: 4 * LONGEST_QUERY])))
    if not is_own_form(request, fields):
        if search is None:
            raise HTTPException(403, "This form is not from a page made for you.")
        return _form(request, alerts, caller, search, fields, fault="alerts.fault.stale", status=403)
    if search is None:
        return RedirectResponse("/alerts", 303)
    with_mail = "mail" in fields or not caller.is_known
    with_feed = "feed" in fields and caller.is_known
    address, language = fields.get("address", "").strip() if with_mail else "", fields.get("language", "")
    if with_mail and not address:
        return _form(request, alerts, caller, search, fields, fault="alerts.fault.address", status=422)
    try:
        new = NewAlert(
            caller.subject,
            search.query,
            search.filters,
            language if language in INTERFACE_LANGUAGES else translator(request).language,
            address,
            _frequency(fields),
        )
        made = await alerts.make(new, with_feed=with_feed, address=address_of(request.scope))
    except TooManyAlerts:
        if not caller.is_known:  # how many alerts an address has is nobody else's to know
            return page(request, "alerts/asked.html", {}, caller=caller)
        return _form(request, alerts, caller, search, fields, fault="alerts.fault.many", status=422)
    except (InvalidField, NoMail, Unauthenticated) as error:
        is_address = isinstance(error, InvalidField) and error.field == "address" and with_mail
        fault = _fault_of(error, otherwise="alerts.fault.address" if is_address else "alerts.fault.none")
        return _form(request, alerts, caller, search, fields, fault=fault, status=422)
    if not caller.is_known:  # says the same whether the address had this alert already
        return page(request, "alerts/asked.html", {}, caller=caller)
    return await _list(request, alerts, caller, made=made.alert, token=made.feed_token)


@router.api_route("/alerts/confirm", methods=READ)
async def confirm_page(request: Request, alerts: AlertsDependency, caller: Reader) -> Response:
    """Show what is to be confirmed. Programs that look at the links of mails confirm nothing by it."""
    return await _link_page(request, alerts, caller, "alerts/confirm.html", is_confirmation=True)


@router.post("/alerts/confirm")
async def confirm(request: Request, alerts: AlertsDependency, caller: Reader) -> Response:
    """Begin to send what was confirmed; the link alone says who may."""
    try:
        alert = await alerts.confirm(request.query_params.get("t", ""))
    except UnknownAlert as error:
        raise HTTPException(404, "There is nothing to confirm.") from error
    t = translator(request)
    values = {"search": describe(alert, t), "alert": alert}
    return _private(page(request, "alerts/confirmed.html", values, caller=caller))


@router.api_route("/alerts/unsubscribe", methods=READ)
async def unsubscribe_page(request: Request, alerts: AlertsDependency, caller: Reader) -> Response:
    """Show what the button ends; nothing is ended by reading the page."""
    return await _link_page(request, alerts, caller, "alerts/unsubscribe.html", is_confirmation=False)


@router.post("/alerts/unsubscribe")
async def unsubscribe(request: Request, alerts: AlertsDependency, caller: Reader) -> Response:
    """End an alert's mail at once, for readers and for their mail programs (RFC 8058): the link alone says who may."""
    await alerts.unsubscribe(request.query_params.get("t", ""))
    return _private(page(request, "alerts/unsubscribed.html", {}, caller=caller))


@router.api_route(FEED_PATH, methods=READ)
async def feed(request: Request, alerts: AlertsDependency) -> Response:
    """Return the private feed of an alert: what it told of, as far as its owner may see it now."""
    token = request.query_params.get("t", "")
    try:
        read = await alerts.feed(token)
    except UnknownAlert as error:
        raise HTTPException(404, "There is no such feed.") from error
    t, name = Translator(read.alert.language), f"{alerts.public_url}/alerts/{read.alert.id}"
    entries = [
        Entry(
            f"{name}/{document.card.id}",
            document.card.metadata.title or document.card.id,
            f"{facts(t, document.card)}\n{t('quoted', text=document.quoted)}",
            document.address,
            document.at,
        )
        for document in read.documents
    ]
    content = render_feed(
        entries,
        title=t("alerts.feed.title", search=describe(read.alert, t)),
        address=alerts.feed_url(token),
        page=search_address(read.alert, alerts.public_url) or f"{alerts.public_url}/alerts",
        language=t.language,
        id=name,
    )
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"Cache-Control": "private, no-cache", "ETag": tag, "X-Robots-Tag": "noindex"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type="application/atom+xml", headers=headers)


@router.post("/alerts/{alert_id}")
async def change(request: Request, alert_id: str, alerts: AlertsDependency, caller: Reader) -> Response:
    """Do what a button of the list says with one of one's alerts."""
    fields = await form_fields(request)
    if not caller.is_known or not is_own_form(request, fields):
        raise HTTPException(403, "This form is not from a page made for you.")
    token = fault = ""
    try:
        match fields.get("action"):
            case "delete":
                await alerts.delete(caller, alert_id)
            case "feed":
                token = await alerts.renew_feed(caller, alert_id)
            case "nofeed":
                await alerts.close_feed(caller, alert_id)
            case action:
                address = address_of(request.scope)
                await alerts.change(caller, alert_id, _change(action, fields), address=address)
    except UnknownAlert as error:
        raise HTTPException(404, "There is no such alert.") from error
    except (InvalidField, NoMail) as error:
        fault = _fault_of(error, otherwise="alerts.fault.address")
    if token or fault:
        return await _list(request, alerts, caller, token=token, changed=alert_id, fault=fault)
    return RedirectResponse("/alerts", 303)


def _change(action: str | None, fields: Mapping[str, str]) -> AlertChange:
    if action in ("pause", "resume"):
        return AlertChange(is_paused=action == "pause")
    language = fields.get("language", "")
    return AlertChange(
        frequency=_frequency(fields),
        language=language if language in INTERFACE_LANGUAGES else None,
        address=fields["address"].strip() if "address" in fields else None,
    )


async def _list(
    request: Request,
    alerts: AlertService,
    caller: Caller,
    *,
    made: Alert | None = None,
    token: str = "",
    changed: str = "",
    fault: str = "",
) -> Response:
    t = translator(request)
    shown = await alerts.mine(caller) if caller.is_known else []
    values = {
        "shown": [(item, describe(item.alert, t), search_address(item.alert, "")) for item in shown],
        "facts": facts,
        "made": made,
        "changed": made.id if made else changed,
        "feed_url": alerts.feed_url(token) if token else "",
        "has_mail": alerts.has_mail,
        "languages_offered": own_names(),
        "fault": fault,
    }
    return page(request, "alerts/list.html", values, caller=caller, status=422 if fault else 200)


def _form(
    request: Request,
    alerts: AlertService,
    caller: Caller,
    search: PageQuery,
    fields: Mapping[str, str],
    *,
    fault: str = "",
    status: int = 200,
) -> Response:
    t = translator(request)
    chips = [chip.label for chip in filter_chips(t, search)]
    query = " ".join(search.query.split())
    values: dict[str, Any] = {
        "fields": {"address": "", "frequency": "weekly", "language": t.language, "feed": "", "mail": ""} | dict(fields),
        "is_first": not fields,
        "search_fields": urlencode([("q", search.query), *search.fields()]),
        "query": query,
        "chips": chips,
        "back": search.address() if search.query else "/",
        "has_mail": alerts.has_mail,
        "languages_offered": own_names(),
        "fault": fault,
    }
    return page(request, "alerts/new.html", values, caller=caller, status=status)


async def _link_page(
    request: Request, alerts: AlertService, caller: Caller, template: str, *, is_confirmation: bool
) -> Response:
    token = request.query_params.get("t", "")
    try:
        alert = await (alerts.to_confirm(token) if is_confirmation else alerts.to_unsubscribe(token))
    except UnknownAlert as error:
        raise HTTPException(404, "There is no such alert.") from error
    values = {"alert": alert, "search": describe(alert, translator(request)), "link": urlencode({"t": token})}
    return _private(page(request, template, values, caller=caller))


def _search_of(params: QueryParams) -> PageQuery | None:
    """Return the search in an address, None where nothing is searched for. Raises RequestValidationError."""
    search = PageQuery.from_address(params)
    return search if search.query or search.filters_set else None


def _frequency(fields: Mapping[str, str]) -> Frequency:
    """Return how often a form wants mail; one that does not ask is weekly. Raises InvalidField."""
    try:
        return Frequency(fields.get("frequency", Frequency.WEEKLY))
    except ValueError as error:
        raise InvalidField("frequency", f"unknown value; allowed: {', '.join(Frequency)}") from error


def _fault_of(error: Exception, *, otherwise: str) -> str:
    is_frequency = isinstance(error, InvalidField) and error.field == "frequency"
    return "alerts.fault.frequency" if is_frequency else otherwise


def _private(response: Response) -> Response:
    response.headers.update(NOT_TO_BE_SHARED)
    return response
