"""The audit log: who did what with a key or as staff, one JSON line each, a file a day. Never what was searched.

Where several machines share a PostgreSQL database it is a table of that (`service.auth.audit_table`).
What staff do is refused while it cannot be noted; readers are not held up.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

from anyio import CancelScope, to_thread
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from index.clock import utc_now
from index.documents import Audience
from index.errors import StoreError
from index.store.locks import exclusive_lock
from service.auth import audit_chain
from service.auth.callers import NOBODY, Caller
from service.errors import AuditUnavailable

log = logging.getLogger("passerelle.audit")

STAFF_PATHS: Final = ("/staff", "/api/v1/staff")
READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class AuditChain(Protocol):
    """Where the lines are kept, in one chain. Its methods raise OSError or StoreError where it cannot be reached."""

    @property
    def name(self) -> str:
        """What messages call it."""
        ...

    @property
    def is_remote(self) -> bool:
        """Say whether a server has to be waited for."""
        ...

    def append(self, day: date, line: dict[str, Any], sweep: Sweep | None = None) -> None:
        """Add a line that follows the last one, after a sweep where there is to be one."""
        ...

    def try_to_write(self, day: date) -> None:
        """Write something and take it back."""
        ...

    def present(self) -> audit_chain.Lines:
        """Return what yields the lines as they are now, whatever is added meanwhile."""
        ...

    def days(self) -> Iterator[Iterable[bytes]]:
        """Yield the lines of each day, the latest day first, the lines in order."""
        ...


class Sweep(NamedTuple):
    """Removes what is older than a day; `line` says so, and is given the hash of the last line removed as `until`."""

    oldest: date
    line: dict[str, Any]


@dataclass(frozen=True)
class AuditFolder:
    """`<folder>/YYYY-MM-DD.jsonl`, one chain over all files. Several processes of a machine may write."""

    folder: Path
    is_remote = False

    @property
    def name(self) -> str:
        return str(self.folder)

    def append(self, day: date, line: dict[str, Any], sweep: Sweep | None = None) -> None:
        with self._locked():
            if sweep:
                self._sweep(day, sweep)
            audit_chain.append(self.folder, _file_of(day), line)

    def try_to_write(self, day: date) -> None:
        with self._locked():
            audit_chain.try_to_write(self.folder, _file_of(day))

    def present(self) -> audit_chain.Lines:
        return audit_chain.present_lines(self.folder)

    def days(self) -> Iterator[Iterable[bytes]]:
        for path in sorted(self.folder.glob(audit_chain.FILES), reverse=True):
            yield audit_chain.lines_of_file(path)

    def dated_lines(self) -> Iterator[tuple[str, bytes]]:
        """Yield every line with its day, the earliest first."""
        for path in sorted(self.folder.glob(audit_chain.FILES)):
            for line in audit_chain.lines_of_file(path):
                yield path.stem, line

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with exclusive_lock(audit_chain.lock_path(self.folder)):
            yield

    def _sweep(self, day: date, sweep: Sweep) -> None:
        """Remove the files that are too old, and note the hash of the last line removed: the chain begins after it."""
        old = [path for path in sorted(self.folder.glob(audit_chain.FILES)) if path.stem < sweep.oldest.isoformat()]
        if not old:
            return
        until = audit_chain.last_hash_of(old[-1])
        audit_chain.append(self.folder, _file_of(day), sweep.line | {"until": until})
        for path in old:
            path.unlink(missing_ok=True)


@dataclass
class AuditLog:
    """Appends to a chain, from which lines older than `days` are removed; without a chain nothing is kept."""

    chain: AuditChain | None = None
    days: int = 365
    now: Callable[[], datetime] = utc_now
    _swept: date | None = field(default=None, repr=False)

    @property
    def is_remote(self) -> bool:
        """Say whether a server has to be waited for."""
        return self.chain is not None and self.chain.is_remote

    def write(self, action: str, actor: Caller, **details: Any) -> None:
        """Record that `actor` did `action`; `details` are names and numbers that may be kept, never words."""
        if self.chain is None:
            return
        at = self.now()
        who = {"subject": actor.subject, "name": actor.name, "audience": actor.audience.value}
        line = {"at": at.isoformat(timespec="milliseconds"), "action": action, **who, **details}
        try:
            self.chain.append(at.date(), line, self._sweep(at))
        except (OSError, StoreError) as error:  # a full disk must not keep members from reading
            log.error("%s of %s could not be noted: %s", action, actor.subject, error)

    def check(self) -> None:
        """See that the log can be written, before something is done that has to be in it. Raises AuditUnavailable."""
        if self.chain is None:
            return
        try:
            self.chain.try_to_write(self.now().date())
        except (OSError, StoreError) as error:
            log.error("the audit log cannot be written: what has to be in it is refused (%s)", error)
            raise AuditUnavailable(
                f"{self.chain.name}: the audit log cannot be written ({getattr(error, 'strerror', error)}), so nothing "
                "is done that has to be in it. See that the disk has room and that the service may write there."
            ) from error

    def verify(self, known: str = "") -> audit_chain.Verdict:
        """Follow the chain to the first line that does not fit; `known` is the hash of a line that must be there."""
        if self.chain is None:
            raise ValueError("no audit log is kept")
        return audit_chain.verify(self.chain.present(), known)

    def lines_of(self, subject: str, key: str = "") -> list[dict[str, Any]]:
        """Return the lines about somebody, the earliest first, with those that a command wrote about their key."""
        lines = audit_chain.parse(line for _, line in self.chain.present()()) if self.chain else ()
        return [line for line in lines if line.get("subject") == subject or (key and line.get("key") == key)]

    def latest(self, about: str, most: int) -> list[dict[str, Any]]:
        """Return the latest lines of actions that begin with this word, such as "keys revoke", the newest first."""
        lines: list[dict[str, Any]] = []
        for day in self.chain.days() if self.chain else ():
            of_day = [line for line in audit_chain.parse(day) if line.get("action", "").startswith(f"{about} ")]
            lines += reversed(of_day)
            if len(lines) >= most:
                break
        return lines[:most]

    def _sweep(self, at: datetime) -> Sweep | None:
        """Return what has to be removed, None when that was done today."""
        if self._swept == at.date():
            return None
        self._swept = at.date()
        line = {"at": at.isoformat(timespec="milliseconds"), "action": audit_chain.SWEEP}
        return Sweep(at.date() - timedelta(days=self.days), line)


def _file_of(day: date) -> str:
    return f"{day.isoformat()}.jsonl"


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
                write = partial(
                    self.audit.write, action, caller, method=scope["method"], path=scope["path"], status=status
                )
                if self.audit.is_remote:
                    with CancelScope(shield=True):  # noted, though whoever asked has left
                        await to_thread.run_sync(write)
                else:
                    write()


def _action(caller: Caller, method: str, path: str, by_token: bool) -> str:
    """Return the action a request is recorded as, "" for none."""
    if caller.audience is Audience.STAFF and (path.startswith(STAFF_PATHS) or (method not in READS and not by_token)):
        return "staff"
    return "key" if by_token and caller.subject.startswith("key:") else ""
