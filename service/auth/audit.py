"""The audit log: who did what with a key or as staff, one JSON line each, a file a day. Never what was searched."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from index.clock import utc_now
from index.documents import Audience
from service.auth.callers import NOBODY, Caller

log = logging.getLogger("passerelle.audit")

STAFF_PATHS: Final = ("/staff", "/api/v1/staff")
READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass
class AuditLog:
    """Appends to `<folder>/YYYY-MM-DD.jsonl`, each line in one write; files older than `days` are removed.

    Without a folder nothing is written.
    """

    folder: Path | None = None
    days: int = 365
    now: Callable[[], datetime] = utc_now
    _swept: date | None = field(default=None, repr=False)

    def write(self, action: str, actor: Caller, **details: Any) -> None:
        """Record that `actor` did `action`; `details` are names and numbers that may be kept, never words."""
        if self.folder is None:
            return
        at = self.now()
        who = {"subject": actor.subject, "name": actor.name, "audience": actor.audience.value}
        line = {"at": at.isoformat(timespec="milliseconds"), "action": action, **who, **details}
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._sweep(at.date())
            path = self.folder / f"{at.date().isoformat()}.jsonl"
            file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(file, (json.dumps(line, ensure_ascii=False) + "\n").encode("utf-8", "replace"))
            finally:
                os.close(file)
        except OSError:  # a full disk must not keep members from reading
            log.exception("%s of %s could not be noted", action, actor.subject)

    def _sweep(self, today: date) -> None:
        if self._swept == today or self.folder is None:
            return
        self._swept = today
        oldest = (today - timedelta(days=self.days)).isoformat()
        for path in self.folder.glob("????-??-??.jsonl"):
            if path.stem < oldest:
                with suppress(FileNotFoundError):  # another process was first
                    path.unlink()


class AuditMiddleware:
    """Records each use of a key on the API, and everything staff do on pages and API.

    The caller is known once a route depends on them (`request.state.caller`). Only the path is kept, never the query.
    """

    def __init__(self, app: ASGIApp, audit: AuditLog) -> None:
        self.app, self.audit = app, audit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state, status = scope.setdefault("state", {}), 0

        async def send_recorded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, send_recorded)
        finally:
            caller = state.get("caller", NOBODY)
            action = _action(caller, scope["method"], scope["path"], state.get("by_token", False))
            if action:
                self.audit.write(action, caller, method=scope["method"], path=scope["path"], status=status)


def _action(caller: Caller, method: str, path: str, by_token: bool) -> str:
    """Return the action a request is recorded as, "" for none."""
    if caller.audience is Audience.STAFF and (path.startswith(STAFF_PATHS) or (method not in READS and not by_token)):
        return "staff"
    return "key" if by_token and caller.subject.startswith("key:") else ""
