"""Private databases: what a file keeps for its stores, a schema of PostgreSQL keeps as well."""

from __future__ import annotations

import multiprocessing
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from index.errors import StoreError
from index.postgresql.private_schemas import pool_of
from index.settings import IndexSettings
from index.store.database import Connection
from index.store.private_database import (
    Location,
    PrivateDatabase,
    ServerSchema,
    is_file,
    private_location,
    run_statements,
)
from tests.databases import Locate
from tests.postgresql import Server

TABLES = """
CREATE TABLE owners (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE counts (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL REFERENCES owners (name) ON DELETE CASCADE,
    amount INTEGER NOT NULL DEFAULT 0, share REAL, sealed BLOB, UNIQUE (name, share)
);
CREATE INDEX counts_by_name ON counts (name);
"""


class First(PrivateDatabase):
    steps = (lambda db: run_statements(db, TABLES),)


class Second(PrivateDatabase):
    steps = (*First.steps, lambda db: db.execute("ALTER TABLE counts ADD COLUMN note TEXT NOT NULL DEFAULT ''"))


class Unrelated(PrivateDatabase):
    steps = (lambda db: db.execute("CREATE TABLE counts (other TEXT)"),)


def add(db: Connection, name: str, **values: Any) -> int:
    db.execute("INSERT INTO owners VALUES (?) ON CONFLICT DO NOTHING", (name,))
    columns = {"name": name, **values}
    marks = ", ".join("?" * len(columns))
    query = f"INSERT INTO counts ({', '.join(columns)}) VALUES ({marks}) RETURNING id"
    return int(db.execute(query, tuple(columns.values())).fetchone()[0])


def test_what_is_written_is_read_again_by_position_and_by_name(locate: Locate) -> None:
    with First(locate("t.sqlite")).open() as db:
        assert add(db, "é ß 漢", amount=True, share=0.1, sealed=b"\0\xff") == 1
    with First(locate("t.sqlite")).open_shared() as db:
        row = db.execute("SELECT * FROM counts WHERE amount = ? AND share = ?", (True, 0.1)).fetchone()
    assert tuple(row) == (1, "é ß 漢", 1, 0.1, b"\0\xff")
    assert dict(row) == {"id": 1, "name": "é ß 漢", "amount": 1, "share": 0.1, "sealed": b"\0\xff"}
    assert (row["share"], row[1:3]) == (0.1, ("é ß 漢", 1))


def test_text_is_ordered_by_code_point(locate: Locate) -> None:
    with First(locate("t.sqlite")).open() as db:
        for name in ("é", "Z", "a", "Ä", "_"):
            add(db, name)
        rows = db.execute("SELECT name FROM owners ORDER BY name").fetchall()
    assert [name for (name,) in rows] == ["Z", "_", "a", "Ä", "é"]


def test_a_body_that_fails_has_written_nothing(locate: Locate) -> None:
    database = First(locate("t.sqlite"))

    def fail() -> None:
        with database.open() as db:
            add(db, "a")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with database.open() as db:
        assert db.execute("SELECT count(*) FROM owners").fetchone()[0] == 0


def test_a_shared_statement_is_written_at_once(locate: Locate) -> None:
    database = First(locate("t.sqlite"))
    with database.open_shared() as db:
        db.execute("INSERT INTO owners VALUES ('a')")
        with First(locate("t.sqlite")).open() as other:
            assert other.execute("SELECT count(*) FROM owners").fetchone()[0] == 1


def test_references_and_uniqueness_hold(locate: Locate) -> None:
    database = First(locate("t.sqlite"))
    with database.open() as db:
        add(db, "a", share=1.0)
        again = db.execute("INSERT INTO counts (name, share) VALUES ('a', 1.0) ON CONFLICT DO NOTHING")
        assert again.rowcount == 0
    with pytest.raises((sqlite3.IntegrityError, StoreError)), database.open() as db:
        db.execute("INSERT INTO counts (name) VALUES ('nobody')")
    with database.open() as db:
        db.execute("DELETE FROM owners")
        assert db.execute("SELECT count(*) FROM counts").fetchone()[0] == 0


def test_only_one_transaction_at_a_time_reads_and_writes(locate: Locate) -> None:
    database = First(locate("t.sqlite"))
    with database.open() as db:
        add(db, "a")

    def increment(_: int) -> None:
        for _ in range(5):
            with database.open() as db:
                (amount,) = db.execute("SELECT amount FROM counts").fetchone()
                db.execute("UPDATE counts SET amount = ?", (amount + 1,))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(increment, range(4)))
    with database.open_shared() as db:
        assert tuple(db.execute("SELECT amount FROM counts").fetchone()) == (20,)


def test_a_shared_one_reads_while_another_writes(locate: Locate) -> None:
    database = First(locate("t.sqlite"))
    with database.open() as db:
        add(db, "a")
    with database.open() as writing:
        writing.execute("UPDATE counts SET amount = 7")
        with database.open_shared() as db:
            assert tuple(db.execute("SELECT amount FROM counts").fetchone()) == (0,)


def test_a_database_of_the_version_before_is_brought_up_to_date(locate: Locate) -> None:
    with First(locate("t.sqlite")).open() as db:
        add(db, "a", amount=3)
    with Second(locate("t.sqlite")).open_shared() as db:
        assert tuple(db.execute("SELECT amount, note FROM counts").fetchone()) == (3, "")


def version_to(location: Location, version: int) -> None:
    if isinstance(location, Path):
        with closing(sqlite3.connect(location)) as db:
            db.execute(f"PRAGMA user_version = {version}")
        return
    with psycopg.connect(location.address, autocommit=True) as connection:
        connection.execute(f"UPDATE {location.schema}.schema_version SET version = {version}")


@pytest.mark.parametrize("way", ["open", "open_shared"])
def test_a_database_from_the_future_is_refused_with_the_remedy(locate: Locate, way: str) -> None:
    with First(locate("t.sqlite")).open():
        pass
    version_to(locate("t.sqlite"), 99)
    with pytest.raises(StoreError, match="newer Passerelle"), getattr(Second(locate("t.sqlite")), way)():
        pass


def test_databases_do_not_see_each_other_s_tables(locate: Locate) -> None:
    first, other = First(locate("first.sqlite")), Unrelated(locate("other.sqlite"))
    query = "SELECT * FROM counts"  # the same text, of tables with other columns
    for _ in range(8):  # more often than a server prepares a statement after
        with first.open() as db:
            assert db.execute(query).fetchall() == []
        with other.open() as db:
            db.execute("DELETE FROM counts")
            db.execute("INSERT INTO counts VALUES ('x')")
            assert [tuple(row) for row in db.execute(query)] == [("x",)]


def test_a_lock_is_held_by_one_at_a_time_and_does_not_lock_the_database(locate: Locate) -> None:
    database, again = First(locate("t.sqlite")), First(locate("t.sqlite"))
    with database.lock("send"):
        with pytest.raises(BlockingIOError), again.lock("send"):
            pass
        with again.lock("another"), again.open() as db:
            add(db, "a")
    with again.lock("send", wait=True):
        pass


def test_many_who_begin_at_once_make_the_tables_once(locate: Locate) -> None:
    begin = threading.Barrier(6)

    def use(number: int) -> None:
        begin.wait()
        with First(locate("t.sqlite")).open() as db:
            add(db, f"n{number}")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(use, range(6)))
    with First(locate("t.sqlite")).open_shared() as db:
        assert db.execute("SELECT count(*) FROM owners").fetchone()[0] == 6


def _write_as_child(location: Location) -> None:
    with First(location).open() as db:
        add(db, "child")


def test_a_forked_process_writes_on_connections_of_its_own(locate: Locate) -> None:
    database = First(locate("t.sqlite"))
    with database.open() as db:
        add(db, "parent")
    child = multiprocessing.get_context("fork").Process(target=_write_as_child, args=(database.location,))
    child.start()
    child.join(30)
    assert child.exitcode == 0
    with database.open() as db:
        rows = db.execute("SELECT name FROM owners ORDER BY name").fetchall()
    assert [name for (name,) in rows] == ["child", "parent"]


def test_a_connection_that_the_server_ended_is_made_anew(postgresql: Server) -> None:
    address = postgresql.make_database()
    database = First(ServerSchema(address, "passerelle_t"))
    with database.open() as db:
        add(db, "a")
    with Unrelated(ServerSchema(address, "passerelle_other")).open() as db:
        db.execute("INSERT INTO counts VALUES ('x')")
    end = (
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE application_name = 'passerelle' AND datname = current_database()"
    )
    for way in (database.open, database.open_shared):
        with psycopg.connect(address, autocommit=True) as other:
            other.execute(end)
        with way() as db:
            assert db.execute("SELECT count(*) FROM owners").fetchone()[0] == 1
    pool_of(address).close()


def test_more_databases_than_connections_are_kept_each_in_its_own_schema(postgresql: Server) -> None:
    address = postgresql.make_database()
    names = [f"passerelle_t{number}" for number in range(10)]
    for name in names:
        with First(ServerSchema(address, name)).open() as db:
            add(db, name)
    for name in [*names, *reversed(names)]:
        with First(ServerSchema(address, name)).open_shared() as db:
            assert [tuple(row) for row in db.execute("SELECT name FROM owners")] == [(name,)]
    with psycopg.connect(address) as connection:
        own = "application_name = 'passerelle' AND datname = current_database()"
        (count,) = connection.execute(f"SELECT count(*) FROM pg_stat_activity WHERE {own}").fetchone() or (0,)
        assert 1 <= count <= 6
    pool_of(address).close()


def test_text_that_a_server_cannot_hold_is_kept_as_far_as_it_can(locate: Locate) -> None:
    with First(locate("t.sqlite")).open() as db:
        add(db, "a\0b")
        (name,) = db.execute("SELECT name FROM owners").fetchone()
        assert name == ("a\0b" if is_file(db) else "a\ufffdb")


def test_a_file_is_its_owner_s_alone(tmp_path: Path) -> None:
    with First(tmp_path / "t.sqlite").open():
        pass
    assert (tmp_path / "t.sqlite").stat().st_mode & 0o077 == 0


def test_the_settings_say_where_and_no_message_names_the_password(tmp_path: Path) -> None:
    assert private_location(IndexSettings(data=tmp_path), "keys.sqlite") == tmp_path / "keys.sqlite"
    address = "postgresql://marie:geheim@127.0.0.1:1/centre?connect_timeout=2"
    location = private_location(IndexSettings(data=tmp_path, database=address), "keys.sqlite")
    assert isinstance(location, ServerSchema)
    assert str(location) == "PostgreSQL database centre, schema passerelle_keys"
    assert "geheim" not in repr(location) + repr(First(location))
    with pytest.raises(StoreError, match="does not answer") as refused, First(location).open():
        pass
    assert "geheim" not in str(refused.value)
