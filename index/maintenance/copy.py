"""From one database to the other, SQLite to PostgreSQL or back: copied, compared row by row, then made current.

The copy is an index beside those that are there already; what was current stays, and can be returned to. What staff
withdrew and corrected goes with it, and takes the place of what was withdrawn and corrected there. Originals,
keys and whatever else lies in the data folder stay where they are.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import islice, zip_longest
from typing import Any, Final

from index.errors import StoreError
from index.maintenance.rebuild import LOCK
from index.settings import IndexSettings
from index.store.current_index import allocate_folder, make_current, read_current_index, settings_of
from index.store.database import Database
from index.store.entries import Entries, Entry, copy_entries
from index.store.entry_table import EntryTable
from index.store.locks import job_lock
from index.store.opening import open_store, server_lock, writing_lock
from index.store.store import Store
from index.types import StoredVector

_KEYS: Final = {  # of every table that is copied, in an order in which nothing is missing what it refers to
    "facts": "name",
    "documents": "id",
    "document_values": "field, value, document_id",
    "sections": "document_id, position",
    "vectors": "embedded",
    "token_codes": "embedded",
    "passages": "row",
    "removed_rows": "generation, row",
    "files": "source, path",
    "versions": "document_id, number",
}
_READ_AS: Final[dict[tuple[str, str], Callable[[Any], Any]]] = {  # what the two databases give differently
    ("vectors", "vector"): StoredVector,
    ("files", "is_duplicate"): bool,
    ("files", "lacks_audience"): bool,
}
_BATCH: Final = 500  # rows written at a time
Row = tuple[Any, ...]


def copy_index(settings: IndexSettings, database: str) -> tuple[str, int]:
    """Copy the current index to the database of this address ("": an SQLite file in the data folder), and switch there.

    Return its name and the number of its documents. Raises StoreError, AnotherJob.
    """
    target = replace(settings, database=database)
    if target.database == settings.database:
        raise StoreError("The index is there already: name another database to copy it to.")
    with job_lock(settings.data / LOCK), writing_lock(settings), server_lock(database):
        index = read_current_index(settings)
        with closing(open_store(settings_of(settings, index))) as source:
            to = settings_of(target, replace(index, folder=allocate_folder(target)))
            with closing(open_store(to, create=True)) as copied:
                with source.snapshot():
                    _copy_rows(source.database, copied.database)
                    _compare(source.database, copied.database)
                _copy_lists(source, copied)
                copied.record("lineage", uuid.uuid4().hex)  # its history is another one from here on
                copied.database.connections.tidy()
                make_current(target, to)
                return copied.name, copied.count()[0]


def _copy_rows(source: Database, to: Database) -> None:
    with to.transaction() as db:
        db.execute("DELETE FROM facts")
        for table in _KEYS:
            columns = _columns(source, table)
            names, marks = ", ".join(f'"{name}"' for name in columns), ", ".join("?" * len(columns))
            rows = _rows(source, table, columns)
            while batch := list(islice(rows, _BATCH)):
                db.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", batch)
        _continue_rows(to)


def _compare(source: Database, copied: Database) -> None:
    """Raise StoreError unless every table holds the same in both."""
    for table, key in _KEYS.items():
        columns = _columns(source, table)
        pairs = zip_longest(_rows(source, table, columns), _rows(copied, table, columns))
        for number, (row, copy) in enumerate(pairs):
            if row != copy:
                raise StoreError(
                    f"{copied.name}: differs from {source.name} in row {number} of {table} by {key}; nothing was "
                    "switched. `python -m index verify` says whether the index that was to be copied is sound."
                )


def _copy_lists(source: Store, to: Store) -> None:
    """Copy what staff withdrew and corrected. Raises StoreError."""
    if source.withdrawals is None or to.withdrawals is None:
        raise ValueError(f"{to.name}: opened without its withdrawals")
    _copy_list(source.withdrawals.entries, to.withdrawals.entries)
    _copy_list(source.corrections.entries, to.corrections.entries)


def _copy_list(source: Entries[Entry], to: Entries[Entry]) -> None:
    copy_entries(source, to)
    for table, file in ((source, to), (to, source)):
        if isinstance(table, EntryTable):
            table.note_copied(file)


def _continue_rows(database: Database) -> None:
    """Have the next passage's row be higher than every one that there was."""
    last = "SELECT coalesce(max(row), 0) FROM (SELECT row FROM passages UNION ALL SELECT row FROM removed_rows) known"
    if database.connections.is_server:
        sequence = "pg_get_serial_sequence('passages', 'row')"
        database.as_index.execute(f"SELECT setval({sequence}, greatest(1, ({last})), 0 < ({last}))")
    else:
        database.connection.execute("DELETE FROM sqlite_sequence WHERE name = 'passages'")
        database.as_index.execute(f"INSERT INTO sqlite_sequence VALUES ('passages', ({last}))")


def _columns(database: Database, table: str) -> list[str]:
    return [column[0] for column in database.connection.execute(f"SELECT * FROM {table} LIMIT 0").description]


def _rows(database: Database, table: str, columns: list[str]) -> Iterator[Row]:
    """Yield the rows in the order of their keys, with the same values whatever database they are read from."""
    names = ", ".join(f'"{name}"' for name in columns)
    convert = [(number, _READ_AS[table, name]) for number, name in enumerate(columns) if (table, name) in _READ_AS]
    for row in database.stream(f"SELECT {names} FROM {table} ORDER BY {_KEYS[table]}"):
        values = list(row)
        for number, function in convert:
            values[number] = function(values[number])
        yield tuple(values)
