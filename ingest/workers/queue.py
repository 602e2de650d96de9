"""The queue of files that the workers of one run read, on whatever machine they are.

A file belongs to the session that takes it for as long as that session's connection lives: each holds an advisory lock
of its number, which the server frees when the connection ends, however it ends. A lease would have to outlast the
embedding of a long document (minutes) and be renewed meanwhile; a row lock would keep a transaction open as long, hold
back VACUUM, and could not count the tries of a worker that is killed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import psycopg

from index.postgresql.connections import PostgresConnections, connect
from index.postgresql.row_security import INDEX, ReadingSession
from index.postgresql.session import Row, Session
from index.store.database import Connection

_LIVES: Final = """EXISTS (
    SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND classid = CAST(hashtext(current_schema()) AS oid) AND objid = CAST({session} AS oid))"""
_NEXT: Final = f"""
    WITH next AS MATERIALIZED (
        SELECT source, path FROM reading_queue
        WHERE result IS NULL AND report IS NULL AND tries < ? AND NOT (CAST(? AS integer) = ANY (refused_by))
        AND (session IS NULL OR NOT {_LIVES.format(session="session")})
        AND EXISTS (SELECT 1 FROM reading_run WHERE choices = ? AND reading_run.report IS NULL)
        ORDER BY position LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    UPDATE reading_queue q SET session = ?, tries = tries + 1 FROM next
    WHERE q.source = next.source AND q.path = next.path
    RETURNING q.source, q.path, q.file, q.sha256, q.choices"""
_OWN: Final = "source = ? AND path = ? AND session = ? AND result IS NULL"


class QueuedFile(NamedTuple):
    """A file to read. `file` is where it is, as the system spells it; `choices` are those of `changes.compare`."""

    source: str
    path: str
    file: bytes
    sha256: str
    choices: str


class FileState(NamedTuple):
    """How far a file of the queue is. `is_held`: somebody who lives reads it."""

    result: bytes | None
    refused_by: Sequence[int]
    tries: int
    is_held: bool


class RunState(NamedTuple):
    """A run: `report` is None until it is over, `is_led` whether its leader lives."""

    name: str
    choices: str
    report: str | None
    is_led: bool


class ReadingQueue:
    """The queue of one index, as one session of it sees it. Raises StoreError. Not for several threads."""

    def __init__(self, connections: PostgresConnections) -> None:
        self._connections = connections
        self.number = 0  # of the session; kept when the connection is made anew
        self._connection = Session(self._connect, connections.name)
        self._session = ReadingSession(self._connection, INDEX)

    def _connect(self) -> psycopg.Connection[Row]:
        connection = connect(self._connections.address, self._connections.name, self._connections.schema)
        if not self.number:
            row = connection.execute("SELECT nextval('reading_sessions')").fetchone()
            assert row is not None
            self.number = int(row[0])
        connection.execute("SELECT pg_advisory_lock(hashtext(current_schema()), %s)", (self.number,))
        return connection

    def close(self) -> None:
        self._connection.close()

    # the run

    def run(self) -> RunState | None:
        """Return the last run, under way or over, None before the first."""
        lives = _LIVES.format(session="leader")
        row = self._session.execute(f"SELECT name, choices, report, {lives} FROM reading_run").fetchone()
        return RunState(*row) if row else None

    def lead(self, name: str, choices: str, left: str = "") -> None:
        """Lead the run that somebody has `left`, by its name, if it is the last one; else a new one of this name.

        What was read for a former run of these choices, and not written, is kept for the new one.
        """
        self._session.execute("BEGIN")
        run = self.run()
        if run is None or run.name != left or run.report is not None:
            is_kept = run is not None and run.choices == choices
            self._session.execute("DELETE FROM reading_queue WHERE NOT ? OR report IS NOT NULL", (is_kept,))
            self._session.execute("UPDATE reading_queue SET tries = 0")
            self._session.execute("DELETE FROM reading_run")
            values = (name, choices, self.number)
            self._session.execute("INSERT INTO reading_run (name, choices, leader) VALUES (?, ?, ?)", values)
        self._session.execute("UPDATE reading_run SET leader = ?", (self.number,))
        self._session.execute("COMMIT")

    def leads(self, db: Connection) -> bool:
        """Say whether this session leads the run still, by the transaction of this connection."""
        return db.execute("SELECT 1 FROM reading_run WHERE leader = ? FOR SHARE", (self.number,)).fetchone() is not None

    def finish(self, report: str) -> None:
        """End the run with its report, and empty the queue."""
        self._session.execute("BEGIN")
        self._session.execute("UPDATE reading_run SET report = ? WHERE leader = ?", (report, self.number))
        self._session.execute(
            "DELETE FROM reading_queue WHERE EXISTS (SELECT 1 FROM reading_run WHERE leader = ?)", (self.number,)
        )
        self._session.execute("COMMIT")

    # its files

    def fill(self, files: Iterable[QueuedFile]) -> dict[tuple[str, str], str]:
        """Have these files read, in this order of their results; what was read of them before is kept.

        Return the reports of files whose documents the run has written before, by source and path.
        """
        self._session.execute("BEGIN")
        self._session.execute(
            "CREATE TEMPORARY TABLE due ON COMMIT DROP AS"
            " SELECT source, path, position, file, sha256, choices FROM reading_queue LIMIT 0"
        )
        self._session.executemany(
            "INSERT INTO due VALUES (?, ?, ?, ?, ?, ?)",
            [(file.source, file.path, position, *file[2:]) for position, file in enumerate(files)],
        )
        self._session.execute(
            "DELETE FROM reading_queue q WHERE report IS NULL AND NOT EXISTS (SELECT 1 FROM due d WHERE"
            " (d.source, d.path, d.sha256, d.choices) = (q.source, q.path, q.sha256, q.choices))"
        )
        self._session.execute(
            "DELETE FROM reading_queue q USING due d WHERE q.report IS NOT NULL"
            " AND (d.source, d.path) = (q.source, q.path)"
        )
        self._session.execute(
            "INSERT INTO reading_queue (source, path, position, file, sha256, choices)"
            " SELECT source, path, position, file, sha256, choices FROM due"
            " ON CONFLICT (source, path) DO UPDATE SET position = excluded.position, refused_by = '{}'"
        )
        rows = self._session.execute("SELECT source, path, report FROM reading_queue WHERE report IS NOT NULL")
        reports = {(source, path): report for source, path, report in rows}
        self._session.execute("COMMIT")
        return reports

    def take(self, choices: str, command: int, most_tries: int) -> QueuedFile | None:
        """Take the first file of the run of these choices that nobody who lives reads, None when there is none.

        Not one that `command`, the session of the command that this worker belongs to, has refused.
        """
        row = self._session.execute(_NEXT, (most_tries, command, choices, self.number)).fetchone()
        return QueuedFile(*row) if row else None

    def deliver(self, file: QueuedFile, result: bytes) -> None:
        """Hand in what a file says; nothing happens when it was given to somebody else meanwhile."""
        self._change(file, "result = ?", result)

    def give_back(self, file: QueuedFile) -> None:
        """Leave the file to others, as if it had not been tried."""
        self._change(file, "session = NULL, tries = tries - 1")

    def refuse(self, file: QueuedFile, command: int) -> None:
        """Leave the file to workers of other commands: it is not here as it should be."""
        self._change(file, "session = NULL, tries = tries - 1, refused_by = refused_by || CAST(? AS integer)", command)

    def _change(self, file: QueuedFile, change: str, *values: Any) -> None:
        self._session.execute(
            f"UPDATE reading_queue SET {change} WHERE {_OWN}", (*values, file.source, file.path, self.number)
        )

    def state(self, source: str, path: str) -> FileState | None:
        """Return how far a file of the queue is, None for one that is not in it."""
        held = f"session IS NOT NULL AND {_LIVES.format(session='session')}"
        row = self._session.execute(
            f"SELECT result, refused_by, tries, {held} FROM reading_queue WHERE source = ? AND path = ?", (source, path)
        ).fetchone()
        return FileState(*row) if row else None

    def complete(self, db: Connection, source: str, path: str, report: str) -> None:
        """Note, in the transaction that writes a file's document, that it is done, and the report of it."""
        db.execute(
            "UPDATE reading_queue SET report = ?, result = NULL WHERE source = ? AND path = ?", (report, source, path)
        )

    def count_read(self) -> int:
        """Return how many files were read so far."""
        row = self._session.execute(
            "SELECT count(*) FROM reading_queue WHERE result IS NOT NULL OR report IS NOT NULL"
        ).fetchone()
        return int(row[0]) if row else 0
