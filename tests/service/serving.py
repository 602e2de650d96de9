"""Real servers on loopback: any ASGI application behind uvicorn, and a language model that says what a test wants."""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

_TICK_S: Final = 0.01


class QuickToEnd(uvicorn.Server):
    """Ends within milliseconds, where uvicorn looks every tenth of a second and leaves clients another one."""

    async def main_loop(self) -> None:
        for tick in itertools.count():
            if await self.on_tick(tick):
                return
            await asyncio.sleep(_TICK_S)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for closing in (*self.servers, *(sockets or ())):
            closing.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        while self.server_state.connections or self.server_state.tasks:
            await asyncio.sleep(_TICK_S)
        await self.lifespan.shutdown()


@contextmanager
def served(app: ASGIApp, *, lifespan: str = "off", port: int = 0) -> Iterator[str]:
    """Serve the application on a free port (or this one); yield its address."""
    listening = socket.create_server(("127.0.0.1", port))
    server = QuickToEnd(uvicorn.Config(app, log_level="error", lifespan=lifespan))  # type: ignore[arg-type]
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


@dataclass
class ScriptedModel:
    """An OpenAI-compatible endpoint that gives one reply over and over, and keeps what it was sent."""

    reply: str = ""
    reply_to: Callable[[dict[str, Any]], str] | None = None  # in its place: what to say to what was sent
    status: int = 200
    body: bytes | None = None  # sent as it is, instead of a stream
    knows_schemas: bool = True
    hangs: bool = False
    breaks_after: int | None = None  # pieces
    sent: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/v1/chat/completions", self._complete, methods=["POST"])])

    async def _complete(self, request: Request) -> Response:
        payload = await request.json()
        self.sent.append(payload)
        if self.reply_to:
            self.reply = self.reply_to(payload)
        self.keys.append(request.headers.get("authorization", ""))
        if not self.knows_schemas and "response_format" in payload:
            return Response('{"error": {"message": "unknown field"}}', 400, media_type="application/json")
        if self.status != 200:
            return Response('{"error": {"message": "no"}}', self.status, media_type="application/json")
        if self.body is not None:
            return Response(self.body, media_type="text/event-stream")
        return StreamingResponse(self._pieces(), media_type="text/event-stream")

    async def _pieces(self) -> Any:
        import anyio

        if self.hangs:
            while not self.ended.is_set():
                await anyio.sleep(0.01)
            return
        pieces = [self.reply[at : at + 7] for at in range(0, len(self.reply), 7)]
        for number, piece in enumerate(pieces):
            if number == self.breaks_after:
                raise ConnectionResetError("as the test wants it")
            yield _chunk({"content": piece})
        yield _chunk({}, "stop")
        yield "data: [DONE]\n\n"


def _chunk(delta: dict[str, str], finish: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    frame = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "scripted", "choices": [choice]}
    return f"data: {json.dumps(frame)}\n\n"


def sentences(*texts: tuple[str, int, str]) -> str:
    """Return a model's reply: (sentence, number of its passage, quote) each."""
    return json.dumps(
        {
            "sentences": [
                {"text": text, "citations": [{"passage": number, "quote": quote}]} for text, number, quote in texts
            ]
        },
        ensure_ascii=False,
    )
