"""Three layers around the application: how often an address may ask, how long it may take, whose pages may call."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

import anyio
from anyio import CancelScope, create_memory_object_stream, create_task_group
from fastapi import Request
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.limits import Limits, TooMany

Tell = Callable[[Request, Exception], Awaitable[Response]]
FREE: Final = ("/static/", "/health", "/ready", "/api/v1/health", "/api/v1/ready")
SHARED: Final = ("/api/", "/v1/")


class DeadlinePassed(Exception):
    """A request took longer than any may."""


def address_of(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


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
