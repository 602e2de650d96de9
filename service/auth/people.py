"""People who signed in: a private database of what they may see, and which states and logout tokens were used.

Kept no longer than a session lasts: whoever has not signed in since is forgotten, for their cookies are too old anyway.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from index.documents import Audience
from index.store.database import Connection
from index.store.private_database import PrivateDatabase, add_missing_columns, run_statements
from service.auth.callers import Caller

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS people (
    subject TEXT PRIMARY KEY, name TEXT NOT NULL, audience TEXT NOT NULL, seen REAL NOT NULL,
    groups TEXT NOT NULL DEFAULT '', organisation TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
DROP TABLE IF EXISTS generations;
CREATE TABLE IF NOT EXISTS used_states (state TEXT PRIMARY KEY, until REAL NOT NULL) WITHOUT ROWID;
"""

_ADDED: Final = {  # to files from before the first version
    "groups": "TEXT NOT NULL DEFAULT ''",
    "organisation": "TEXT NOT NULL DEFAULT ''",
}


def _first_tables(db: Connection) -> None:
    run_statements(db, _TABLES)  # `generations` were of sessions, when they were signed cookies
    add_missing_columns(db, "people", _ADDED)


@dataclass(frozen=True)
class People(PrivateDatabase):
    """Remembers people for as long as a session lasts. Safe to call from any thread."""

    steps = (_first_tables,)
    lifetime_s: float
    clock: Callable[[], float] = time.time

    def remember(self, person: Caller) -> None:
        """Store what somebody may see from now on, and forget those who have been away for too long."""
        now, groups = self.clock(), " ".join(sorted(person.groups))
        with self.open_shared() as db:
            db.execute("DELETE FROM people WHERE seen < ?", (now - self.lifetime_s,))
            db.execute(
                "INSERT INTO people (subject, name, audience, seen, groups, organisation) VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (subject) DO UPDATE SET name = excluded.name, audience = excluded.audience,"
                " seen = excluded.seen, groups = excluded.groups, organisation = excluded.organisation",
                (person.subject, person.name, person.audience.value, now, groups, person.organisation),
            )

    def find(self, subject: str) -> Caller | None:
        """Return somebody as they were when they last signed in, None when that is too long ago."""
        with self.open_shared() as db:
            query = "SELECT name, audience, seen, groups, organisation FROM people WHERE subject = ?"
            row = db.execute(query, (subject,)).fetchone()
        if row is None or row[2] < self.clock() - self.lifetime_s:
            return None
        return Caller(row[0], Audience(row[1]), subject, groups=frozenset(row[3].split()), organisation=row[4])

    def count_members(self) -> Counter[str]:
        """Return how many members are known in each group, by what the issuer said when they last signed in."""
        query = "SELECT groups FROM people WHERE audience = ? AND seen >= ?"
        with self.open_shared() as db:
            rows = db.execute(query, (Audience.MEMBER.value, self.clock() - self.lifetime_s)).fetchall()
        return Counter(group for (groups,) in rows for group in groups.split())

    def forget(self, subject: str) -> bool:
        """Erase somebody and say whether they were known; their sessions are over with it."""
        with self.open_shared() as db:
            return db.execute("DELETE FROM people WHERE subject = ?", (subject,)).rowcount == 1

    def use(self, state: str, for_s: float) -> bool:
        """Say whether a state is used for the first time, and remember it for so long."""
        now = self.clock()
        with self.open_shared() as db:
            db.execute("DELETE FROM used_states WHERE until < ?", (now,))
            inserted = db.execute("INSERT INTO used_states VALUES (?, ?) ON CONFLICT DO NOTHING", (state, now + for_s))
            return inserted.rowcount == 1
