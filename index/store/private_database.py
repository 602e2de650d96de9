"""Small SQLite files beside the store that are their owner's alone: keys, people, journal, register, threads."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path


@contextmanager
def private_database(path: Path, *, timeout_s: float = 10) -> Iterator[sqlite3.Connection]:
    """Open the file, made when it is not there, for this use alone; whoever opens it begins and ends transactions."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)
    with closing(sqlite3.connect(path, timeout=timeout_s)) as db:
        yield db


@contextmanager
def one_transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Hold a transaction that nobody else writes in, changes of tables and all: written whole or not at all."""
    db.isolation_level = None
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")
