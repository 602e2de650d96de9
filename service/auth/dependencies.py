"""Who is calling, as dependencies of routes (`ApiCaller`) and of pages (`Reader`)."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import anyio
from fastapi import Depends, Request

from index.documents import Audience
from service.auth.authenticators import Authenticator, bearer_token
from service.auth.callers import NOBODY, Caller
from service.auth.scopes import required_scope
from service.auth.sessions import SESSION_COOKIE, Sessions
from service.errors import Forbidden, Unauthenticated
from service.http.dependencies import components_of
from service.http.rate_limits import RateLimits, address_of


async def api_caller(request: Request) -> Caller:
    """Return who calls the API: nobody without an `Authorization` header.

    Raises Unauthenticated for a wrong one, Forbidden for a key without the scope, TooManyRequests.
    """
    headers = request.headers.getlist("authorization")
    if not headers:
        return NOBODY
    if len(headers) > 1:
        raise Unauthenticated("Expected one `Authorization: Bearer KEY` header.")
    token = bearer_token(headers[0])
    authenticator = components_of(request).get(Authenticator)
    caller = await anyio.to_thread.run_sync(authenticator.caller, token)
    request.state.by_token = True
    _count(request, caller)
    scope = required_scope(request.url.path)
    if not caller.may(scope):
        raise Forbidden(scope)
    return caller


async def reader(request: Request) -> Caller:
    """Return who reads a page: nobody without a session, or when it is over or its key has been revoked.

    Staff whose key is not for staff's work count as members on staff's pages. Raises TooManyRequests.
    """
    cookie, components = request.cookies.get(SESSION_COOKIE, ""), components_of(request)
    if not cookie:
        return NOBODY
    try:
        subject = components.get(Sessions).subject
        caller = await anyio.to_thread.run_sync(lambda: components.get(Authenticator).resume(subject(cookie)))
    except Unauthenticated:
        return NOBODY
    _count(request, caller)
    if caller.audience is Audience.STAFF and not caller.is_staff and request.url.path.startswith("/staff"):
        return replace(caller, audience=Audience.MEMBER)
    return caller


def _count(request: Request, caller: Caller) -> None:
    """Count a request of a known caller, once, and note who it is for the audit."""
    if getattr(request.state, "caller", NOBODY) == caller:
        return
    request.state.caller = caller
    components_of(request).get(RateLimits).take_caller(caller.subject, address_of(request.scope))


ApiCaller = Annotated[Caller, Depends(api_caller)]
Reader = Annotated[Caller, Depends(reader)]
