"""What every route works with: the parts of the service, who is asking, and the engine's turn-taking."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, TypeVar

import anyio
from anyio import CapacityLimiter, to_thread
from fastapi import Depends, Request

from index.interfaces import Filter
from service.answers import Answerer
from service.auth import NOBODY, Authenticator, Caller, Unauthenticated, bearer_token
from service.library import Library, OpenIndex
from service.presenting import Highlight
from service.problems import Overloaded
from service.sessions import SESSION_COOKIE, Sessions
from service.settings import Settings

T = TypeVar("T")


class Turns:
    """Runs blocking calls in threads, so many at once and so many waiting; more are refused at the door."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self.at_once, self.most = at_once, at_once + waiting
        self._limiter: CapacityLimiter | None = None
        self._here = 0

    async def run(self, call: Callable[[], T]) -> T:
        """Return what `call` returns. Raises Overloaded."""
        if self._here >= self.most:
            raise Overloaded(f"{self._here} requests wait")
        if self._limiter is None:  # it belongs to the running event loop
            self._limiter = CapacityLimiter(self.at_once)
        self._here += 1
        try:
            return await to_thread.run_sync(call, limiter=self._limiter)
        finally:
            self._here -= 1


@dataclass(frozen=True)
class Desk:
    """The parts of one running service."""

    settings: Settings
    library: Library
    authenticator: Authenticator
    sessions: Sessions
    answerer: Callable[[OpenIndex, Filter], Answerer]  # for what one caller may find
    highlight: Highlight
    turns: Turns = field(default_factory=lambda: Turns(2, 64))


def desk_of(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


async def api_caller(request: Request) -> Caller:
    """Return who calls the API: nobody without an `Authorization` header. Raises Unauthenticated for a wrong one."""
    said = request.headers.getlist("authorization")
    if not said:
        return NOBODY
    if len(said) > 1:
        raise Unauthenticated("Wanted: one `Authorization: Bearer KEY` header.")
    token = bearer_token(said[0])
    return await anyio.to_thread.run_sync(desk_of(request).authenticator.caller, token)


async def reader(request: Request) -> Caller:
    """Return who reads a page: nobody without a session, or when it is over or its key has been revoked."""
    desk = desk_of(request)
    subject = desk.sessions.subject(request.cookies.get(SESSION_COOKIE, ""))
    if not subject:
        return NOBODY
    try:
        return await anyio.to_thread.run_sync(desk.authenticator.resume, subject)
    except Unauthenticated:
        return NOBODY


AtDesk = Annotated[Desk, Depends(desk_of)]
ApiCaller = Annotated[Caller, Depends(api_caller)]
Reader = Annotated[Caller, Depends(reader)]
