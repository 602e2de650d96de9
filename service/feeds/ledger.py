"""Since when each public document stands as it does: what feeds and harvesters ask, and the index does not keep.

A small SQLite file of its own, made from what the service sees: a document has the time of the look at which it was
first seen with its present fingerprint. Nothing but public documents is ever in it; lost, it begins anew.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from index.documents import Audience
from index.types import DocumentCard, ListedDocument
from service.library.open_index import Documents

_LOG: Final = logging.getLogger("passerelle.feeds")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS seen (
    id TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, first_seen TEXT NOT NULL, changed TEXT NOT NULL
) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class Record:
    """A public document, when it was first seen and when it last changed (whole seconds, UTC)."""

    card: DocumentCard
    first_seen: datetime
    changed: datetime


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@dataclass
class Ledger:
    """Keeps the records of one store up to its generation; safe to be asked from several threads."""

    path: Path
    now: Callable[[], datetime] = _now
    _records: tuple[Record, ...] = ()
    _generation: int | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def records(self, store: Documents) -> tuple[Record, ...]:
        """Return the public documents as they stand, the one that changed longest ago first, then by id."""
        with self._lock:
            generation = store.generation
            if generation != self._generation:
                self._records = self._look(store)
                self._generation = generation
            return self._records

    def _look(self, store: Documents) -> tuple[Record, ...]:
        listed = {one.card.id: one for one in store.listed(Audience.PUBLIC)}
        try:
            times = self._times(listed)
        except sqlite3.OperationalError:  # the disk is full, or another holds it: nothing is damaged
            raise
        except (sqlite3.DatabaseError, ValueError, TypeError) as error:
            _LOG.warning("%s: damaged (%s); it begins anew", self.path, error)
            self.path.unlink()
            times = self._times(listed)
        found = [Record(one.card, *times[name]) for name, one in listed.items()]
        return tuple(sorted(found, key=lambda one: (one.changed, one.card.id)))

    def _times(self, listed: dict[str, ListedDocument]) -> dict[str, tuple[datetime, datetime]]:
        """Take over what is listed and return of each document when it was first seen and last changed."""
        with self._open() as db:
            known = {one[0]: one[1:] for one in db.execute("SELECT id, fingerprint, changed FROM seen")}
            # A harvester asks for what changed since the last time: no change may seem older than those it has.
            now = max([self.now().isoformat(), *(changed for _, changed in known.values())])
            gone = [(one,) for one in known if one not in listed]
            db.executemany("DELETE FROM seen WHERE id = ?", gone)
            changed = [
                (name, one.fingerprint, now, now)
                for name, one in listed.items()
                if known.get(name, ("",))[0] != one.fingerprint
            ]
            db.executemany(
                "INSERT INTO seen VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE"
                " SET fingerprint = excluded.fingerprint, changed = excluded.changed",
                changed,
            )
            found = db.execute("SELECT id, first_seen, changed FROM seen").fetchall()
            return {name: (datetime.fromisoformat(first), datetime.fromisoformat(last)) for name, first, last in found}

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(self.path, timeout=10, isolation_level=None)
        try:
            db.execute(_SCHEMA)
            db.execute("BEGIN IMMEDIATE")
            yield db
            db.execute("COMMIT")
        finally:
            db.close()
