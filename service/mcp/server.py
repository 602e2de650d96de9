"""`python -m service mcp`: the MCP server on stdio for one caller, or over HTTP for many, each with a key."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import anyio
from mcp.server.transport_security import TransportSecuritySettings
from starlette.types import ASGIApp, Receive, Scope, Send

from service.auth.callers import NOBODY, Authenticator, Caller, Unauthenticated, bearer_token
from service.desk import Desk
from service.http.middleware import surrounded
from service.http.problems import as_problem, problem_of
from service.http.rate_limits import TooMany, address_of
from service.library.open_index import Library, NotReady, OpenIndex
from service.library.reload import LivingLibrary
from service.mcp.tools import mcp_server

if TYPE_CHECKING:
    from service.settings import Settings

PATH: Final = "/mcp"
LOOK_EVERY_S: Final = 0.1
LOOPBACK: Final = ("127.0.0.1:*", "localhost:*", "[::1]:*")


@dataclass(frozen=True)
class PatientLibrary:
    """A library whose first reader waits until it is open: an assistant asks once, and tells its user what it hears."""

    library: Library
    patience_s: float = 60.0

    def borrow(self) -> OpenIndex:
        """Return the newest opened index. Raises NotReady when waiting did not help."""
        ends_at = time.monotonic() + self.patience_s
        while True:
            try:
                return self.library.borrow()
            except NotReady:
                if time.monotonic() > ends_at:
                    raise
                time.sleep(LOOK_EVERY_S)

    @property
    def trouble(self) -> str:
        return self.library.trouble


def serve(settings: Settings, *, over_http: bool) -> None:
    """Serve until the client leaves (stdio) or the process is ended (HTTP)."""
    from service.wiring import Opener, desk

    logging.basicConfig(level=settings.log_level.upper(), stream=sys.stderr)  # on stdio, stdout is the protocol's
    opener = Opener(settings)
    library = LivingLibrary(opener, place=opener.place)
    parts = desk(settings, PatientLibrary(library))
    library.start()
    try:
        if over_http:
            import uvicorn

            uvicorn.run(http_app(parts), host=settings.host, port=settings.port, log_level="warning", access_log=False)
        else:
            anyio.run(stdio, parts)
    finally:
        library.stop()


async def stdio(desk: Desk) -> None:
    """Serve one client on stdin and stdout, with the eyes of PASSERELLE_MCP_KEY. Raises Unauthenticated at once."""
    token = desk.settings.mcp_key

    async def who_calls(headers: Mapping[str, str] | None) -> Caller:
        if not token:
            return NOBODY
        return await anyio.to_thread.run_sync(desk.authenticator.caller, token)  # a revoked key ends here too

    await who_calls(None)
    await mcp_server(desk, who_calls).run_stdio_async()


def http_app(desk: Desk) -> ASGIApp:
    """Return the streamable HTTP server at `/mcp`, within the layers of the API.

    A wrong key is refused before the protocol is spoken.
    """

    async def who_calls(headers: Mapping[str, str] | None) -> Caller:
        return await caller_of(desk.authenticator, (headers or {}).get("authorization", ""))

    app = mcp_server(desk, who_calls).streamable_http_app(
        streamable_http_path=PATH, stateless_http=True, json_response=True, transport_security=_allowed(desk.settings)
    )
    return surrounded(Guard(app, desk), desk, as_problem)


async def caller_of(authenticator: Authenticator, authorization: str) -> Caller:
    """Return who sent this header: nobody without one. Raises Unauthenticated."""
    if not authorization:
        return NOBODY
    return await anyio.to_thread.run_sync(authenticator.caller, bearer_token(authorization))


class Guard:
    """ASGI middleware that refuses a wrong key and whose owner asks too often, and says who calls for the audit."""

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self.app, self.desk = app, desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            try:
                await self._welcome(scope)
            except (Unauthenticated, TooMany) as error:
                await problem_of(error).response()(scope, receive, send)
                return
        await self.app(scope, receive, send)

    async def _welcome(self, scope: Scope) -> None:
        said = [value for name, value in scope["headers"] if name == b"authorization"]
        if len(said) > 1:
            raise Unauthenticated("Wanted: one `Authorization: Bearer KEY` header.")
        caller = await caller_of(self.desk.authenticator, said[0].decode("latin-1") if said else "")
        if caller.is_known:
            scope.setdefault("state", {}).update(caller=caller, by_token=True)
            self.desk.limits.take_caller(caller.subject, address_of(scope))


def _allowed(settings: Settings) -> TransportSecuritySettings:
    """Let requests in that name this service: a page elsewhere cannot reach it by an address of its own making."""
    hosts = {urlsplit(settings.public_url).netloc, f"{settings.host}:{settings.port}", *LOOPBACK}
    origins = {settings.public_url, *(f"http://{one}" for one in hosts)}
    return TransportSecuritySettings(allowed_hosts=sorted(hosts), allowed_origins=sorted(origins))
