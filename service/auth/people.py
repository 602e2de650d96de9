"""People who signed in: a small SQLite file of what they may see, and which states and logout tokens were used.

Kept no longer than a session lasts: whoever has not signed in since is forgotten, for their cookies are too old anyway.
"""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from index.documents import Audience
from index.store.private_database import add_missing_columns, open_private_database
from service.auth.callers import Caller

SCHEMA = """
CREATE TABLE IF NOT EXISTS people (
    subject TEXT PRIMARY KEY, name TEXT NOT NULL, audience TEXT NOT NULL, seen REAL NOT NULL,
    groups TEXT NOT NULL DEFAULT '', organisation TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
DROP TABLE IF EXISTS generations; -- of sessions, when they were signed cookies
CREATE TABLE IF NOT EXISTS used_states (state TEXT PRIMARY KEY, until REAL NOT NULL) WITHOUT ROWID;
"""

ADDED = {"groups": "TEXT NOT NULL DEFAULT ''", "organisation": "TEXT NOT NULL DEFAULT ''"}


@dataclass(frozen=True)
class People:
    """Remembers people for as long as a session lasts. Safe to call from any thread."""

    path: Path
    lifetime_s: float
    clock: Callable[[], float] = time.time

    def remember(self, person: Caller) -> None:
        """Store what somebody may see from now on, and forget those who have been away for too long."""
        now, groups = self.clock(), " ".join(sorted(person.groups))
        with self._open() as db:
            db.execute("DELETE FROM people WHERE seen < ?", (now - self.lifetime_s,))
            db.execute(
                "INSERT OR REPLACE INTO people (subject, name, audience, seen, groups, organisation)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (person.subject, person.name, person.audience.value, now, groups, person.organisation),
            )

    def find(self, subject: str) -> Caller | None:
        """Return somebody as they were when they last signed in, None when that is too long ago."""
        with self._open() as db:
            query = "SELECT name, audience, seen, groups, organisation FROM people WHERE subject = ?"
            row = db.execute(query, (subject,)).fetchone()
        if row is None or row[2] < self.clock() - self.lifetime_s:
            return None
        return Caller(row[0], Audience(row[1]), subject, groups=frozenset(row[3].split()), organisation=row[4])

    def count_members(self) -> Counter[str]:
        """Return how many members are known in each group, by what the issuer said when they last signed in."""
        query = "SELECT groups FROM people WHERE audience = ? AND seen >= ?"
        with self._open() as db:
            rows = db.execute(query, (Audience.MEMBER.value, self.clock() - self.lifetime_s)).fetchall()
        return Counter(group for (groups,) in rows for group in groups.split())

    def forget(self, subject: str) -> bool:
        """Erase somebody and say whether they were known; their sessions are over with it."""
        with self._open() as db:
            db.execute("PRAGMA secure_delete = ON")
            return db.execute("DELETE FROM people WHERE subject = ?", (subject,)).rowcount == 1

    def use(self, state: str, for_s: float) -> bool:
        """Say whether a state is used for the first time, and remember it for so long."""
        now = self.clock()
        with self._open() as db:
            db.execute("DELETE FROM used_states WHERE until < ?", (now,))
            inserted = db.execute("INSERT OR IGNORE INTO used_states VALUES (?, ?)", (state, now + for_s))
            return inserted.rowcount == 1

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with open_private_database(self.path) as db:
            db.executescript(SCHEMA)
            add_missing_columns(db, "people", ADDED)
            with db:
                yield db
