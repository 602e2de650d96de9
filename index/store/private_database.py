"""Small SQLite files beside the store that only their owner can read: keys, people, journal, dossiers, …"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from index.errors import StoreError


@contextmanager
def open_private_database(path: Path, *, timeout_s: float = 10) -> Iterator[sqlite3.Connection]:
    """Open the file, made if need be, and close it after the body, which begins and ends its own transactions."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)
    with closing(sqlite3.connect(path, timeout=timeout_s)) as db:
        yield db


def add_missing_columns(db: sqlite3.Connection, table: str, columns: dict[str, str]) -> None:
    """Give a table of a file that was made before there were them these columns, by name with their types."""
    present = {row[1] for row in db.execute(f"PRAGMA table_info({table})")}
    for name, declared in columns.items():
        if name not in present:
            db.execute(f"ALTER TABLE {table} ADD COLUMN {name} {declared}")


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


Step = Callable[[sqlite3.Connection], None]


@dataclass(frozen=True)
class MigratedFile:
    """A private file whose tables are made by numbered steps. Safe to use from any thread: each use opens it anew."""

    steps: ClassVar[Sequence[Step]]  # never change one that has been released
    path: Path

    @contextmanager
    def open(self) -> Iterator[sqlite3.Connection]:
        """Give a connection within one transaction, written when all went well. Raises StoreError."""
        with open_private_database(self.path) as db:
            db.row_factory = sqlite3.Row
            db.execute("PRAGMA foreign_keys = ON")
            db.execute("PRAGMA secure_delete = ON")  # what is erased is gone from the file as well
            with exclusive_transaction(db):
                self._migrate(db)
                yield db

    def _migrate(self, db: sqlite3.Connection) -> None:
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version > len(self.steps):
            raise StoreError(
                f"{self.path}: made by a newer Passerelle (its version is {version}, this program knows "
                f"{len(self.steps)}). Upgrade this program."
            )
        for number, step in enumerate(self.steps[version:], start=version + 1):
            step(db)
            db.execute(f"PRAGMA user_version = {number}")


def run_statements(db: sqlite3.Connection, script: str) -> None:
    """Run the statements of a script within the transaction, which `executescript` would end."""
    for statement in script.split(";\n"):
        if statement.strip():
            db.execute(statement)
