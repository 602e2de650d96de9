"""What every route works with: the parts of the service, who is asking, and the engine's turn-taking."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request

from index.types import Filter
from service.access_settings import LimitSettings
from service.answering.answers import Answerer
from service.auth.audit import AuditLog
from service.auth.callers import Authenticator
from service.auth.openid import OpenId
from service.auth.sessions import Sessions
from service.feeds.ledger import Ledger
from service.forum.service import E5_SMALL, Threshold
from service.http.concurrency import Turns as Turns
from service.http.metrics import Metrics
from service.http.rate_limits import Limits
from service.journal.service import Journal
from service.library.open_index import Library, OpenIndex
from service.obstacles.store import Register, register_in
from service.pictures.service import PageImages
from service.search.responses import Highlight
from service.settings import Settings


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


AtDesk = Annotated[Desk, Depends(desk_of)]
