"""One SQLite file and how it is reached: a connection a thread, transactions, and the facts it states about itself."""

from __future__ import annotations

import sqlite3
import threading
import uuid
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import numpy as np

from index.errors import IndexMismatch, StoreError
from index.store.schema import migrate
from index.types import Vectors

_RESTORE: Final = (
    "Restore it: `python -m index restore FILE` (a file that `python -m index backup` made); without one, remove it "
    "and run `passerelle-ingest` on your sources."
)


class _Opened:
    """A connection that ends with its last holder: SQLite's own holds itself (by its cache of statements), and keeps
    three files open until Python next looks through all of its garbage, 170 reloads of a service later."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db

    def __del__(self) -> None:
        self.db.close()


class Database:
    """One file, one connection a thread. Raises StoreError when the file cannot be used."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        if not create and not path.is_file():
            raise StoreError(f"{path}: no index here yet. Run `passerelle-ingest corpus/` (or `make serve`) first.")
        if not create and path.stat().st_size == 0:
            raise StoreError(f"{path}: empty. {_RESTORE}")
        self.path = path
        self._local = threading.local()
        self._mode = "rwc" if create else "rw"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not create and self.db.execute("PRAGMA user_version").fetchone() == (0,):
                raise StoreError(f"{path}: there is nothing in it. {_RESTORE}")
            migrate(self.db, str(path))
            if not self.fact("generation"):
                with self.writing() as db:
                    db.execute("INSERT OR IGNORE INTO facts VALUES ('lineage', ?)", (uuid.uuid4().hex,))
                    db.execute("INSERT OR IGNORE INTO facts VALUES ('generation', '0')")
            self._mode = "rw"
        except (sqlite3.OperationalError, OSError) as error:
            raise StoreError(
                f"{path}: cannot be opened ({error}). See that the disk has room and that this user may write in "
                f"{path.parent}; `python -m index verify` says whether the store itself is sound."
            ) from error
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            raise StoreError(f"{path}: not a usable store ({error}). {_RESTORE}") from error

    @property
    def db(self) -> sqlite3.Connection:
        opened: _Opened | None = getattr(self._local, "opened", None)
        if opened is None:
            # Pages are read, not mapped: a file cut off under a mapping ends the process (SIGBUS), and `cp` cuts off.
            opened = _Opened(self._connect())
            opened.db.create_function("crc32", 1, zlib.crc32, deterministic=True)
            opened.db.execute("PRAGMA foreign_keys = ON")
            opened.db.execute("PRAGMA journal_mode = WAL")
            self._local.opened = opened
        return opened.db

    def _connect(self) -> sqlite3.Connection:
        """Return a connection to the file as it is: one that was lost since is not made anew, and empty."""
        address = f"{self.path.resolve().as_uri()}?mode={self._mode}"
        # Each thread has its own; but what is let go of by all is closed by whichever thread lets go last.
        return sqlite3.connect(address, uri=True, timeout=30, isolation_level=None, check_same_thread=False)

    def close(self) -> None:
        """Close this thread's connection."""
        if (opened := getattr(self._local, "opened", None)) is not None:
            opened.db.close()
            self._local.opened = None

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Hold one transaction: all of it or nothing. A snapshot this thread holds for reading ends here."""
        db = self.db
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
    def reading(self) -> Iterator[None]:
        """Hold one snapshot: whatever is read inside belongs to one generation."""
        db = self.db
        if db.in_transaction:
            yield
            return
        db.execute("BEGIN")
        try:
            yield
        finally:
            if db.in_transaction:
                db.execute("COMMIT")

    def fact(self, name: str) -> str:
        """Return a recorded fact, "" when there is none."""
        found = self.db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return str(found[0]) if found else ""

    def record(self, name: str, value: str) -> None:
        with self.writing() as db:
            db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def require(self, name: str, value: str) -> None:
        """Record a choice the index is made with, or hold it to the recorded one. Raises IndexMismatch."""
        recorded = self.fact(name)
        if not recorded:
            self.record(name, value)
        elif recorded != value:
            raise IndexMismatch(
                f"{self.path}: built with {name} {recorded!r}, asked for {value!r}. Set it back, or have the index "
                "made anew beside this one, from the documents in it: `python -m index rebuild`."
            )

    def centre(self) -> Vectors | None:
        """Return the centre the token codes were made with, None before the first."""
        recorded = self.fact("token centre")
        return np.frombuffer(bytes.fromhex(recorded), np.float32) if recorded else None

    def record_centre(self, centre: Vectors) -> None:
        self.record("token centre", centre.astype(np.float32).tobytes().hex())

    @property
    def generation(self) -> int:
        """Grow by one with each document put or removed."""
        return int(self.fact("generation"))

    def newest_generation(self) -> int:
        """Return the generation as it is this moment, whatever snapshot this thread holds."""
        with closing(self._connect()) as db:
            return int(db.execute("SELECT value FROM facts WHERE name = 'generation'").fetchone()[0])

    @property
    def lineage(self) -> str:
        """Tell this store from any other, so that a derived index is never taken for another's."""
        return self.fact("lineage")
