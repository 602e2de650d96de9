"""The audit log of several machines: one chain in a table of PostgreSQL, whoever writes.

A file on each machine would be as many chains, each with a part: staff's pages would show the changes of one machine,
what is told to a person of what is held would be incomplete, and a machine that is replaced would take its file along.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Final

from index.errors import StoreError
from index.store.database import Connection
from index.store.private_database import PrivateDatabase
from service.auth.audit import Sweep
from service.auth.audit_chain import BEGINNING, Lines, following, line_hash

_READ_AT_ONCE: Final = 5_000  # lines


class _Undone(Exception):
    """Ends a transaction that was only tried."""


def _first_tables(db: Connection) -> None:
    db.execute("CREATE TABLE lines (number INTEGER PRIMARY KEY, day TEXT NOT NULL, line BLOB NOT NULL)")
    db.execute("CREATE INDEX lines_by_day ON lines (day, number)")


class AuditTable(PrivateDatabase):
    """Lines in their order, as bytes, since their hashes are of those; one transaction at a time adds any."""

    steps = (_first_tables,)
    is_remote = True

    @property
    def name(self) -> str:
        return str(self.location)

    def append(self, day: date, line: dict[str, Any], sweep: Sweep | None = None) -> None:
        """Add a line that follows the last one; before it those that are too old are removed. Raises StoreError."""
        with self.open() as db:
            if sweep:
                self._sweep(db, day, sweep)
            _add(db, day, line)

    def try_to_write(self, day: date) -> None:
        """Write something and take it back. Raises StoreError."""
        try:
            with self.open() as db:
                _add(db, day, {"action": "trial"})
                raise _Undone
        except _Undone:
            pass

    def present(self) -> Lines:
        """Return what yields the lines as they are now, whatever is added meanwhile. Raises StoreError."""
        with self.open_shared() as db:
            (last,) = db.execute("SELECT coalesce(max(number), 0) FROM lines").fetchone()
        return lambda: self._lines(last)

    def days(self) -> Iterator[Iterable[bytes]]:
        """Yield the lines of each day, the latest day first. Raises StoreError."""
        with self.open_shared() as db:
            days = [day for (day,) in db.execute("SELECT DISTINCT day FROM lines ORDER BY day DESC")]
        for day in days:
            with self.open_shared() as db:
                rows = db.execute("SELECT line FROM lines WHERE day = ? ORDER BY number", (day,)).fetchall()
            yield [line for (line,) in rows]

    def take_over(self, lines: Iterable[tuple[str, bytes]]) -> int:
        """Begin with the lines of another chain, each with its day; return how many they are. Raises StoreError."""
        with self.open() as db:
            if db.execute("SELECT 1 FROM lines LIMIT 1").fetchone():
                raise StoreError(f"{self.location}: there is something in it already; nothing was copied.")
            rows = [(number, day, line) for number, (day, line) in enumerate(lines, start=1)]
            db.executemany("INSERT INTO lines (number, day, line) VALUES (?, ?, ?)", rows)
        return len(rows)

    def _lines(self, last: int) -> Iterator[tuple[str, bytes]]:
        number = -1
        while True:
            with self.open_shared() as db:
                query = "SELECT number, day, line FROM lines WHERE number > ? AND number <= ? ORDER BY number LIMIT ?"
                rows = db.execute(query, (number, last, _READ_AT_ONCE)).fetchall()
            if not rows:
                return
            for number, day, line in rows:
                yield f"line {number} ({day})", line

    def _sweep(self, db: Connection, day: date, sweep: Sweep) -> None:
        """Remove the lines that are too old, and note the hash of the last one removed: the chain begins after it."""
        oldest = sweep.oldest.isoformat()
        row = db.execute(
            "SELECT number, line FROM lines WHERE day < ? ORDER BY number DESC LIMIT 1", (oldest,)
        ).fetchone()
        if row is None:
            return
        _add(db, day, sweep.line | {"until": line_hash(row["line"])})
        db.execute("DELETE FROM lines WHERE number <= ?", (row["number"],))


def _add(db: Connection, day: date, line: dict[str, Any]) -> None:
    # The line will last as one in a file does: the system has it, the disk perhaps not yet.
    lasting = "set_config('synchronous_commit', 'off', true)"
    row = db.execute(f"SELECT number, line, {lasting} FROM lines ORDER BY number DESC LIMIT 1").fetchone()
    number, previous = (row["number"] + 1, line_hash(row["line"])) if row else (1, BEGINNING)
    content = following(line, previous).encode("utf-8", "replace")
    db.execute("INSERT INTO lines (number, day, line) VALUES (?, ?, ?)", (number, day.isoformat(), content))
