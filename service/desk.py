"""What every route works with: the parts of the service, who is asking, and the engine's turn-taking."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Annotated

import anyio
from fastapi import Depends, Request

from index.documents import Audience
from index.interfaces import Filter
from service.access_settings import LimitSettings
from service.answering.answers import Answerer
from service.audit import AuditLog
from service.auth import NOBODY, Authenticator, Caller, Unauthenticated, bearer_token
from service.feeds.ledger import Ledger
from service.gate import address_of
from service.journal.journal import Journal
from service.library import Library, OpenIndex
from service.limits import Limits
from service.metrics import Metrics
from service.obstacles.store import Register, register_in
from service.openid import OpenId
from service.pictures.page_images import PageImages
from service.presenting import Highlight
from service.scopes import Forbidden, Scope, required_scope
from service.sessions import SESSION_COOKIE, Sessions
from service.settings import Settings
from service.suggestions import E5_SMALL, Threshold
from service.turns import Turns as Turns


@dataclass(frozen=True)
class Desk:
    """The parts of one running service."""

    settings: Settings
    library: Library
    authenticator: Authenticator
    sessions: Sessions
    answerer: Callable[[OpenIndex, Filter], Answerer]  # for what one caller may find
    highlight: Highlight
    threshold: Threshold = E5_SMALL  # when a prior solution is near enough to be shown
    thesaurus: Path | None = None  # SKOS in Turtle: recognises what situations and cases name
    open_id: OpenId | None = None
    limits: Limits = field(default_factory=lambda: Limits(LimitSettings()))
    audit: AuditLog = field(default_factory=AuditLog)
    journal: Journal = field(default_factory=lambda: Journal(Path("journal.sqlite"), days=0))
    metrics: Metrics = field(default_factory=Metrics)
    page_images: PageImages = field(default_factory=PageImages)
    turns: Turns = field(default_factory=lambda: Turns(2, 64))
    waits: Turns = field(default_factory=lambda: Turns(16, 64))  # for a language model elsewhere

    @cached_property
    def ledger(self) -> Ledger:
        """Return since when each public document stands as it does, for feeds and harvesters."""
        return Ledger(self.settings.index.data / "ledger.sqlite")

    @cached_property
    def obstacles(self) -> Register:
        """Return the register of unresolved obstacles."""
        return register_in(self.settings.index.data)

    @property
    def answering(self) -> Turns:
        """Return the turns an answer is made in: waiting for a language model must not keep others from searching."""
        return self.waits if self.settings.model else self.turns


def desk_of(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


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
    caller = await anyio.to_thread.run_sync(desk_of(request).authenticator.caller, token)
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
    desk, cookie = desk_of(request), request.cookies.get(SESSION_COOKIE, "")
    if not cookie:
        return NOBODY
    try:
        caller = await anyio.to_thread.run_sync(lambda: desk.authenticator.resume(desk.sessions.subject(cookie)))
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
    desk_of(request).limits.take_caller(caller.subject, address_of(request.scope))


AtDesk = Annotated[Desk, Depends(desk_of)]
ApiCaller = Annotated[Caller, Depends(api_caller)]
Reader = Annotated[Caller, Depends(reader)]
