"""The audit log: who did what with a key or as staff, one JSON line each, a file a day. Never what was searched.

What staff do is refused while it cannot be noted; readers are not held up.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from index.clock import utc_now
from index.documents import Audience
from index.store.locks import exclusive_lock
from service.auth import audit_chain
from service.auth.callers import NOBODY, Caller
from service.errors import AuditUnavailable

log = logging.getLogger("passerelle.audit")

STAFF_PATHS: Final = ("/staff", "/api/v1/staff")
READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass
class AuditLog:
    """Appends to `<folder>/YYYY-MM-DD.jsonl`, one chain over all files; files older than `days` are removed.

    Several processes may write. Without a folder nothing is written.
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
            with self._locked(self.folder) as folder:
                self._sweep(folder, at)
                audit_chain.append(folder, _file_of(at), line)
        except OSError:  # a full disk must not keep members from reading
            log.exception("%s of %s could not be noted", action, actor.subject)

    def check(self) -> None:
        """See that the log can be written, before something is done that has to be in it. Raises AuditUnavailable."""
        if self.folder is None:
            return
        try:
            with self._locked(self.folder) as folder:
                audit_chain.try_to_write(folder, _file_of(self.now()))
        except OSError as error:
            log.exception("the audit log cannot be written: what has to be in it is refused")
            raise AuditUnavailable(
                f"{self.folder}: the audit log cannot be written ({error.strerror}), so nothing is done that has to be "
                "in it. See that the disk has room and that the service may write there."
            ) from error

    def verify(self, known: str = "") -> audit_chain.Verdict:
        """Follow the chain to the first line that does not fit; `known` is the hash of a line that must be there."""
        if self.folder is None:
            raise ValueError("no audit log is kept")
        return audit_chain.verify(self.folder, known)

    def lines_of(self, subject: str, key: str = "") -> list[dict[str, Any]]:
        """Return the lines about somebody, the earliest first, with those that a command wrote about their key."""
        lines = audit_chain.read(self.folder) if self.folder else ()
        return [line for line in lines if line.get("subject") == subject or (key and line.get("key") == key)]

    def latest(self, about: str, most: int) -> list[dict[str, Any]]:
        """Return the latest lines of actions that begin with this word, such as "keys revoke", the newest first."""
        lines: list[dict[str, Any]] = []
        for path in sorted(self.folder.glob(audit_chain.FILES), reverse=True) if self.folder else ():
            of_day = [line for line in audit_chain.read_file(path) if line.get("action", "").startswith(f"{about} ")]
            lines += reversed(of_day)
            if len(lines) >= most:
                break
        return lines[:most]

    @contextmanager
    def _locked(self, folder: Path) -> Iterator[Path]:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with exclusive_lock(audit_chain.lock_path(folder)):
            yield folder

    def _sweep(self, folder: Path, at: datetime) -> None:
        """Remove the files that are too old, and note the hash of the last line removed: the chain begins after it."""
        if self._swept == at.date():
            return
        self._swept = at.date()
        oldest = (at.date() - timedelta(days=self.days)).isoformat()
        old = [path for path in sorted(folder.glob(audit_chain.FILES)) if path.stem < oldest]
        if not old:
            return
        until = audit_chain.last_hash_of(old[-1])
        line = {"at": at.isoformat(timespec="milliseconds"), "action": audit_chain.SWEEP, "until": until}
        audit_chain.append(folder, _file_of(at), line)
        for path in old:
            path.unlink(missing_ok=True)


def _file_of(at: datetime) -> str:
    return f"{at.date().isoformat()}.jsonl"


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
