"""Alerts through the API: for callers with a key or an access token, their own and nobody else's."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi import Path as InPath
from starlette.exceptions import HTTPException
from starlette.status import HTTP_201_CREATED, HTTP_204_NO_CONTENT

from service.alerts.model import Frequency, NoMail, TooManyAlerts, UnknownAlert
from service.alerts.schemas import AlertList, AlertOut, AlertPatch, AlertRequest, FeedOut, alert_out, shown_alert_out
from service.alerts.service import AlertChange, AlertsDependency
from service.alerts.store import NewAlert
from service.auth.callers import Caller
from service.auth.dependencies import ApiCaller
from service.errors import Unauthenticated
from service.http.openapi import problems
from service.http.rate_limits import address_of

router = APIRouter(tags=["alerts"])
AlertId = Annotated[str, InPath(max_length=64)]


@router.get("/alerts", responses=problems(401, 503), summary="Your alerts")
async def list_alerts(alerts: AlertsDependency, caller: ApiCaller) -> AlertList:
    """Return the caller's alerts, each with the documents it told of last."""
    return AlertList(alerts=[shown_alert_out(shown) for shown in await alerts.mine(_known(caller))])


@router.post(
    "/alerts",
    status_code=HTTP_201_CREATED,
    responses=problems(400, 401, 409, 413, 422, 503),
    summary="Be told of new documents",
)
async def make_alert(payload: AlertRequest, alerts: AlertsDependency, caller: ApiCaller, request: Request) -> AlertOut:
    """Keep a search. What is there already is not told; the feed's address is shown this once."""
    mail = payload.mail
    new = NewAlert(
        _known(caller).subject,
        payload.query or "",
        payload.filters,
        payload.language,
        mail.address if mail else "",
        mail.frequency if mail else Frequency.WEEKLY,
    )
    try:
        made = await alerts.make(new, with_feed=payload.has_feed, address=address_of(request.scope))
    except (TooManyAlerts, NoMail) as error:
        raise HTTPException(409, str(error)) from error
    return alert_out(made.alert, feed_url=alerts.feed_url(made.feed_token) if made.feed_token else "")


@router.patch("/alerts/{alert_id}", responses=problems(400, 401, 404, 409, 413, 422, 503), summary="Change an alert")
async def change_alert(
    alert_id: AlertId, payload: AlertPatch, alerts: AlertsDependency, caller: ApiCaller, request: Request
) -> AlertOut:
    """Pause an alert or go on, change how often or where mail goes. A new address has to be confirmed."""
    change = AlertChange(payload.is_paused, payload.frequency, payload.language, payload.address)
    try:
        return alert_out(await alerts.change(_known(caller), alert_id, change, address=address_of(request.scope)))
    except UnknownAlert as error:
        raise _not_there() from error
    except NoMail as error:
        raise HTTPException(409, str(error)) from error


@router.post("/alerts/{alert_id}/feed", responses=problems(401, 404, 422, 503), summary="A new address for a feed")
async def renew_feed(alert_id: AlertId, alerts: AlertsDependency, caller: ApiCaller) -> FeedOut:
    """Give an alert's feed a new private address, shown this once; the old one is void."""
    try:
        return FeedOut(feed_url=alerts.feed_url(await alerts.renew_feed(_known(caller), alert_id)))
    except UnknownAlert as error:
        raise _not_there() from error


@router.delete("/alerts/{alert_id}/feed", status_code=HTTP_204_NO_CONTENT, responses=problems(401, 404, 422, 503))
async def close_feed(alert_id: AlertId, alerts: AlertsDependency, caller: ApiCaller) -> None:
    """End an alert's feed: its address is void."""
    try:
        await alerts.close_feed(_known(caller), alert_id)
    except UnknownAlert as error:
        raise _not_there() from error


@router.delete("/alerts/{alert_id}", status_code=HTTP_204_NO_CONTENT, responses=problems(401, 404, 422, 503))
async def delete_alert(alert_id: AlertId, alerts: AlertsDependency, caller: ApiCaller) -> None:
    """Erase an alert with its mail address and all it was told."""
    try:
        await alerts.delete(_known(caller), alert_id)
    except UnknownAlert as error:
        raise _not_there() from error


def _known(caller: Caller) -> Caller:
    if not caller.is_known:
        raise Unauthenticated("This needs a key, or an access token: alerts are somebody's own.")
    return caller


def _not_there() -> HTTPException:
    return HTTPException(404, "There is no such alert.")
