"""When each public document was first seen and last changed: what feeds and harvesters need and the index lacks.

A small database of its own, made from what the service sees: a document has the time of the look at which it was
first seen with its present fingerprint. Nothing but public documents is ever in it; a lost file is made anew.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from index.clock import utc_now
from index.documents import Access
from index.store.private_database import Location, PrivateDatabase
from index.types import DocumentCard, ListedDocument
from service.library.open_index import Documents

_LOG: Final = logging.getLogger("passerelle.feeds")
FILE: Final = "ledger.sqlite"
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS seen (
    id TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, first_seen TEXT NOT NULL, changed TEXT NOT NULL
) WITHOUT ROWID
"""


class LedgerDatabase(PrivateDatabase):
    """`<data>/ledger.sqlite`, or a schema of the server: all machines date a change alike."""

    steps = (lambda db: db.execute(_SCHEMA),)


@dataclass(frozen=True, slots=True)
class Record:
    """A public document, when it was first seen and when it last changed (whole seconds, UTC)."""

    card: DocumentCard
    first_seen: datetime
    changed: datetime


def _now() -> datetime:
    return utc_now().replace(microsecond=0)


@dataclass
class Ledger:
    """Keeps the records of one store up to its generation; safe to be used from several threads."""

    location: Location
    now: Callable[[], datetime] = _now
    _records: tuple[Record, ...] = ()
    _looked_at: object = None  # the state of the index that the records are of
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def records(self, store: Documents) -> tuple[Record, ...]:
        """Return the public documents as they stand, the one that changed longest ago first, then by id."""
        with self._lock:
            state = store.generation, store.hidden_state()
            if state != self._looked_at:
                self._records = self._look(store)
                self._looked_at = state
            return self._records

    def _look(self, store: Documents) -> tuple[Record, ...]:
        listed = {item.card.id: item for item in store.list_documents(Access())}
        try:
            times = self._times(listed)
        except sqlite3.OperationalError:  # the disk is full, or another holds it: nothing is damaged
            raise
        except (sqlite3.DatabaseError, ValueError, TypeError) as error:
            if not isinstance(self.location, Path):
                raise
            _LOG.warning("%s: damaged (%s); it begins anew", self.location, error)
            self.location.unlink()
            times = self._times(listed)
        records = [Record(item.card, *times[document_id]) for document_id, item in listed.items()]
        return tuple(sorted(records, key=lambda record: (record.changed, record.card.id)))

    def _times(self, listed: dict[str, ListedDocument]) -> dict[str, tuple[datetime, datetime]]:
        """Store what is listed and return of each document when it was first seen and last changed."""
        with LedgerDatabase(self.location).open() as db:
            known = {row[0]: row[1:] for row in db.execute("SELECT id, fingerprint, changed FROM seen")}
            # A harvester asks for what changed since the last time: no change may seem older than those it has.
            now = max([self.now().isoformat(), *(changed for _, changed in known.values())])
            gone = [(document_id,) for document_id in known if document_id not in listed]
            db.executemany("DELETE FROM seen WHERE id = ?", gone)
            changed = [
                (document_id, item.fingerprint, now, now)
                for document_id, item in listed.items()
                if known.get(document_id, ("",))[0] != item.fingerprint
            ]
            db.executemany(
                "INSERT INTO seen VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE"
                " SET fingerprint = excluded.fingerprint, changed = excluded.changed",
                changed,
            )
            rows = db.execute("SELECT id, first_seen, changed FROM seen").fetchall()
            return {row[0]: (datetime.fromisoformat(row[1]), datetime.fromisoformat(row[2])) for row in rows}
