"""Private databases are copied whole, from a file to a schema and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from index.errors import StoreError
from index.store.private_copy import copy_private
from index.store.private_database import PrivateDatabase, ServerSchema, run_statements
from tests.postgresql import Server

TABLES = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE owners (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE notes (
    id INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL REFERENCES owners (name), share REAL, sealed BLOB
);
INSERT INTO facts VALUES ('salt', 'its own');
"""


class Notes(PrivateDatabase):
    steps = (lambda db: run_statements(db, TABLES),)


def rows(database: Notes) -> list[tuple[Any, ...]]:
    with database.open() as db:
        return [tuple(row) for table in ("facts", "owners", "notes") for row in db.execute(f"SELECT * FROM {table}")]


def test_every_row_is_copied_and_numbers_go_on(postgresql: Server, tmp_path: Path) -> None:
    first = Notes(tmp_path / "first.sqlite")
    with first.open() as db:
        db.execute("UPDATE facts SET value = 'drawn by chance'")
        db.execute("INSERT INTO owners VALUES ('é')")
        for number in (3, 7):
            db.execute("INSERT INTO notes VALUES (?, 'é', ?, ?)", (number, number / 3, b"\0\xff"))
    shared = Notes(ServerSchema(postgresql.make_database(), "passerelle_notes"))
    assert copy_private(first, shared) == 4
    assert rows(shared) == rows(first)
    with shared.open() as db:
        assert db.execute("INSERT INTO notes (owner) VALUES ('é') RETURNING id").fetchone()[0] == 8
        db.execute("DELETE FROM notes WHERE id = 8")
    back = Notes(tmp_path / "back.sqlite")
    assert copy_private(shared, back) == 4
    assert rows(back) == rows(shared)
    with back.open() as db:  # what refers to a row that is gone must not mean another one
        assert db.execute("INSERT INTO notes (owner) VALUES ('é') RETURNING id").fetchone()[0] == 9
        db.execute("DELETE FROM notes WHERE id = 9")
    again = Notes(ServerSchema(postgresql.make_database(), "passerelle_notes"))
    copy_private(back, again)
    with again.open() as db:
        assert db.execute("INSERT INTO notes (owner) VALUES ('é') RETURNING id").fetchone()[0] == 10


def test_what_holds_something_is_left_as_it_is(postgresql: Server, tmp_path: Path) -> None:
    first, shared = (
        Notes(tmp_path / "first.sqlite"),
        Notes(ServerSchema(postgresql.make_database(), "passerelle_notes")),
    )
    for database in (first, shared):
        with database.open() as db:
            db.execute("INSERT INTO owners VALUES (?)", (str(database.location),))
    before = rows(shared)
    with pytest.raises(StoreError, match="already"):
        copy_private(first, shared)
    assert rows(shared) == before
