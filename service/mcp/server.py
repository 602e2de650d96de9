"""`python -m service mcp`: the MCP server on stdio for one caller, or over HTTP for many, each with a key."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import anyio
from mcp.server.transport_security import TransportSecuritySettings
from starlette.types import ASGIApp, Receive, Scope, Send

from service.app import middleware_stack
from service.auth.authenticators import Authenticator, bearer_token
from service.auth.callers import NOBODY, Caller
from service.auth.failures import FailedSignIns
from service.errors import TooManyRequests, Unauthenticated
from service.http.dependencies import Components
from service.http.logging import quiet_libraries
from service.http.middleware import wrap
from service.http.problems import as_problem, problem_of
from service.http.rate_limits import RateLimits, address_of
from service.http.sub_path import origin
from service.mcp.tools import mcp_server
from service.settings import Settings

PATH: Final = "/mcp"
LOOPBACK: Final = ("127.0.0.1:*", "localhost:*", "[::1]:*")


def serve(components: Components, *, over_http: bool) -> None:
    """Serve until the client leaves (stdio) or the process is ended (HTTP). Raises Unauthenticated."""
    settings = components.get(Settings)
    logging.basicConfig(level=settings.log_level.upper(), stream=sys.stderr)  # on stdio, stdout is the protocol's
    quiet_libraries()
    if over_http:
        import uvicorn

        from service.http.connections import server_options

        uvicorn.run(http_app(components), **server_options(settings))
    else:
        anyio.run(stdio, components)


async def stdio(components: Components) -> None:
    """Serve one client on stdin and stdout, as the owner of PASSERELLE_MCP_KEY. Raises Unauthenticated at once."""
    key, authenticator = components.get(Settings).mcp_key, components.get(Authenticator)

    async def get_caller(headers: Mapping[str, str] | None) -> Caller:
        if not key:
            return NOBODY
        return await anyio.to_thread.run_sync(authenticator.caller, key)  # so that a revoked key ends here too

    await get_caller(None)
    await mcp_server(components, get_caller).run_stdio_async()


def http_app(components: Components) -> ASGIApp:
    """Return the streamable HTTP server at `/mcp`, inside the middleware of the API."""
    settings, authenticator = components.get(Settings), components.get(Authenticator)

    async def get_caller(headers: Mapping[str, str] | None) -> Caller:
        return await caller_of(authenticator, (headers or {}).get("authorization", ""))

    app = mcp_server(components, get_caller).streamable_http_app(
        streamable_http_path=PATH, stateless_http=True, json_response=True, transport_security=_security(settings)
    )
    guarded = KeyMiddleware(app, authenticator, components.get(RateLimits), components.get(FailedSignIns))
    return wrap(guarded, middleware_stack(components, as_problem))


async def caller_of(authenticator: Authenticator, authorization: str) -> Caller:
    """Return who sent this header: nobody without one. Raises Unauthenticated."""
    if not authorization:
        return NOBODY
    return await anyio.to_thread.run_sync(authenticator.caller, bearer_token(authorization))


class KeyMiddleware:
    """Refuses a wrong key, and one used too often, before the protocol is spoken; names the caller for the audit."""

    def __init__(self, app: ASGIApp, authenticator: Authenticator, limits: RateLimits, failures: FailedSignIns) -> None:
        self.app, self.authenticator, self.limits, self.failures = app, authenticator, limits, failures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            try:
                await self._check_key(scope)
            except (Unauthenticated, TooManyRequests) as error:
                await problem_of(error).response()(scope, receive, send)
                return
        await self.app(scope, receive, send)

    async def _check_key(self, scope: Scope) -> None:
        headers = [value for name, value in scope["headers"] if name == b"authorization"]
        if len(headers) > 1:
            raise Unauthenticated("Expected one `Authorization: Bearer KEY` header.")
        try:
            caller = await caller_of(self.authenticator, headers[0].decode("latin-1") if headers else "")
        except Unauthenticated as error:
            self.failures.record(address_of(scope), "bearer", str(error))
            raise
        if caller.is_known:
            scope.setdefault("state", {}).update(caller=caller, by_token=True)
            await self.limits.count_caller(caller.subject, address_of(scope))


def _security(settings: Settings) -> TransportSecuritySettings:
    """Accept requests that name this service only: a page elsewhere cannot reach it by an address of its own making."""
    hosts = {urlsplit(settings.public_url).netloc, f"{settings.host}:{settings.port}", *LOOPBACK}
    origins = {origin(settings.public_url), *(f"http://{host}" for host in hosts)}
    return TransportSecuritySettings(allowed_hosts=sorted(hosts), allowed_origins=sorted(origins))
