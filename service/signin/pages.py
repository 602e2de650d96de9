"""Sign in with a key or through the issuer, and sign out: here, at the issuer too, or everywhere."""

from __future__ import annotations

import logging
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from service.auth.callers import Caller
from service.auth.dependencies import Reader
from service.auth.openid import ATTEMPT_COOKIE, ATTEMPT_S, CALLBACK, SignInFailed
from service.auth.sessions import SESSION_COOKIE
from service.errors import IssuerUnavailable
from service.http.dependencies import SettingsDependency, provided
from service.http.rate_limits import address_of
from service.settings import Settings
from service.signin.service import SignInService
from service.web.forms import form_fields, is_own_form
from service.web.rendering import page, safe_return

log = logging.getLogger("passerelle.signin")
router = APIRouter()
SignIn = Annotated[SignInService, Depends(provided(SignInService))]


@router.api_route("/signin", methods=["GET", "HEAD"])
async def form(request: Request, service: SignIn, caller: Reader) -> Response:
    """Show the ways to sign in; to somebody signed in, the ways to sign out."""
    return _page(request, service, caller, back=safe_return(request.query_params.get("next", "/")))


@router.post("/signin")
async def sign_in(request: Request, service: SignIn, settings: SettingsDependency, caller: Reader) -> Response:
    """Open a session for the key's owner, or say that the key is not good."""
    fields = await form_fields(request)
    back = safe_return(fields.get("next", "/"))
    if not is_own_form(request, fields):
        return _page(request, service, caller, fault="signin.stale", back=back, status=403)
    session = await to_thread.run_sync(service.with_key, fields.get("key", "").strip(), address_of(request.scope))
    if not session:
        return _page(request, service, caller, fault="signin.wrong", back=back, status=401)
    return _welcome(back, session, service, settings)


@router.get("/signin/openid")
async def begin(request: Request, service: SignIn, settings: SettingsDependency, caller: Reader) -> Response:
    """Send the reader to the issuer."""
    back = safe_return(request.query_params.get("next", "/"))
    try:
        attempt = await to_thread.run_sync(service.begin, back)
    except IssuerUnavailable:
        return _page(request, service, caller, fault="signin.unavailable", back=back, status=503)
    if attempt is None:
        return RedirectResponse("/signin", 303)
    response = RedirectResponse(attempt.address, 303)
    response.set_cookie(
        ATTEMPT_COOKIE,
        attempt.cookie,
        max_age=ATTEMPT_S,
        path=CALLBACK,
        httponly=True,
        samesite="lax",
        secure=settings.is_secure,
    )
    return response


@router.get(CALLBACK)
async def finish(request: Request, service: SignIn, settings: SettingsDependency, caller: Reader) -> Response:
    """Open a session for whom the issuer vouches; its answer is good once, and in the browser that asked only."""
    answer, cookie = dict(request.query_params), request.cookies.get(ATTEMPT_COOKIE, "")
    response: Response
    try:
        opened = await to_thread.run_sync(service.finish, answer, cookie, address_of(request.scope))
    except SignInFailed as error:
        log.info("a sign-in failed: %s", error)
        response = _page(request, service, caller, fault="signin.refused", back="/", status=401)
    except IssuerUnavailable:
        response = _page(request, service, caller, fault="signin.unavailable", back="/", status=503)
    else:
        if opened is None:
            return RedirectResponse("/signin", 303)
        session, back = opened
        response = _welcome(safe_return(back), session, service, settings)
    response.delete_cookie(ATTEMPT_COOKIE, path=CALLBACK, httponly=True, samesite="lax", secure=settings.is_secure)
    return response


@router.post("/signout")
async def sign_out(request: Request, service: SignIn, settings: SettingsDependency, caller: Reader) -> Response:
    """End this session, and the issuer's where it offers that."""
    if not is_own_form(request, await form_fields(request)):
        return _page(request, service, caller, fault="signin.stale", status=403)
    return await _leave(service, settings, caller)


@router.post("/signout/everywhere")
async def sign_out_everywhere(
    request: Request, service: SignIn, settings: SettingsDependency, caller: Reader
) -> Response:
    """End every session of this reader, on whatever device."""
    if not is_own_form(request, await form_fields(request)):
        return _page(request, service, caller, fault="signin.stale", status=403)
    await to_thread.run_sync(service.end_everywhere, caller)
    return await _leave(service, settings, caller)


def _welcome(back: str, session: str, service: SignInService, settings: Settings) -> Response:
    """Send the reader back with the cookie of their session."""
    response = RedirectResponse(back, 303)
    response.set_cookie(
        SESSION_COOKIE,
        session,
        max_age=service.sessions.lifetime_s,
        httponly=True,
        samesite="lax",
        secure=settings.is_secure,
    )
    return response


async def _leave(service: SignInService, settings: Settings, caller: Caller) -> Response:
    logout_url = await to_thread.run_sync(service.logout_url, caller)
    response = RedirectResponse(logout_url or "/", 303)
    response.delete_cookie(SESSION_COOKIE, httponly=True, samesite="lax", secure=settings.is_secure)
    return response


def _page(
    request: Request, service: SignInService, caller: Caller, *, fault: str = "", back: str = "/", status: int = 200
) -> HTMLResponse:
    values = {"fault": fault, "back": back, "has_issuer": service.open_id is not None}
    return page(request, "signin/signin.html", values, caller=caller, status=status)
