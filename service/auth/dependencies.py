"""Who is asking, as dependencies of routes (`ApiCaller`) and of pages (`Reader`)."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import anyio
from fastapi import Depends, Request

from index.documents import Audience
from service.auth.callers import NOBODY, Authenticator, Caller, Unauthenticated, bearer_token
from service.auth.scopes import Forbidden, Scope, required_scope
from service.auth.sessions import SESSION_COOKIE, Sessions
from service.http.dependencies import components_of
from service.http.rate_limits import Limits, address_of


async def api_caller(request: Request) -> Caller:
    """Return who calls the API: nobody without an `Authorization` header.

    Raises Unauthenticated for a wrong one, Forbidden for a key that is not for this, TooMany.
    """
    said = request.headers.getlist("authorization")
    if not said:
        return NOBODY
    if len(said) > 1:
        raise Unauthenticated("Wanted: one `Authorization: Bearer KEY` header.")
    token = bearer_token(said[0])
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

    Staff by a key that is not for staff's work are members on staff's pages. Raises TooMany.
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
    if caller.audience is Audience.STAFF and not caller.may(Scope.STAFF) and request.url.path.startswith("/staff"):
        return replace(caller, audience=Audience.MEMBER)
    return caller


def _count(request: Request, caller: Caller) -> None:
    """Count a request of a known caller, once, and note who it is for the audit."""
    if getattr(request.state, "caller", NOBODY) == caller:
        return
    request.state.caller = caller
    components_of(request).get(Limits).take_caller(caller.subject, address_of(request.scope))


ApiCaller = Annotated[Caller, Depends(api_caller)]
Reader = Annotated[Caller, Depends(reader)]
