"""Sign in with a key or through the issuer, and sign out: here, at the issuer too, or everywhere."""

from __future__ import annotations

import logging
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from service.auth.callers import Caller
from service.auth.dependencies import Reader, session_cookie, visit_of
from service.auth.openid import ATTEMPT_COOKIE, ATTEMPT_S, CALLBACK, LOGOUT, SignInFailed
from service.auth.sessions import SESSION_COOKIE, cookie_name
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
    return await _page(request, service, caller, back=safe_return(request.query_params.get("next", "/")))


@router.post("/signin")
async def sign_in(request: Request, service: SignIn, settings: SettingsDependency, caller: Reader) -> Response:
    """Open a session for the key's owner, or say that the key is not good."""
    fields = await form_fields(request)
    back = safe_return(fields.get("next", "/"))
    if not is_own_form(request, fields):
        return await _page(request, service, caller, fault="signin.stale", back=back, status=403)
    session = await to_thread.run_sync(service.with_key, fields.get("key", "").strip(), visit_of(request))
    if not session:
        return await _page(request, service, caller, fault="signin.wrong", back=back, status=401)
    return await _welcome(request, back, session, service, settings)


@router.get("/signin/openid")
async def begin(request: Request, service: SignIn, settings: SettingsDependency, caller: Reader) -> Response:
    """Send the reader to the issuer."""
    back = safe_return(request.query_params.get("next", "/"))
    try:
        attempt = await to_thread.run_sync(service.begin, back)
    except IssuerUnavailable:
        return await _page(request, service, caller, fault="signin.unavailable", back=back, status=503)
    if attempt is None:
        return RedirectResponse("/signin", 303)
    response = RedirectResponse(attempt.address, 303)
    response.set_cookie(
        cookie_name(ATTEMPT_COOKIE, is_secure=settings.is_secure),
        attempt.cookie,
        max_age=ATTEMPT_S,
        httponly=True,
        samesite="lax",
        secure=settings.is_secure,
    )
    return response


@router.get(CALLBACK)
async def finish(request: Request, service: SignIn, settings: SettingsDependency, caller: Reader) -> Response:
    """Open a session for whom the issuer vouches; its answer is good once, and in the browser that asked only."""
    name = cookie_name(ATTEMPT_COOKIE, is_secure=settings.is_secure)
    answer, cookie = dict(request.query_params), request.cookies.get(name, "")
    response: Response
    try:
        opened = await to_thread.run_sync(service.finish, answer, cookie, visit_of(request))
    except SignInFailed as error:
        log.info("a sign-in failed: %s", error)
        response = await _page(request, service, caller, fault="signin.refused", back="/", status=401)
    except IssuerUnavailable:
        response = await _page(request, service, caller, fault="signin.unavailable", back="/", status=503)
    else:
        if opened is None:
            return RedirectResponse("/signin", 303)
        session, back = opened
        response = await _welcome(request, safe_return(back), session, service, settings)
    response.delete_cookie(name, httponly=True, samesite="lax", secure=settings.is_secure)
    return response


@router.post("/signout")
async def sign_out(request: Request, service: SignIn, settings: SettingsDependency, caller: Reader) -> Response:
    """End this session, and the issuer's where it offers that."""
    if not is_own_form(request, await form_fields(request)):
        return await _page(request, service, caller, fault="signin.stale", status=403)
    await to_thread.run_sync(service.end, session_cookie(request))
    return await _leave(service, settings, caller)


@router.post("/signout/session")
async def sign_out_session(request: Request, service: SignIn, caller: Reader) -> Response:
    """End one of this reader's sessions, here or on another device."""
    fields = await form_fields(request)
    if not is_own_form(request, fields):
        return await _page(request, service, caller, fault="signin.stale", status=403)
    await to_thread.run_sync(service.end_one, caller, fields.get("session", ""))
    return RedirectResponse("/signin", 303)


@router.post("/signout/everywhere")
async def sign_out_everywhere(
    request: Request, service: SignIn, settings: SettingsDependency, caller: Reader
) -> Response:
    """End every session of this reader, on whatever device."""
    if not is_own_form(request, await form_fields(request)):
        return await _page(request, service, caller, fault="signin.stale", status=403)
    await to_thread.run_sync(service.end_everywhere, caller)
    return await _leave(service, settings, caller)


@router.post(LOGOUT)
async def sign_out_by_issuer(request: Request, service: SignIn) -> Response:
    """End the sessions an issuer's logout token names (OpenID Connect Back-Channel Logout 1.0, 2.5 to 2.8)."""
    token = (await form_fields(request)).get("logout_token", "")
    headers = {"Cache-Control": "no-store"}
    try:
        is_good = await to_thread.run_sync(service.end_by_issuer, token, address_of(request.scope))
    except IssuerUnavailable:
        return JSONResponse({"error": "temporarily_unavailable"}, 503, headers | {"Retry-After": "30"})
    if not is_good:
        return JSONResponse({"error": "invalid_request"}, 400, headers)
    return Response(status_code=200, headers=headers)


async def _welcome(request: Request, back: str, session: str, service: SignInService, settings: Settings) -> Response:
    """Send the reader back with the cookie of their session; the one this browser had before is over."""
    await to_thread.run_sync(service.end, session_cookie(request))
    response = RedirectResponse(back, 303)
    response.set_cookie(
        cookie_name(SESSION_COOKIE, is_secure=settings.is_secure),
        session,
        max_age=int(service.sessions.lifetime_s),
        httponly=True,
        samesite="lax",
        secure=settings.is_secure,
    )
    return response


async def _leave(service: SignInService, settings: Settings, caller: Caller) -> Response:
    logout_url = await to_thread.run_sync(service.logout_url, caller)
    response = RedirectResponse(logout_url or "/", 303)
    name = cookie_name(SESSION_COOKIE, is_secure=settings.is_secure)
    response.delete_cookie(name, httponly=True, samesite="lax", secure=settings.is_secure)
    return response


async def _page(
    request: Request, service: SignInService, caller: Caller, *, fault: str = "", back: str = "/", status: int = 200
) -> HTMLResponse:
    sessions = await to_thread.run_sync(service.open_sessions, caller, session_cookie(request))
    values = {"fault": fault, "back": back, "has_issuer": service.open_id is not None, "sessions": sessions}
    return page(request, "signin/signin.html", values, caller=caller, status=status)
