"""Private databases from a file to a schema of the server, or back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from index.errors import StoreError
from index.store.database import Connection
from index.store.private_database import PrivateDatabase, is_file

_MADE_WITH_THE_TABLES: Final = "facts"  # holds what a database is made with; the copy has its source's instead


def copy_private(source: PrivateDatabase, target: PrivateDatabase) -> int:
    """Copy every row to a database of the same kind, and return how many there are.

    One of the two is a file. Raises StoreError, and copies nothing, where the target holds something already.
    """
    with source.open() as rows, target.open() as db:
        tables = list(_tables(rows if is_file(rows) else db))
        for table in tables:
            if table == _MADE_WITH_THE_TABLES:
                db.execute(f"DELETE FROM {table}")
            elif db.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone():
                raise StoreError(f"{target.location}: there is something in it already; nothing was copied.")
        return sum(_copy_table(rows, db, table) for table in tables)


def _tables(file: Connection) -> Iterator[str]:
    """Yield the tables in the order they were made in: what a row refers to is there before it."""
    rows = file.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid").fetchall()
    return (name for (name,) in rows if not name.startswith("sqlite_"))


def _copy_table(source: Connection, target: Connection, table: str) -> int:
    cursor = source.execute(f"SELECT * FROM {table}")
    columns = [column[0] for column in cursor.description]
    rows = cursor.fetchall()
    names, marks = ", ".join(f'"{name}"' for name in columns), ", ".join("?" * len(columns))
    target.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)
    (count,) = target.execute(f"SELECT count(*) FROM {table}").fetchone()
    if count != len(rows):
        raise StoreError(f"{table}: {count} of {len(rows)} rows came over; nothing was copied.")
    _continue_numbers(target, table, _last_number(source, table))
    return len(rows)


def _last_number(db: Connection, table: str) -> int:
    """Return the highest number the table is known to have given out, though its row may be gone; 0 for none."""
    if is_file(db):
        if not _keeps_numbers(db, table):
            return 0
        row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
        return int(row[0]) if row else 0
    if (column := _numbered_column(db, table)) is None:
        return 0
    query = "SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence(?, ?)::regclass), 0)"
    return int(db.execute(query, (table, column)).fetchone()[0])


def _continue_numbers(db: Connection, table: str, last: int) -> None:
    """Have the next number be higher than every one that was ever given out: what refers to those means others."""
    if is_file(db):
        if _keeps_numbers(db, table):
            db.execute("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
            query = f"INSERT INTO sqlite_sequence SELECT ?, max(coalesce(max(rowid), 0), ?) FROM {table}"
            db.execute(query, (table, last))
    elif column := _numbered_column(db, table):
        query = f"SELECT setval(pg_get_serial_sequence(?, ?), greatest(coalesce(max({column}), 0), ?) + 1, false)"
        db.execute(f"{query} FROM {table}", (table, column, last))


def _keeps_numbers(db: Connection, table: str) -> bool:
    """Say whether a file remembers the numbers of a table whose rows are gone."""
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ? AND sql LIKE '%AUTOINCREMENT%'"
    return db.execute(query, (table,)).fetchone() is not None


def _numbered_column(db: Connection, table: str) -> str | None:
    """Return the column that the server numbers, None where there is none."""
    row = db.execute(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_schema = current_schema() AND table_name = ? AND is_identity = 'YES'",
        (table,),
    ).fetchone()
    return str(row[0]) if row else None
