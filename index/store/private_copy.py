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
    if not is_file(target):
        _continue_numbers(target, table)
    return len(rows)


def _continue_numbers(db: Connection, table: str) -> None:
    """Have the next number that the server gives out be higher than every one that was copied."""
    query = (
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_schema = current_schema() AND table_name = ? AND is_identity = 'YES'"
    )
    for (column,) in db.execute(query, (table,)).fetchall():
        db.execute(
            f"SELECT setval(pg_get_serial_sequence(?, ?), coalesce(max({column}), 0) + 1, false) FROM {table}",
            (table, column),
        )
