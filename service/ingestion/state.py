"""What the reader of a service is doing and did last, and what it was asked for: two small files of the data folder.

Every process of the service reads them; its leader alone writes the state.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal

from index.clock import utc_now
from index.reasons import recall_reason
from index.store.atomic_files import write_atomically
from service.ingestion.command import holds_lock, lock_holder

STATE: Final = "ingestion-state.json"
REQUEST: Final = "ingestion-request.json"
SOURCES: Final = "ingest-sources.json"  # written by the ingestion command
WATCHING: Final = "ingest-watching"  # touched by an ingestion job that watches
READING: Final = "ingestion-reading"  # touched by the reader of a service
FRESH_S: Final = 30.0
What = Literal["uploads", "again"]


@dataclass(frozen=True, slots=True)
class Run:
    """A run of the command: what it reads, for whom, since when; and how it ended, if it has."""

    what: What
    by: str
    since: str
    pid: int = 0
    ended: str = ""
    is_done: bool = False
    message: str = ""  # what it said, in English
    recorded: tuple[Mapping[str, Any], ...] = ()  # the same as reasons with their codes: {"reason", "code", "values"}

    @property
    def reasons(self) -> tuple[str, ...]:
        """What it said, a reason at a time."""
        reasons = tuple(recall_reason(str(entry.get("reason", "")), entry) for entry in self.recorded)
        return reasons or ((self.message,) if self.message else ())


@dataclass(frozen=True, slots=True)
class State:
    """The run under way, the last one, and after failures when the next try is due (seconds since the epoch)."""

    running: Run | None = None
    last: Run | None = None
    failures: int = 0
    next_try: float = 0.0


@dataclass(frozen=True, slots=True)
class Request:
    """That somebody of the staff wants the sources of former runs to be read again."""

    at: str
    by: str


@dataclass(frozen=True, slots=True)
class KnownSource:
    """A source that a run of the command recorded, with its options."""

    source: str
    folder: str
    options: tuple[str, ...]
    at: str
    environ: Mapping[str, str] = field(default_factory=dict)  # settings of ingestion that only such a run has


@dataclass(frozen=True, slots=True)
class Status:
    """What staff are shown of the reading of documents.

    `reader` says who reads what waits: this service, a job that watches, or nobody. `is_reading`: a run of the service
    is at work; `waits_for` names the other job whose end it waits for, else "".
    """

    reader: Literal["service", "watch", "nobody"]
    is_reading: bool
    waits_for: str
    running: Run | None
    last: Run | None
    requested: Request | None
    is_read_here: bool  # whether a reader of this service is at work, beside a job that watches or alone
    sources: tuple[KnownSource, ...] = field(default=())

    @property
    def stopped(self) -> tuple[str, ...]:
        """Return why the last run stopped before its end, nothing if it did not."""
        return self.last.reasons if self.last is not None and not self.last.is_done else ()

    @property
    def is_busy(self) -> bool:
        """Say whether something is under way or asked for, so that the page will say something else soon."""
        return self.is_read_here and (self.running is not None or self.requested is not None)


@dataclass(frozen=True)
class IngestionFiles:
    """The files of one data folder."""

    data: Path

    def state(self) -> State:
        try:
            payload = json.loads((self.data / STATE).read_text(encoding="utf-8"))
            runs = {name: Run(**payload[name]) if payload.get(name) else None for name in ("running", "last")}
            return State(**{**payload, **runs})
        except (OSError, ValueError, KeyError, TypeError):  # none yet; what it says is remade by the next run
            return State()

    def write_state(self, state: State) -> None:
        with write_atomically(self.data / STATE) as file:
            file.write(json.dumps(asdict(state), ensure_ascii=False).encode())

    def begin(self, run: Run) -> None:
        self.write_state(replace(self.state(), running=run))

    def request(self) -> Request | None:
        try:
            return Request(**json.loads((self.data / REQUEST).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def ask(self, by: str) -> Request:
        """Ask for the sources of former runs to be read again; what was asked for before stays asked for."""
        request = Request(utc_now().isoformat(timespec="seconds"), by)
        self.data.mkdir(parents=True, exist_ok=True)
        with write_atomically(self.data / REQUEST, durable=True) as file:
            file.write(json.dumps(asdict(request), ensure_ascii=False).encode())
        return request

    def settle(self, request: Request) -> None:
        """Forget a request that was seen to; a newer one stays."""
        if self.request() == request:
            (self.data / REQUEST).unlink(missing_ok=True)

    def sources(self) -> tuple[KnownSource, ...]:
        """Return the sources that former runs recorded; none where there is no record that can be read."""
        try:
            entries = json.loads((self.data / SOURCES).read_text(encoding="utf-8"))["sources"]
            return tuple(
                KnownSource(
                    entry["source"], entry["folder"], tuple(entry["options"]), entry["at"], entry.get("environ", {})
                )
                for entry in entries
            )
        except (OSError, ValueError, KeyError, TypeError):
            return ()

    def touch(self) -> None:
        """Leave the sign that a reader of the service is alive."""
        (self.data / READING).touch()

    def rest(self) -> None:
        (self.data / READING).unlink(missing_ok=True)

    @property
    def is_watched(self) -> bool:
        """Say whether an ingestion job watches, and will read what waits by itself."""
        return self._is_fresh(WATCHING)

    def status(self) -> Status:
        state, reader = self.state(), self._is_fresh(READING)
        running = state.running if reader else None
        is_reading = running is not None and holds_lock(self.data, running.pid)
        return Status(
            reader="watch" if self.is_watched else "service" if reader else "nobody",
            is_reading=is_reading,
            waits_for=lock_holder(self.data) if running and not is_reading else "",
            running=running,
            last=state.last,
            requested=self.request(),
            is_read_here=reader,
            sources=self.sources(),
        )

    def _is_fresh(self, name: str) -> bool:
        try:
            return abs(time.time() - (self.data / name).stat().st_mtime) < FRESH_S
        except OSError:
            return False
