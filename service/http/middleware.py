"""The outermost layer of each request: its id, its size, the security headers, one log line, and no traceback ever."""

from __future__ import annotations

import logging
import math
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

import anyio
from anyio import CancelScope, create_memory_object_stream, create_task_group
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.auth.audit import Audited
from service.desk import Desk
from service.http.logging import REQUEST_ID
from service.http.metrics import Measured
from service.http.problems import DeadlinePassed, as_problem, problem_of
from service.http.rate_limits import Limits, TooMany, address_of

Tell = Callable[[Request, Exception], Awaitable[Response]]

log = logging.getLogger("passerelle.requests")
fault_log = logging.getLogger("passerelle.faults")

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Edge:
    """ASGI middleware around the whole application."""

    def __init__(
        self,
        app: ASGIApp,
        max_body_bytes: int,
        tell: Tell = as_problem,
        is_secure: bool = False,
        form_targets: Sequence[str] = (),
        larger: Mapping[str, int] | None = None,
    ) -> None:
        self.app, self.max_body_bytes, self.tell = app, max_body_bytes, tell
        self.larger = dict(larger or {})  # bytes, by path
        self.headers = HEADERS | ({"Strict-Transport-Security": "max-age=31536000"} if is_secure else {})
        # Where a form may lead in the end: browsers hold the redirects that follow it to this as well.
        targets = " ".join(["form-action 'self'", *form_targets])
        self.headers["Content-Security-Policy"] = POLICY.replace("form-action 'self'", targets)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0
        given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)

        marked = REQUEST_ID.set(request_id)

        async def send_marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                if not scope["path"].startswith("/static/"):
                    headers.setdefault("Cache-Control", "private, no-store")
            await send(message)

        try:
            await self.app(scope, self._limited(scope, receive), send_marked)
        except Exception as error:  # the last door before the client: whatever it is, it is logged and becomes a 500
            if problem_of(error).status == 500:
                fault_log.exception("request %s failed", request_id)
            if status:
                raise
            response = await self.tell(Request(scope), error)
            await response(scope, receive, send_marked)
        finally:
            # The path and never the query string: what people ask is theirs.
            took_ms = round((time.perf_counter() - began) * 1000, 1)
            told = {"method": scope["method"], "path": scope["path"], "status": status, "ms": took_ms}
            log.info("answered", extra={"told": told})
            REQUEST_ID.reset(marked)

    def _limited(self, scope: Scope, receive: Receive) -> Receive:
        told = dict(scope["headers"]).get(b"content-length", b"0")
        most = self.larger.get(scope["path"], self.max_body_bytes)
        if told.isdigit() and int(told) > most:
            raise _too_large(most)
        read = 0

        async def receive_counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > most:
                raise _too_large(most)
            return message

        return receive_counted


def _too_large(most: int) -> HTTPException:
    return HTTPException(413, f"The body is larger than {most} bytes.")


FREE: Final = ("/static/", "/health", "/ready", "/api/v1/health", "/api/v1/ready")
SHARED: Final = ("/api/", "/v1/")


class RateGate:
    """ASGI middleware that turns away an address that asks too often."""

    def __init__(self, app: ASGIApp, limits: Limits, tell: Tell) -> None:
        self.app, self.limits, self.tell = app, limits, tell

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith(FREE):
            try:
                self.limits.take_address(address_of(scope))
            except TooMany as error:
                response = await self.tell(Request(scope, receive), error)
                await response(scope, receive, send)
                return
        await self.app(scope, receive, send)


class Deadline:
    """ASGI middleware that ends what takes too long or is asked for by a client who has left.

    The time runs until the answer begins: a file over a slow line and an answer in pieces may take longer.
    """

    def __init__(self, app: ASGIApp, deadline_s: float, tell: Tell, longer: Mapping[str, float] | None = None) -> None:
        self.app, self.deadline_s, self.tell, self.longer = app, deadline_s, tell, dict(longer or {})  # by path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        failure: Exception | None = None
        has_begun = is_over = has_left = False
        # One message ahead of the application: the body is not gathered here, and a client's leaving is seen even
        # when the application never asks for the body.
        inbox_in, inbox = create_memory_object_stream[Message | Exception](1)
        deadline_s = self.longer.get(scope["path"], self.deadline_s)
        work = CancelScope(deadline=anyio.current_time() + deadline_s)

        async def listen() -> None:
            nonlocal has_left
            while True:
                try:
                    message: Message | Exception = await receive()
                except Exception as error:  # raised again where the application asks for the body
                    message = error
                if isinstance(message, dict) and message["type"] == "http.disconnect" and not is_over:
                    has_left = True
                    work.cancel()
                await inbox_in.send(message)

        async def next_message() -> Message:
            message = await inbox.receive()
            if isinstance(message, Exception):
                raise message
            return message

        async def send_noted(message: Message) -> None:
            nonlocal has_begun, is_over
            if message["type"] == "http.response.start":
                has_begun, work.deadline = True, math.inf
            is_over = message["type"] == "http.response.body" and not message.get("more_body", False)
            await send(message)

        with inbox_in, inbox:
            async with create_task_group() as group:
                group.start_soon(listen)
                with work:
                    try:
                        await self.app(scope, next_message, send_noted)
                    except Exception as error:  # carried past the task group, which would wrap it
                        failure = error
                group.cancel_scope.cancel()
        if failure is not None:
            raise failure
        if work.cancelled_caught and not has_begun and not has_left:
            response = await self.tell(Request(scope), DeadlinePassed(f"{deadline_s} s"))
            await response(scope, receive, send)


class SharedOrigins:
    """ASGI middleware that lets pages of the named origins call the API, without cookies; nothing else is shared."""

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        self.app = app
        self.shared = CORSMiddleware(
            app,
            allow_origins=list(origins),
            allow_methods=["GET", "HEAD", "POST"],
            allow_headers=["Authorization", "Content-Type", "X-Request-ID"],
            expose_headers=["Retry-After", "X-Request-ID"],
            max_age=3600,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_shared = scope["type"] == "http" and scope["path"].startswith(SHARED)
        await (self.shared if is_shared else self.app)(scope, receive, send)


UPLOAD_PATHS: Final = ("/staff/upload", "/api/v1/staff/uploads")
UPLOAD_DEADLINE_S: Final = 900  # a hundred megabytes over a slow line


def layers(desk: Desk, tell: Tell) -> list[Middleware]:
    """Return the layers, the outermost first; `tell` answers what they refuse."""
    settings, access = desk.settings, desk.settings.access
    deadline_s = access.limits.deadline_s
    return [
        Middleware(Measured, metrics=desk.metrics),
        Middleware(
            Edge,
            max_body_bytes=settings.max_body_bytes,
            tell=tell,
            larger=dict.fromkeys(UPLOAD_PATHS, settings.max_upload_bytes),
            is_secure=settings.is_secure,
            form_targets=[access.open_id.origin] if access.open_id else [],
        ),
        Middleware(RateGate, limits=desk.limits, tell=tell),
        Middleware(Audited, audit=desk.audit),
        Middleware(
            Deadline,
            deadline_s=deadline_s,
            tell=tell,
            longer=dict.fromkeys(UPLOAD_PATHS, max(UPLOAD_DEADLINE_S, deadline_s)),
        ),
    ]


def surrounded(app: ASGIApp, desk: Desk, tell: Tell) -> ASGIApp:
    """Return the application within the layers."""
    for layer in reversed(layers(desk, tell)):
        app = layer.cls(app, *layer.args, **layer.kwargs)
    return app
