"""Sign in with a key or through the issuer, and sign out: here, at the issuer too, or everywhere."""

from __future__ import annotations

import logging

import anyio
from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from index.documents import Audience
from service.auth.callers import Caller, Unauthenticated
from service.auth.dependencies import Reader
from service.auth.openid import ATTEMPT_COOKIE, ATTEMPT_S, CALLBACK, Attempt, SignInFailed
from service.auth.people import KnownPerson
from service.auth.provider import IssuerUnavailable
from service.auth.scopes import Scope
from service.desk import AtDesk, Desk
from service.web.forms import close_session, form_fields, is_own_form, open_session
from service.web.rendering import page, safe_return

log = logging.getLogger("passerelle.signin")
router = APIRouter()


@router.api_route("/signin", methods=["GET", "HEAD"])
async def form(request: Request, desk: AtDesk, caller: Reader) -> Response:
    """Show the ways to sign in; to somebody signed in, the ways out."""
    return _page(request, desk, caller, back=safe_return(request.query_params.get("next", "/")))


@router.post("/signin")
async def signin(request: Request, desk: AtDesk, caller: Reader) -> Response:
    """Open a session for the key's owner, or say that the key is not good."""
    said = await form_fields(request)
    back = safe_return(said.get("next", "/"))
    if not is_own_form(request, desk, said):
        return _page(request, desk, caller, fault="signin.stale", back=back, status=403)
    try:
        known = await anyio.to_thread.run_sync(desk.authenticator.caller, said.get("key", "").strip())
    except Unauthenticated:
        known = None
    if known is None or not known.subject.startswith("key:") or not known.may(Scope.SEARCH):
        return _page(request, desk, caller, fault="signin.wrong", back=back, status=401)
    desk.audit.write("sign in", known)
    response = RedirectResponse(back, 303)
    await anyio.to_thread.run_sync(open_session, response, desk, known.subject)
    return response


@router.get("/signin/openid")
async def begin(request: Request, desk: AtDesk, caller: Reader) -> Response:
    """Send the reader to the issuer."""
    back = safe_return(request.query_params.get("next", "/"))
    if desk.open_id is None:
        return RedirectResponse("/signin", 303)
    try:
        attempt: Attempt = await anyio.to_thread.run_sync(desk.open_id.begin, back)
    except IssuerUnavailable:
        return _page(request, desk, caller, fault="signin.unavailable", back=back, status=503)
    response = RedirectResponse(attempt.address, 303)
    response.set_cookie(
        ATTEMPT_COOKIE,
        attempt.cookie,
        max_age=ATTEMPT_S,
        path=CALLBACK,
        httponly=True,
        samesite="lax",
        secure=desk.settings.is_secure,
    )
    return response


@router.get(CALLBACK)
async def come_back(request: Request, desk: AtDesk, caller: Reader) -> Response:
    """Open a session for whom the issuer vouches; its answer is good once, and in the browser that asked only."""
    if desk.open_id is None:
        return RedirectResponse("/signin", 303)
    said, cookie = dict(request.query_params), request.cookies.get(ATTEMPT_COOKIE, "")
    response: Response
    try:
        known, back = await anyio.to_thread.run_sync(desk.open_id.finish, said, cookie)
    except SignInFailed as error:
        log.info("a sign-in failed: %s", error)
        response = _page(request, desk, caller, fault="signin.refused", back="/", status=401)
    except IssuerUnavailable:
        response = _page(request, desk, caller, fault="signin.unavailable", back="/", status=503)
    else:
        _note(desk, "sign in", _caller(known))
        response = RedirectResponse(safe_return(back), 303)
        await anyio.to_thread.run_sync(open_session, response, desk, known.subject)
    response.delete_cookie(ATTEMPT_COOKIE, path=CALLBACK, httponly=True, samesite="lax", secure=desk.settings.is_secure)
    return response


@router.post("/signout")
async def signout(request: Request, desk: AtDesk, caller: Reader) -> Response:
    """End this session, and the issuer's where it offers that."""
    if not is_own_form(request, desk, await form_fields(request)):
        return _page(request, desk, caller, fault="signin.stale", status=403)
    return await _leave(desk, caller)


@router.post("/signout/everywhere")
async def signout_everywhere(request: Request, desk: AtDesk, caller: Reader) -> Response:
    """End every session of this reader, on whatever device."""
    if not is_own_form(request, desk, await form_fields(request)):
        return _page(request, desk, caller, fault="signin.stale", status=403)
    if caller.is_known:
        await anyio.to_thread.run_sync(desk.sessions.end_all, caller.subject)
        _note(desk, "sign out everywhere", caller)
    return await _leave(desk, caller)


async def _leave(desk: Desk, caller: Caller) -> Response:
    way_out = ""
    if desk.open_id is not None and desk.open_id.is_own(caller.subject):
        way_out = await anyio.to_thread.run_sync(desk.open_id.way_out)
    response = RedirectResponse(way_out or "/", 303)
    close_session(response, desk)
    return response


def _page(
    request: Request, desk: Desk, caller: Caller, *, fault: str = "", back: str = "/", status: int = 200
) -> HTMLResponse:
    values = {"fault": fault, "back": back, "has_issuer": desk.open_id is not None}
    return page(request, "auth/signin.html", values, caller=caller, status=status)


def _note(desk: Desk, action: str, caller: Caller) -> None:
    """Note what staff and keys do; when other people come and go is nobody's business."""
    if caller.audience is Audience.STAFF or caller.subject.startswith("key:"):
        desk.audit.write(action, caller)


def _caller(known: KnownPerson) -> Caller:
    return Caller(known.name, known.audience, known.subject)
