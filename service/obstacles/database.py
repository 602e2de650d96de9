"""The register's file: its tables as numbered migrations, and how it is opened."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from index.errors import StoreError
from index.store.private_database import one_transaction, private_database

_FIRST: Final = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE obstacles (
    id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    about TEXT NOT NULL,
    statement TEXT NOT NULL DEFAULT '',
    language TEXT NOT NULL DEFAULT '',
    is_public INTEGER NOT NULL DEFAULT 0,
    passed_to TEXT NOT NULL DEFAULT '',
    passed_at TEXT,
    solved_by TEXT NOT NULL DEFAULT '',
    created TEXT NOT NULL,
    changed TEXT NOT NULL
);
CREATE TABLE reports (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    obstacle_id TEXT NOT NULL REFERENCES obstacles (id) ON DELETE CASCADE,
    source TEXT NOT NULL,
    at TEXT NOT NULL,
    text TEXT NOT NULL,
    language TEXT NOT NULL,
    consent TEXT NOT NULL,
    who TEXT NOT NULL,
    audience TEXT NOT NULL,
    origin TEXT NOT NULL,
    solved_by TEXT NOT NULL DEFAULT '',
    missing_since TEXT,
    follow TEXT UNIQUE,
    proposal TEXT NOT NULL,
    embedder TEXT NOT NULL,
    vector BLOB NOT NULL
);
CREATE INDEX reports_by_obstacle ON reports (obstacle_id);
CREATE INDEX reports_by_who ON reports (who) WHERE who != '';
CREATE UNIQUE INDEX one_report_a_thread ON reports (origin) WHERE origin != '';
CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    obstacle_id TEXT NOT NULL REFERENCES obstacles (id) ON DELETE CASCADE,
    at TEXT NOT NULL,
    subject TEXT NOT NULL,
    name TEXT NOT NULL,
    what TEXT NOT NULL,
    told TEXT NOT NULL
);
CREATE INDEX events_by_obstacle ON events (obstacle_id);
CREATE TABLE notices (
    obstacle_id TEXT NOT NULL REFERENCES obstacles (id) ON DELETE CASCADE,
    document_id TEXT NOT NULL,
    audience TEXT NOT NULL,
    at TEXT NOT NULL,
    is_dismissed INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (obstacle_id, document_id, audience)
) WITHOUT ROWID;
CREATE TABLE seen (
    document_id TEXT NOT NULL, audience TEXT NOT NULL, PRIMARY KEY (document_id, audience)
) WITHOUT ROWID;
CREATE TABLE feeds (owner TEXT PRIMARY KEY, token TEXT NOT NULL UNIQUE) WITHOUT ROWID;
"""


def _first_tables(db: sqlite3.Connection) -> None:
    for statement in _FIRST.split(";\n"):
        if statement.strip():
            db.execute(statement)
    db.execute("INSERT INTO facts VALUES ('salt', ?)", (secrets.token_hex(32),))


MIGRATIONS: Final[tuple[Callable[[sqlite3.Connection], None], ...]] = (_first_tables,)


@dataclass(frozen=True)
class RegisterFile:
    """`<data>/obstacles.sqlite`, for its owner alone. Safe to use from any thread: each use opens it for itself."""

    path: Path

    @contextmanager
    def open(self) -> Iterator[sqlite3.Connection]:
        """Give a connection within one transaction, written when all went well. Raises StoreError."""
        with private_database(self.path) as db:
            db.row_factory = sqlite3.Row
            db.execute("PRAGMA foreign_keys = ON")
            db.execute("PRAGMA secure_delete = ON")  # what is erased is gone from the file as well
            with one_transaction(db):
                self._migrate(db)
                yield db

    def _migrate(self, db: sqlite3.Connection) -> None:
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version > len(MIGRATIONS):
            raise StoreError(
                f"{self.path}: made by a newer Passerelle (register version {version}, this program knows "
                f"{len(MIGRATIONS)}). Upgrade this program."
            )
        for number, step in enumerate(MIGRATIONS[version:], start=version + 1):
            step(db)
            db.execute(f"PRAGMA user_version = {number}")
