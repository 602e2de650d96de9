"""The pages of the newsletter's readers: subscribe, confirm, unsubscribe."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from service.auth.callers import Caller
from service.auth.dependencies import Reader
from service.errors import InvalidField
from service.http.rate_limits import address_of
from service.newsletter.model import NoMail, Subscriber, UnknownSubscription
from service.newsletter.subscription import SubscriptionDependency, SubscriptionService
from service.web.forms import form_fields, is_own_form
from service.web.rendering import page
from service.web.translating import INTERFACE_LANGUAGES, own_names, translator

router = APIRouter()
READ: Final = ["GET", "HEAD"]
NOT_TO_BE_SHARED: Final = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}  # an address with a secret


@router.api_route("/newsletter", methods=READ)
async def subscribe_page(request: Request, newsletter: SubscriptionDependency, caller: Reader) -> Response:
    """Show the form, and to somebody signed in what they subscribed to."""
    return await _form(request, newsletter, caller, {})


@router.post("/newsletter")
async def subscribe(request: Request, newsletter: SubscriptionDependency, caller: Reader) -> Response:
    """Have the holder of an address asked; the page says the same whether it is known already."""
    fields = await form_fields(request)
    if not is_own_form(request, fields):
        return await _form(request, newsletter, caller, fields, fault="feedback.stale", status=403)
    language = fields.get("language", "")
    chosen = language if language in INTERFACE_LANGUAGES else translator(request).language
    try:
        await newsletter.subscribe(caller, fields.get("address", "").strip(), chosen, origin=address_of(request.scope))
    except InvalidField:
        return await _form(request, newsletter, caller, fields, fault="newsletter.fault.address", status=422)
    except NoMail:
        return await _form(request, newsletter, caller, fields, status=409)
    return page(request, "newsletter/asked.html", {}, caller=caller)


@router.post("/newsletter/mine")
async def end(request: Request, newsletter: SubscriptionDependency, caller: Reader) -> Response:
    """End one of one's own subscriptions."""
    fields = await form_fields(request)
    if not caller.is_known or not is_own_form(request, fields):
        raise HTTPException(403, "This form is not from a page made for you.")
    try:
        await newsletter.end(caller, fields.get("subscription", ""))
    except UnknownSubscription as error:
        raise HTTPException(404, "There is no such subscription.") from error
    return RedirectResponse("/newsletter", 303)


@router.api_route("/newsletter/confirm", methods=READ)
async def confirm_page(request: Request, newsletter: SubscriptionDependency, caller: Reader) -> Response:
    """Show what is to be confirmed. Programs that look at the links of mails confirm nothing by it."""
    return await _link_page(request, newsletter.to_confirm, caller, "newsletter/confirm.html")


@router.post("/newsletter/confirm")
async def confirm(request: Request, newsletter: SubscriptionDependency, caller: Reader) -> Response:
    """Begin to send what was confirmed; the link alone says who may."""
    return await _link_page(request, newsletter.confirm, caller, "newsletter/confirmed.html")


@router.api_route("/newsletter/unsubscribe", methods=READ)
async def unsubscribe_page(request: Request, newsletter: SubscriptionDependency, caller: Reader) -> Response:
    """Show what the button ends; nothing is ended by reading the page."""
    return await _link_page(request, newsletter.to_unsubscribe, caller, "newsletter/unsubscribe.html")


@router.post("/newsletter/unsubscribe")
async def unsubscribe(request: Request, newsletter: SubscriptionDependency, caller: Reader) -> Response:
    """End a subscription at once, for readers and for their mail programs (RFC 8058): the link alone says who may."""
    await newsletter.unsubscribe(request.query_params.get("t", ""))
    return _private(page(request, "newsletter/unsubscribed.html", {}, caller=caller))


async def _form(
    request: Request,
    newsletter: SubscriptionService,
    caller: Caller,
    fields: Mapping[str, str],
    *,
    fault: str = "",
    status: int = 200,
) -> Response:
    values = {
        "subscriptions": await newsletter.mine(caller) if caller.is_known else [],
        "fields": {"address": "", "language": translator(request).language} | dict(fields),
        "languages_offered": own_names(),
        "has_mail": newsletter.has_mail,
        "fault": fault,
    }
    return page(request, "newsletter/subscribe.html", values, caller=caller, status=status)


async def _link_page(
    request: Request, find: Callable[[str], Awaitable[Subscriber]], caller: Caller, template: str
) -> Response:
    token = request.query_params.get("t", "")
    try:
        subscriber = await find(token)
    except UnknownSubscription as error:
        raise HTTPException(404, "There is no such subscription.") from error
    values = {"subscriber": subscriber, "link": urlencode({"t": token})}
    return _private(page(request, template, values, caller=caller))


def _private(response: Response) -> Response:
    response.headers.update(NOT_TO_BE_SHARED)
    return response
