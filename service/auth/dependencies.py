"""Who is calling, as dependencies of routes (`ApiCaller`) and of pages (`Reader`)."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Final

import anyio
from fastapi import Depends, Request

from index.documents import Audience
from service.auth.authenticators import Authenticator, SessionAuthenticator, bearer_token
from service.auth.callers import NOBODY, Caller
from service.auth.failures import FailedSignIns
from service.auth.scopes import required_scope
from service.auth.sessions import SESSION_COOKIE, Visit, cookie_name, describe_browser
from service.errors import Forbidden, Unauthenticated
from service.http.dependencies import components_of
from service.http.rate_limits import RateLimits, address_of
from service.settings import Settings

STAFF_PAGES: Final = "/staff"


async def api_caller(request: Request) -> Caller:
    """Return who calls the API: nobody without an `Authorization` header.

    Raises Unauthenticated for a wrong one, Forbidden for a key without the scope, TooManyRequests.
    """
    headers = request.headers.getlist("authorization")
    if not headers:
        return NOBODY
    if len(headers) > 1:
        raise Unauthenticated("Expected one `Authorization: Bearer KEY` header.")
    authenticator = components_of(request).get(Authenticator)
    try:
        caller = await anyio.to_thread.run_sync(authenticator.caller, bearer_token(headers[0]))
    except Unauthenticated as error:
        components_of(request).get(FailedSignIns).record(address_of(request.scope), "bearer", str(error))
        raise
    request.state.by_token = True
    await _count(request, caller)
    return _permitted(request, caller)


async def reader(request: Request) -> Caller:
    """Return who reads a page: nobody without a session, or when it is over or its key has been revoked.

    Staff whose key is not for staff's work count as members on staff's pages. Raises TooManyRequests.
    """
    cookie, sessions = session_cookie(request), components_of(request).get(SessionAuthenticator)
    if not cookie:
        return NOBODY
    caller = await anyio.to_thread.run_sync(sessions.caller, cookie, visit_of(request))
    if not caller.is_known:
        return NOBODY
    await _count(request, caller)
    if caller.audience is Audience.STAFF and not caller.is_staff and request.scope["path"].startswith(STAFF_PAGES):
        return replace(caller, audience=Audience.MEMBER)
    return caller


def session_cookie(request: Request) -> str:
    """Return the cookie of a reader's session, "" without one."""
    is_secure = components_of(request).get(Settings).is_secure
    return request.cookies.get(cookie_name(SESSION_COOKIE, is_secure=is_secure), "")


def visit_of(request: Request) -> Visit:
    """Return from where a request comes."""
    return Visit(address_of(request.scope), describe_browser(request.headers.get("user-agent", "")))


async def page_reader(request: Request) -> Caller:
    """Return who reads a page that their key is for. Raises Forbidden, TooManyRequests.

    Staff's pages are left to `staff_reader`, which shows others that there is no such page.
    """
    caller = await reader(request)
    return caller if request.scope["path"].startswith(STAFF_PAGES) else _permitted(request, caller)


def _permitted(request: Request, caller: Caller) -> Caller:
    """Return the caller if they may use the route that was matched. Raises Forbidden."""
    scope = required_scope(request.scope["path"])
    if scope is not None and not caller.may(scope):
        raise Forbidden(scope)
    return caller


async def _count(request: Request, caller: Caller) -> None:
    """Count a request of a known caller, once, and note who it is for the audit."""
    if getattr(request.state, "caller", NOBODY) == caller:
        return
    request.state.caller = caller
    await components_of(request).get(RateLimits).count_caller(caller.subject, address_of(request.scope))


ApiCaller = Annotated[Caller, Depends(api_caller)]
Reader = Annotated[Caller, Depends(page_reader)]
