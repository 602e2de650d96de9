"""Sign in with a key, and sign out."""

from __future__ import annotations

import anyio
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from service.auth import Unauthenticated
from service.desk import AtDesk, Desk, Reader
from service.sessions import FORM_COOKIE, SESSION_COOKIE
from service.web.rendering import page, safe_return

router = APIRouter()


@router.api_route("/signin", methods=["GET", "HEAD"])
async def form(request: Request, caller: Reader) -> Response:
    """Show the form."""
    back = safe_return(request.query_params.get("next", "/"))
    return page(request, "signin.html", {"fault": "", "back": back}, caller=caller)


@router.post("/signin")
async def signin(request: Request, desk: AtDesk, caller: Reader) -> Response:
    """Open a session for the key's owner, or say that the key is not good."""
    said = await _form(request)
    back = safe_return(said.get("next", "/"))
    if not _is_own(request, desk, said):
        return page(request, "signin.html", {"fault": "signin.stale", "back": back}, caller=caller, status=403)
    try:
        known = await anyio.to_thread.run_sync(desk.authenticator.caller, said.get("key", "").strip())
    except Unauthenticated:
        return page(request, "signin.html", {"fault": "signin.wrong", "back": back}, caller=caller, status=401)
    response = RedirectResponse(back, 303)
    response.set_cookie(
        SESSION_COOKIE,
        desk.sessions.open(known.subject),
        max_age=desk.sessions.lifetime_s,
        httponly=True,
        samesite="lax",
        secure=desk.settings.is_secure,
    )
    return response


@router.post("/signout")
async def signout(request: Request, desk: AtDesk, caller: Reader) -> Response:
    """End the session."""
    if not _is_own(request, desk, await _form(request)):
        return page(request, "signin.html", {"fault": "signin.stale", "back": "/"}, caller=caller, status=403)
    response = RedirectResponse("/", 303)
    response.delete_cookie(SESSION_COOKIE, httponly=True, samesite="lax", secure=desk.settings.is_secure)
    return response


async def _form(request: Request) -> dict[str, str]:
    async with request.form(max_files=0, max_fields=10) as sent:
        return {name: value for name, value in sent.items() if isinstance(value, str)}


def _is_own(request: Request, desk: Desk, said: dict[str, str]) -> bool:
    return desk.sessions.is_own_form(request.cookies.get(FORM_COOKIE, ""), said.get("token", ""))
