"""The journal: what people did here, never what documents say, kept for a set time and without anybody's name.

A request hands a record over and goes on; one thread writes. When the writer cannot keep up, or the disk is full,
records are lost and the log says so: no search waits for them. Words somebody typed are written only if they agreed
(`Consent`).
"""

from __future__ import annotations

import logging
import queue
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Final, TypeVar

from fastapi import Depends

from index.clock import utc_now
from index.errors import StoreError
from index.store.private_database import Location
from index.types import Filter
from service.http.dependencies import provided
from service.journal.store import (
    JournalStore,
    OpeningRecord,
    Record,
    SearchRecord,
    TextTopics,
    VoteRecord,
    daily_digest,
)

log = logging.getLogger("passerelle.journal")

QUEUE_SIZE: Final = 2000
BATCH_SIZE: Final = 200  # records of one transaction
PURGE_EVERY_S: Final = 3600.0
RETRY_S: Final = 0.5
# A vote may come before its search, when another worker has that one to write: it is tried again for this long.
GRACE_PERIOD: Final = timedelta(seconds=10)
SET_FILTERS: Final = ("languages", "kinds", "themes", "countries", "borders")
VALUE_FILTERS: Final = ("published_from", "published_to", "valid_on")
T = TypeVar("T")
QueueItem = Record | threading.Event | None  # for the writer: a record, a flush that waits, the end


@dataclass(frozen=True, slots=True)
class Consent:
    """Whether somebody agreed that their words are kept, and who they are, "" when not signed in."""

    is_given: bool = False
    subject: str = ""


@dataclass(frozen=True, slots=True)
class SearchEvent:
    """What one search or question gave. `began` is when it did, by `time.perf_counter`."""

    channel: str  # "page", "api", "chat", "mcp"
    kind: str  # "search", "question", "experiences", "comparison"
    query: str
    within: Filter
    shown: tuple[str, ...] = ()  # ids of the documents shown, best first
    began: float = field(default_factory=time.perf_counter)
    answered: bool | None = None  # None: no answer was asked for


@dataclass
class Journal:
    """Hands records to its writer. `days` 0 keeps nothing; `understand` gives a text's language and concepts."""

    location: Location
    days: int = 90
    secret: str = field(default="", repr=False)
    former_secrets: tuple[str, ...] = field(default=(), repr=False)  # by which older entries are still found
    understand: Callable[[str], TextTopics] = lambda text: TextTopics("", ())
    now: Callable[[], datetime] = utc_now
    _queue: queue.Queue[QueueItem] = field(default_factory=lambda: queue.Queue(QUEUE_SIZE), repr=False)
    _writer: threading.Thread | None = field(default=None, repr=False)
    _starting: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _lost: int = 0

    @property
    def store(self) -> JournalStore:
        return JournalStore(self.location, self.understand)

    def new_token(self) -> str:
        """Return the id of a new search, which openings and votes refer to; "" when nothing is kept."""
        return secrets.token_urlsafe(9) if self.days else ""

    def record_search(self, event: SearchEvent, consent: Consent, token: str = "") -> str:
        """Record a search that is over and return its token, a new one unless it has one already."""
        token, at = token or self.new_token(), self.now()
        self._put(
            SearchRecord(
                token=token,
                at=at,
                channel=event.channel,
                kind=event.kind,
                audience=event.within.audience.value,
                query=event.query,
                is_query_kept=consent.is_given,
                who=self._who(consent, at),
                filters=_filters_set(event.within),
                shown=event.shown,
                answered=event.answered,
                took_ms=(time.perf_counter() - event.began) * 1000,
            )
        )
        return token

    def record_opening(self, token: str, document_id: str) -> None:
        """Record that a result of a search was opened; what the search did not show is ignored."""
        self._put(OpeningRecord(token, document_id, self.now()))

    def record_vote(
        self, token: str, document_id: str, *, helped: bool, word: str, audience: str, consent: Consent
    ) -> None:
        """Record whether a result, or with no document the answer, helped. A word that is sent may be kept."""
        at = self.now()
        who = self._who(Consent(bool(word), consent.subject), at)
        self._put(VoteRecord(token, document_id, at, helped, word, audience, who))

    def erase_subject(self, subject: str) -> int:
        """Erase the words of one person, those still queued too, and return how many records that were."""
        self.flush()
        return sum(self.store.erase_subject(secret, subject) for secret in self._secrets(subject))

    def words_of(self, subject: str) -> list[dict[str, str]]:
        """Return the words of one person, their searches and remarks, those still queued too."""
        self.flush()
        return [words for secret in self._secrets(subject) for words in self.store.words_of(secret, subject)]

    def _secrets(self, subject: str) -> tuple[str, ...]:
        """Return the secrets a subject's pseudonyms may be made with; none for nobody."""
        return (self.secret, *self.former_secrets) if subject else ()

    def start(self) -> None:
        """Start the writer, which also purges what is too old; otherwise the first record starts it."""
        with self._starting:
            if self._writer is None and self.days:
                self._writer = threading.Thread(target=self._write, name="journal", daemon=True)
                self._writer.start()

    def stop(self) -> None:
        """Write what is queued and end the writer."""
        with self._starting:
            writer, self._writer = self._writer, None
        if writer is not None:
            self._queue.put(None)
            writer.join(timeout=10)

    def flush(self, timeout_s: float = 10.0) -> None:
        """Wait until everything handed over so far is written, at most `timeout_s`."""
        if self._writer is not None:
            reached = threading.Event()
            self._queue.put(reached, timeout=timeout_s)
            reached.wait(timeout_s)

    def _who(self, consent: Consent, at: datetime) -> str:
        """Return the day's pseudonym by which somebody's words can be found and erased; "" where none are kept."""
        return daily_digest(self.secret, consent.subject, at.date()) if consent.is_given and consent.subject else ""

    def _put(self, record: Record) -> None:
        if not self.days:
            return
        self.start()
        try:
            self._queue.put_nowait(record)
        except queue.Full:
            self._lost += 1
            if self._lost == 1 or self._lost % 1000 == 0:
                log.warning("the journal cannot keep up: %d records lost since the start", self._lost)

    def _write(self) -> None:
        purged, early = None, list[Record]()
        while True:
            today = self.now().date()
            if purged != today:
                self._safely("purge what is too old", partial(self.store.purge, today, self.days))
                purged = today
            records, flushes, is_over = self._next_batch(RETRY_S if early else PURGE_EVERY_S)
            if records := early + records:
                unmatched = self._safely(f"keep {len(records)} records", partial(self.store.add, records)) or []
                early = [record for record in unmatched if self.now() - record.at < GRACE_PERIOD][:QUEUE_SIZE]
            for flush in flushes:
                flush.set()
            if is_over:
                return

    def _next_batch(self, timeout_s: float) -> tuple[list[Record], list[threading.Event], bool]:
        """Wait for queued items; return the records, the flushes that wait for them, and whether this is the end."""
        items: list[QueueItem] = []
        with suppress(queue.Empty):
            items.append(self._queue.get(timeout=timeout_s))
            while len(items) < BATCH_SIZE:
                items.append(self._queue.get_nowait())
        records = [item for item in items if item is not None and not isinstance(item, threading.Event)]
        return records, [item for item in items if isinstance(item, threading.Event)], None in items

    def _safely(self, what: str, work: Callable[[], T]) -> T | None:
        try:
            return work()
        except (sqlite3.Error, StoreError, OSError):  # a full disk must not end the writer, and never reaches a request
            log.exception("the journal could not %s", what)
            return None


def _filters_set(within: Filter) -> tuple[str, ...]:
    """Return the filters somebody set, as "themes=health"."""
    several = [(name, value) for name in SET_FILTERS for value in sorted(getattr(within, name))]
    single = [(name, value) for name in VALUE_FILTERS if (value := getattr(within, name)) is not None]
    return tuple(f"{name}={value}" for name, value in [*several, *single])


JournalDependency = Annotated[Journal, Depends(provided(Journal))]
