"""Small SQLite files beside the store that only their owner can read: keys, people, journal, obstacles, threads."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path


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
