"""The journal: what people did here, never what documents say, kept for a set time and without anybody's name.

A request hands a record over and goes on; one thread writes. When it cannot keep up, or the disk is full, records are
lost and the log says so: no search waits for them. Words somebody typed are written only if they agreed (`Consent`).
"""

from __future__ import annotations

import logging
import queue
import secrets
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from service.journal.store import JournalStore, Opened, Record, Searched, Understood, Voted, daily_digest

log = logging.getLogger("passerelle.journal")

MOST_WAITING: Final = 2000
AT_ONCE: Final = 200  # records of one transaction
PURGE_EVERY_S: Final = 3600.0
EARLY: Final = timedelta(seconds=10)  # a vote may come before its search, when another worker has that one to write
AGAIN_S: Final = 0.5
T = TypeVar("T")
Handed = Record | threading.Event | None  # to the writer: a record, somebody who waits for those before, the end


@dataclass(frozen=True, slots=True)
class Consent:
    """Whether somebody agreed that their words are kept, and who they are, "" for nobody known."""

    is_given: bool = False
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one search or question gave: what is told of it when it is over."""

    channel: str  # "page", "api", "chat", "mcp"
    what: str  # "search", "question", "experiences"
    query: str
    audience: str
    filters: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()  # ids of the documents shown, best first
    answered: bool | None = None  # None: no answer was wanted
    took_ms: float = 0.0


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Journal:
    """Hands records to its writer. `days` 0 writes nothing; `understand` tells a text's language and concepts."""

    path: Path
    days: int = 90
    secret: str = field(default="", repr=False)
    understand: Callable[[str], Understood] = lambda text: Understood("", ())
    now: Callable[[], datetime] = _now
    _waiting: queue.Queue[Handed] = field(default_factory=lambda: queue.Queue(MOST_WAITING), repr=False)
    _writer: threading.Thread | None = field(default=None, repr=False)
    _starting: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _lost: int = 0

    @property
    def store(self) -> JournalStore:
        return JournalStore(self.path, self.understand)

    def new_token(self) -> str:
        """Return what a search, and whatever follows from it, will be told with; "" when nothing is kept."""
        return secrets.token_urlsafe(9) if self.days else ""

    def searched(self, token: str, seen: Seen, consent: Consent) -> None:
        """Note a search."""
        at = self.now()
        self._put(
            Searched(
                token=token,
                at=at,
                channel=seen.channel,
                what=seen.what,
                audience=seen.audience,
                query=seen.query,
                is_query_kept=consent.is_given,
                who=self._who(consent, at),
                filters=seen.filters,
                shown=seen.shown,
                answered=seen.answered,
                took_ms=seen.took_ms,
            )
        )

    def opened(self, token: str, document_id: str) -> None:
        """Note that a result of a search was opened; what was not shown there is not noted."""
        self._put(Opened(token, document_id, self.now()))

    def voted(self, token: str, document_id: str, *, helped: bool, word: str, audience: str, consent: Consent) -> None:
        """Note whether a result, or with no document the answer, helped. A word that is sent may be kept."""
        at = self.now()
        who = self._who(Consent(bool(word), consent.subject), at)
        self._put(Voted(token, document_id, at, helped, word, audience, who))

    def erase_subject(self, subject: str) -> int:
        """Erase the words of one person, those still waiting too, and return how many records that were."""
        self.flush()
        return self.store.erase_subject(self.secret, subject) if subject else 0

    def start(self) -> None:
        """Start the writer, which also forgets what is too old; without it, the first record does."""
        with self._starting:
            if self._writer is None and self.days:
                self._writer = threading.Thread(target=self._write, name="journal", daemon=True)
                self._writer.start()

    def stop(self) -> None:
        """Write what waits and end the writer."""
        with self._starting:
            writer, self._writer = self._writer, None
        if writer is not None:
            self._waiting.put(None)
            writer.join(timeout=10)

    def flush(self, timeout_s: float = 10.0) -> None:
        """Wait until everything handed over so far is written, but not for ever."""
        if self._writer is not None:
            reached = threading.Event()
            self._waiting.put(reached, timeout=timeout_s)
            reached.wait(timeout_s)

    def _who(self, consent: Consent, at: datetime) -> str:
        """Return what finds somebody's words again to erase them, another value each day; "" where none are kept."""
        return daily_digest(self.secret, consent.subject, at.date()) if consent.is_given and consent.subject else ""

    def _put(self, record: Record) -> None:
        if not self.days:
            return
        self.start()
        try:
            self._waiting.put_nowait(record)
        except queue.Full:
            self._lost += 1
            if self._lost == 1 or self._lost % 1000 == 0:
                log.warning("the journal cannot keep up: %d records lost since the start", self._lost)

    def _write(self) -> None:
        purged, early = None, list[Record]()
        while True:
            today = self.now().date()
            if purged != today:
                self._safely("forget what is too old", partial(self.store.purge, today, self.days))
                purged = today
            records, reached, is_over = self._next(AGAIN_S if early else PURGE_EVERY_S)
            if records := early + records:
                left = self._safely(f"keep {len(records)} records", partial(self.store.add, records)) or []
                early = [one for one in left if self.now() - one.at < EARLY][:MOST_WAITING]
            for one in reached:
                one.set()
            if is_over:
                return

    def _next(self, waiting_s: float) -> tuple[list[Record], list[threading.Event], bool]:
        """Wait so long for records; return those there are, who waits until they are written, whether it is over."""
        found: list[Handed] = []
        with suppress(queue.Empty):
            found.append(self._waiting.get(timeout=waiting_s))
            while len(found) < AT_ONCE:
                found.append(self._waiting.get_nowait())
        records = [one for one in found if one is not None and not isinstance(one, threading.Event)]
        return records, [one for one in found if isinstance(one, threading.Event)], None in found

    def _safely(self, what: str, work: Callable[[], T]) -> T | None:
        try:
            return work()
        except (sqlite3.Error, OSError):  # a full disk must not end the writer, and never reaches a request
            log.exception("the journal could not %s", what)
            return None
