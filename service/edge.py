"""The outermost layer of each request: its id, its size, the security headers, one log line, and no traceback ever."""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Mapping, Sequence

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.gate import Tell
from service.logs import REQUEST_ID
from service.problems import as_problem, problem_of

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
