"""ASGI middleware around the whole application; `service.app` stacks it."""

from __future__ import annotations

import logging
import math
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, Self

import anyio
from anyio import CancelScope, create_memory_object_stream, create_task_group
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import DeadlinePassed, TooManyRequests
from service.http.logging import REQUEST_ID
from service.http.problems import problem_of
from service.http.rate_limits import RateLimits, address_of

ErrorResponder = Callable[[Request, Exception], Awaitable[Response]]

log = logging.getLogger("passerelle.requests")
fault_log = logging.getLogger("passerelle.faults")

CONTENT_POLICY: Final = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; "
    "img-src 'self' data:; font-src 'self'; form-action {targets}; base-uri 'none'; "
    "frame-ancestors 'none'"
)
SECURITY_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
UNLIMITED_PATHS: Final = ("/static/", "/health", "/ready", "/api/v1/health", "/api/v1/ready")
CORS_PATHS: Final = ("/api/", "/v1/")


def wrap(app: ASGIApp, stack: Sequence[Middleware]) -> ASGIApp:
    """Return the application inside the middleware, the first of the stack outermost."""
    for middleware in reversed(stack):
        app = middleware.cls(app, *middleware.args, **middleware.kwargs)
    return app


class SecurityHeadersMiddleware:
    """Sets the security headers, and forbids caching all but static files, where a response does not say otherwise."""

    def __init__(self, app: ASGIApp, is_secure: bool = False, form_targets: Sequence[str] = ()) -> None:
        self.app = app
        # Where a form may lead in the end: browsers hold the redirects that follow it to this as well.
        targets = " ".join(["'self'", *form_targets])
        self.headers = {"Content-Security-Policy": CONTENT_POLICY.format(targets=targets)} | SECURITY_HEADERS
        if is_secure:
            self.headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                if not scope["path"].startswith("/static/"):
                    headers.setdefault("Cache-Control", "private, no-store")
            await send(message)

        await self.app(scope, receive, send_with_headers)


class HeadMiddleware:
    """Answers HEAD as GET without its body, on every path (RFC 9110, 9.3.2)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self.app({**scope, "method": "GET"}, receive, send_without_body)


class RequestContextMiddleware:
    """Gives each request an id and one log line, and answers every exception that comes this far."""

    def __init__(self, app: ASGIApp, respond: ErrorResponder) -> None:
        self.app, self.respond = app, respond

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0
        sent_id = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        request_id = sent_id if _REQUEST_ID.fullmatch(sent_id) else secrets.token_hex(8)
        context = REQUEST_ID.set(request_id)

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        except Exception as error:  # nothing outside handles it: whatever it is, it is logged and becomes a 500
            if problem_of(error).status == 500:
                fault_log.exception("request %s failed", request_id)
            if status:
                raise
            response = await self.respond(Request(scope), error)
            await response(scope, receive, send_with_id)
        finally:
            # The path and never the query string, which holds what people search for.
            took_ms = round((time.perf_counter() - began) * 1000, 1)
            fields = {"method": scope["method"], "path": scope["path"], "status": status, "ms": took_ms}
            log.info("answered", extra=fields)
            REQUEST_ID.reset(context)


class BodyLimitMiddleware:
    """Refuses bodies of more than `max_bytes` (or what `by_path` allows), by their declared length and as they come."""

    def __init__(self, app: ASGIApp, max_bytes: int, by_path: Mapping[str, int] | None = None) -> None:
        self.app, self.max_bytes, self.by_path = app, max_bytes, dict(by_path or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        max_bytes = self.by_path.get(scope["path"], self.max_bytes)
        too_large = HTTPException(413, f"The body is larger than {max_bytes} bytes.")
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > max_bytes:
            raise too_large
        received = 0

        async def receive_counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > max_bytes:
                raise too_large
            return message

        await self.app(scope, receive_counted, send)


class RateLimitMiddleware:
    """Refuses addresses that send too many requests."""

    def __init__(self, app: ASGIApp, limits: RateLimits, respond: ErrorResponder) -> None:
        self.app, self.limits, self.respond = app, limits, respond

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith(UNLIMITED_PATHS):
            try:
                await self.limits.count_address(address_of(scope))
            except TooManyRequests as error:
                response = await self.respond(Request(scope, receive), error)
                await response(scope, receive, send)
                return
        await self.app(scope, receive, send)


class DeadlineMiddleware:
    """Cancels requests that take longer than `deadline_s` (or what `by_path` allows), or whose client has left.

    The time runs until the answer begins: a file over a slow line and a streamed answer may take longer.
    """

    def __init__(
        self, app: ASGIApp, deadline_s: float, respond: ErrorResponder, by_path: Mapping[str, float] | None = None
    ) -> None:
        self.app, self.deadline_s, self.respond, self.by_path = app, deadline_s, respond, dict(by_path or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        failure: Exception | None = None
        has_begun = is_over = has_left = False
        deadline_s = self.by_path.get(scope["path"], self.deadline_s)
        work = CancelScope(deadline=anyio.current_time() + deadline_s)

        def leave() -> None:
            nonlocal has_left
            if not is_over:
                has_left = True
                work.cancel()

        async def send_noted(message: Message) -> None:
            nonlocal has_begun, is_over
            if message["type"] == "http.response.start":
                has_begun, work.deadline = True, math.inf
            is_over = message["type"] == "http.response.body" and not message.get("more_body", False)
            await send(message)

        with _ReadAhead(receive, on_disconnect=leave) as inbox:
            async with create_task_group() as group:
                group.start_soon(inbox.read)
                with work:
                    try:
                        await self.app(scope, inbox.receive, send_noted)
                    except Exception as error:  # carried past the task group, which would wrap it
                        failure = error
                group.cancel_scope.cancel()
        if failure is not None:
            raise failure
        if work.cancelled_caught and not has_begun and not has_left:
            response = await self.respond(Request(scope), DeadlinePassed(f"{deadline_s} s"))
            await response(scope, receive, send)


class _ReadAhead:
    """Reads one message ahead of the application, no more: the body is not gathered here, and a client's leaving is
    seen even when the application never asks for the body.
    """

    def __init__(self, receive: Receive, on_disconnect: Callable[[], None]) -> None:
        self._receive, self._on_disconnect = receive, on_disconnect
        self._incoming, self._outgoing = create_memory_object_stream[Message | Exception](1)

    async def read(self) -> None:
        """Read until cancelled."""
        while True:
            try:
                message: Message | Exception = await self._receive()
            except Exception as error:  # raised again where the application asks for the body
                message = error
            if isinstance(message, dict) and message["type"] == "http.disconnect":
                self._on_disconnect()
            await self._incoming.send(message)

    async def receive(self) -> Message:
        message = await self._outgoing.receive()
        if isinstance(message, Exception):
            raise message
        return message

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._incoming.close()
        self._outgoing.close()


class ApiCorsMiddleware:
    """Lets pages of the named origins call the API, without cookies; nothing else is shared."""

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        self.app = app
        self.cors = CORSMiddleware(
            app,
            allow_origins=list(origins),
            allow_methods=["GET", "HEAD", "POST"],
            allow_headers=["Authorization", "Content-Type", "X-Request-ID"],
            expose_headers=["Retry-After", "X-Request-ID"],
            max_age=3600,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_shared = scope["type"] == "http" and scope["path"].startswith(CORS_PATHS)
        await (self.cors if is_shared else self.app)(scope, receive, send)
