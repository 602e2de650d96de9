"""One SQLite file and how it is reached: a connection a thread, transactions, snapshots."""

from __future__ import annotations

import sqlite3
import threading
import uuid
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from index.documents import Access
from index.errors import StoreError
from index.store.schema import migrate

_RESTORE: Final = (
    "Restore it: `python -m index restore FILE` (a file that `python -m index backup` made); without one, remove it "
    "and run `passerelle-ingest` on your sources."
)


class _ThreadConnection:
    """A connection that is closed when nothing refers to it any more.

    SQLite's own refers to itself (by its cache of statements), and keeps three files open until Python's next full
    garbage collection, 170 reloads of a service later.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def __del__(self) -> None:
        self.connection.close()


class SqliteConnections:
    """One file, one connection a thread. Raises StoreError when the file cannot be used."""

    is_server = False

    def __init__(self, path: Path, *, create: bool = False) -> None:
        if not create and not path.is_file():
            raise StoreError(f"{path}: no index here yet. Run `passerelle-ingest corpus/` (or `make serve`) first.")
        if not create and path.stat().st_size == 0:
            raise StoreError(f"{path}: empty. {_RESTORE}")
        self.path, self.name = path, str(path)
        self._local = threading.local()
        self._mode = "rwc" if create else "rw"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not create and self.connection.execute("PRAGMA user_version").fetchone() == (0,):
                raise StoreError(f"{path}: there is nothing in it. {_RESTORE}")
            migrate(self.connection, str(path))
            self._record_first_facts()
            self._mode = "rw"
        except (sqlite3.OperationalError, OSError) as error:
            raise StoreError(
                f"{path}: cannot be opened ({error}). See that the disk has room and that this user may write in "
                f"{path.parent}; `python -m index verify` says whether the store itself is sound."
            ) from error
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            raise StoreError(f"{path}: not a usable store ({error}). {_RESTORE}") from error

    def _record_first_facts(self) -> None:
        if not self.connection.execute("SELECT 1 FROM facts WHERE name = 'generation'").fetchone():
            with self.transaction() as db:
                db.execute("INSERT OR IGNORE INTO facts VALUES ('lineage', ?)", (uuid.uuid4().hex,))
                db.execute("INSERT OR IGNORE INTO facts VALUES ('generation', '0')")

    @property
    def connection(self) -> sqlite3.Connection:
        """Return this thread's connection."""
        own: _ThreadConnection | None = getattr(self._local, "own", None)
        if own is None:
            # Pages are read, not mapped: a file cut off under a mapping ends the process (SIGBUS), and `cp` cuts off.
            own = _ThreadConnection(self._connect())
            own.connection.create_function("crc32", 1, zlib.crc32, deterministic=True)
            own.connection.execute("PRAGMA foreign_keys = ON")
            own.connection.execute("PRAGMA journal_mode = WAL")
            self._local.own = own
        return own.connection

    def as_reader(self, access: Access) -> sqlite3.Connection:
        """Return this thread's connection: a file has no policies, and the store's own filters are the wall."""
        return self.connection

    @property
    def as_index(self) -> sqlite3.Connection:
        """Return this thread's connection."""
        return self.connection

    def _connect(self) -> sqlite3.Connection:
        """Return a connection to the file as it is: one that was lost since is not made anew, and empty."""
        address = f"{self.path.resolve().as_uri()}?mode={self._mode}"
        # Each thread has its own; but what all threads let go of is closed by whichever lets go last.
        return sqlite3.connect(address, uri=True, timeout=30, isolation_level=None, check_same_thread=False)

    def close(self) -> None:
        """Close this thread's connection."""
        if (own := getattr(self._local, "own", None)) is not None:
            own.connection.close()
            self._local.own = None

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Hold one transaction: all of it or nothing. A snapshot that this thread holds ends here."""
        db = self.connection
        if db.in_transaction:
            db.execute("COMMIT")
        db.execute("BEGIN IMMEDIATE")
        try:
            yield db
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Hold one snapshot: whatever is read inside belongs to one generation."""
        db = self.connection
        if db.in_transaction:
            yield
            return
        db.execute("BEGIN")
        try:
            yield
        finally:
            if db.in_transaction:
                db.execute("COMMIT")

    def stream(self, query: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query that may have very many."""
        return iter(self.connection.execute(query, values))

    def tidy(self) -> None:
        """Write the log into the file."""
        self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def outside(self) -> closing[sqlite3.Connection]:
        """Return a connection of its own: it reads the state of this moment, whatever snapshot this thread holds."""
        return closing(self._connect())
