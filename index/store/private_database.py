"""Small SQLite files beside the store that only their owner can read: keys, people, journal, obstacles, dossiers."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from index.errors import StoreError

Migration = Callable[[sqlite3.Connection], None]


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


def migrate(db: sqlite3.Connection, path: Path, what: str, migrations: Sequence[Migration]) -> None:
    """Take the steps the file has not taken yet, within the caller's transaction; `what` names it in an error.

    Raises StoreError for a file that a newer version has made.
    """
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > len(migrations):
        raise StoreError(
            f"{path}: made by a newer Passerelle ({what} version {version}, this program knows {len(migrations)}). "
            "Upgrade this program."
        )
    for number, step in enumerate(migrations[version:], start=version + 1):
        step(db)
        db.execute(f"PRAGMA user_version = {number}")


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
