"""The store's tables, as numbered migrations: a store of version n has had the first n of them, in order."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Final, NamedTuple

from index.errors import StoreError


def _first_tables(db: sqlite3.Connection) -> None:
    statements = """
    CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE documents (
        id TEXT PRIMARY KEY,
        source TEXT NOT NULL,
        path TEXT NOT NULL,
        original TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        audience INTEGER NOT NULL,
        kind TEXT NOT NULL,
        language TEXT NOT NULL,
        published TEXT,
        valid_from TEXT,
        valid_to TEXT,
        metadata TEXT NOT NULL,
        text TEXT NOT NULL
    );
    CREATE TABLE document_values (
        document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        field TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (field, value, document_id)
    ) WITHOUT ROWID;
    CREATE INDEX document_values_by_document ON document_values (document_id);
    CREATE TABLE sections (
        document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        label TEXT NOT NULL,
        heading TEXT NOT NULL,
        language TEXT NOT NULL,
        start INTEGER NOT NULL,
        "end" INTEGER NOT NULL,
        PRIMARY KEY (document_id, position)
    ) WITHOUT ROWID;
    CREATE TABLE passages (
        row INTEGER PRIMARY KEY AUTOINCREMENT,
        document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        section INTEGER NOT NULL,
        start INTEGER NOT NULL,
        "end" INTEGER NOT NULL,
        language TEXT NOT NULL,
        context TEXT NOT NULL,
        embedded BLOB NOT NULL
    );
    CREATE INDEX passages_by_document ON passages (document_id);
    CREATE TABLE vectors (embedded BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE token_codes (embedded BLOB PRIMARY KEY, codes BLOB NOT NULL);
    CREATE TABLE removed_rows (generation INTEGER NOT NULL, row INTEGER NOT NULL);
    CREATE INDEX removed_rows_by_generation ON removed_rows (generation);
    CREATE TABLE files (
        source TEXT NOT NULL,
        path TEXT NOT NULL,
        size INTEGER NOT NULL,
        modified_ns INTEGER NOT NULL,
        stamp TEXT NOT NULL,
        document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        PRIMARY KEY (source, path)
    ) WITHOUT ROWID;
    CREATE INDEX files_by_document ON files (document_id);
    CREATE INDEX passages_by_text ON passages (embedded);
    """
    _run(db, statements)


def _versions_and_checksums(db: sqlite3.Connection) -> None:
    """Keep former versions with their dates, and what tells a damaged vector from a whole one (`crc32` is ours)."""
    statements = """
    ALTER TABLE documents ADD COLUMN since TEXT NOT NULL DEFAULT '';
    CREATE TABLE versions (
        document_id TEXT NOT NULL,
        number INTEGER NOT NULL,
        since TEXT NOT NULL,
        until TEXT NOT NULL,
        audience INTEGER NOT NULL,
        metadata TEXT NOT NULL,
        original TEXT NOT NULL,
        path TEXT NOT NULL,
        characters INTEGER NOT NULL,
        sections TEXT NOT NULL,
        text BLOB NOT NULL,
        PRIMARY KEY (document_id, number)
    );
    ALTER TABLE vectors ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE token_codes ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;
    UPDATE vectors SET checksum = crc32(vector);
    UPDATE token_codes SET checksum = crc32(codes);
    """
    _run(db, statements)


def _file_stamps_to_columns(db: sqlite3.Connection) -> None:
    """Give each part of a file's stamp a column of its own."""
    create = """
    CREATE TABLE files_by_column (
        source TEXT NOT NULL,
        path TEXT NOT NULL,
        size INTEGER NOT NULL,
        modified_ns INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        choices TEXT NOT NULL,
        text_key TEXT NOT NULL,
        is_duplicate INTEGER NOT NULL,
        lacks_audience INTEGER NOT NULL,
        PRIMARY KEY (source, path)
    ) WITHOUT ROWID;
    """
    _run(db, create)
    rows = db.execute("SELECT source, path, size, modified_ns, document_id, stamp FROM files").fetchall()
    for *known, document_id, stamp in rows:
        parts = split_stamp(stamp)
        db.execute(
            "INSERT INTO files_by_column VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*known, parts.sha256, document_id, *parts[1:]),
        )
    replace = """
    DROP TABLE files;
    ALTER TABLE files_by_column RENAME TO files;
    CREATE INDEX files_by_document ON files (document_id);
    """
    _run(db, replace)


def _groups(db: sqlite3.Connection) -> None:
    """Say which groups a text is for. A program of before, which would show it to all members, refuses the store."""
    for table in ("documents", "versions"):
        db.execute(f"ALTER TABLE {table} ADD COLUMN groups TEXT NOT NULL DEFAULT '[]'")


class StampParts(NamedTuple):
    """What the one string said that stores before version 3 remembered of a file's state."""

    sha256: str
    choices: str
    text_key: str
    is_duplicate: bool
    lacks_audience: bool


def split_stamp(stamp: str) -> StampParts:
    """Return the parts of "SHA-256:choices[:audience-unsaid]:text=KEY[:same]"; what it does not say is ""."""
    sha256, *rest = stamp.split(":")
    flags = {"same", "audience-unsaid"}
    choices = next((part for part in rest if part not in flags and not part.startswith("text=")), "")
    text_key = next((part.removeprefix("text=") for part in rest if part.startswith("text=")), "")
    return StampParts(sha256, choices, text_key, "same" in rest, "audience-unsaid" in rest)


def _run(db: sqlite3.Connection, statements: str) -> None:
    for statement in statements.split(";"):
        if statement.strip():
            db.execute(statement)


MIGRATIONS: Final[tuple[Callable[[sqlite3.Connection], None], ...]] = (
    _first_tables,
    _versions_and_checksums,
    _file_stamps_to_columns,
    _groups,
)


def migrate(db: sqlite3.Connection, name: str) -> None:
    """Bring the store to the newest version, one transaction a step. Raises StoreError for a store from the future."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        raise StoreError(
            f"{name}: made by a newer Passerelle (store version {version}, this program knows {len(MIGRATIONS)}). "
            "Upgrade this program, or build a new index in another PASSERELLE_DATA."
        )
    for number, step in enumerate(MIGRATIONS[version:], start=version + 1):
        db.execute("BEGIN IMMEDIATE")
        (now,) = db.execute("PRAGMA user_version").fetchone()
        if now < number:  # another process may have been quicker
            step(db)
            db.execute(f"PRAGMA user_version = {number}")
        db.execute("COMMIT")
