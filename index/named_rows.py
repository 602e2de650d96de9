"""Rows of a query: tuples whose values can also be had by the name of their column, the same from every database."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, ClassVar, SupportsIndex


class NamedRow(tuple[Any, ...]):
    """A row. `row["id"]` is the column `id`; `dict(row)` has every column by name."""

    positions: ClassVar[dict[str, int]]

    def keys(self) -> list[str]:
        return list(self.positions)

    def __getitem__(self, key: SupportsIndex | slice | str) -> Any:
        return super().__getitem__(self.positions[key] if isinstance(key, str) else key)


@lru_cache(maxsize=512)
def row_type(columns: tuple[str, ...]) -> type[NamedRow]:
    """Return the type of rows with these columns."""
    positions = {name: position for position, name in enumerate(columns)}
    return type("NamedRow", (NamedRow,), {"positions": positions})


def sqlite_row(cursor: sqlite3.Cursor, values: Sequence[Any]) -> NamedRow:
    """Return a row of an SQLite database; the connection's `row_factory`."""
    return row_type(tuple(column[0] for column in cursor.description))(values)
