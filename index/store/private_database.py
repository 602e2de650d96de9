"""Small databases beside the store: keys, people, sessions, journal, dossiers, …

Each is an SQLite file that only its owner can read or, where the index is in PostgreSQL, a schema there that all
machines share. Both take the same SQL, with question marks. Tables are declared in SQLite's types; numbers stand for
truth (`is_gone = 1`, not `is_gone`); and what exists both know is written so (`ON CONFLICT`, `RETURNING`, no `rowid`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Final

from index.errors import StoreError
from index.named_rows import sqlite_row
from index.settings import IndexSettings
from index.store.database import Connection
from index.store.locks import exclusive_lock

SCHEMAS: Final = "passerelle_"  # what the names of the schemas begin with


@dataclass(frozen=True, slots=True)
class ServerSchema:
    """A schema in the PostgreSQL database of this address."""

    address: str = field(repr=False)  # with a password
    schema: str

    def __str__(self) -> str:
        from index.postgresql.connections import describe

        return f"{describe(self.address)}, schema {self.schema}"


Location = Path | ServerSchema


def private_location(settings: IndexSettings, file: str) -> Location:
    """Return where the private database of this name is: that file of the data folder, or a schema of the server.

    "keys.sqlite" is the schema passerelle_keys.
    """
    if not settings.database:
        return settings.data / file
    return ServerSchema(settings.database, SCHEMAS + Path(file).stem.replace("-", "_"))


Step = Callable[[Connection], object]


@dataclass(frozen=True)
class PrivateDatabase:
    """Tables made by numbered steps, in a file or schema. Safe to use from any thread and process."""

    steps: ClassVar[Sequence[Step]]  # never change one that has been released
    location: Location

    def open(self) -> AbstractContextManager[Connection]:
        """Give a connection within the only transaction there is, written when all went well. Raises StoreError."""
        if isinstance(self.location, Path):
            return self._open_file(self.location)
        from index.postgresql.private_schemas import only_transaction

        return only_transaction(self.location.address, self.location.schema, self.steps)

    def open_shared(self) -> AbstractContextManager[Connection]:
        """Give a connection beside those of others, on which each statement is a transaction. Raises StoreError.

        For what a single statement decides: it is one way to the server and back, where a transaction is three.
        """
        if isinstance(self.location, Path):
            return self._open_file_shared(self.location)
        from index.postgresql.private_schemas import without_transaction

        return without_transaction(self.location.address, self.location.schema, self.steps)

    def lock(self, name: str, *, wait: bool = False) -> AbstractContextManager[None]:
        """Hold a lock of this name, among all who use the database. Raises BlockingIOError where it is not waited for.

        It is a file beside the file, or the server's. Whoever holds it may open the database.
        """
        if isinstance(self.location, Path):
            return _lock_file(self.location.with_name(f"{name}.lock"), wait=wait)
        return _lock_on_server(self.location.address, name, wait=wait)

    @contextmanager
    def _open_file(self, path: Path) -> Iterator[Connection]:
        with open_private_database(path) as db:
            _prepare(db)
            with exclusive_transaction(db):
                self._migrate(db)
                yield db

    @contextmanager
    def _open_file_shared(self, path: Path) -> Iterator[Connection]:
        with open_private_database(path) as db:
            _prepare(db)
            if _version(db) != len(self.steps):
                with exclusive_transaction(db):
                    self._migrate(db)
            db.isolation_level = None
            yield db

    def _migrate(self, db: sqlite3.Connection) -> None:
        version = _version(db)
        if version > len(self.steps):
            raise StoreError(
                f"{self.location}: made by a newer Passerelle (its version is {version}, this program knows "
                f"{len(self.steps)}). Upgrade this program."
            )
        for number, step in enumerate(self.steps[version:], start=version + 1):
            step(db)
            db.execute(f"PRAGMA user_version = {number}")


def is_file(db: Connection) -> bool:
    """Say whether the database is an SQLite file, for the few statements that the two write differently."""
    return isinstance(db, sqlite3.Connection)


def run_statements(db: Connection, script: str) -> None:
    """Run the statements of a script within the transaction, which `executescript` would end."""
    for statement in script.split(";\n"):
        if statement.strip():
            db.execute(statement)


def add_missing_columns(db: Connection, table: str, columns: dict[str, str]) -> None:
    """Give a table of a file that was made before there were them these columns, by name with their types."""
    if not is_file(db):  # a schema was made with all of them
        return
    present = {row[1] for row in db.execute(f"PRAGMA table_info({table})")}
    for name, declared in columns.items():
        if name not in present:
            db.execute(f"ALTER TABLE {table} ADD COLUMN {name} {declared}")


@contextmanager
def open_private_database(path: Path, *, timeout_s: float = 10) -> Iterator[sqlite3.Connection]:
    """Open the file, made if need be, and close it after the body, which begins and ends its own transactions."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)
    with closing(sqlite3.connect(path, timeout=timeout_s)) as db:
        yield db


@contextmanager
def exclusive_transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Hold the only writing transaction, changes of tables included: all of it is written or nothing."""
    db.isolation_level = None
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def _prepare(db: sqlite3.Connection) -> None:
    db.row_factory = sqlite_row
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("PRAGMA secure_delete = ON")  # what is erased is gone from the file as well


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


@contextmanager
def _lock_file(path: Path, *, wait: bool) -> Iterator[None]:
    with exclusive_lock(path, wait=wait):
        yield


@contextmanager
def _lock_on_server(address: str, name: str, *, wait: bool) -> Iterator[None]:
    from index.postgresql.connections import advisory_lock

    with advisory_lock(address, name, wait=wait) as is_held:
        if not is_held:
            raise BlockingIOError(f"{name}: another machine or process holds this lock")
        yield
