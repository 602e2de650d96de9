"""The indexes in one PostgreSQL database: each in a schema of its own, and one row that says which is current."""

from __future__ import annotations

from functools import cache
from typing import Final

from index.postgresql.connections import PostgresConnections, connected
from index.postgresql.schema import MAIN, make_main, schema_exists

FIRST: Final = f"{MAIN}_index"
_NUMBERED: Final = f"{FIRST}_"


def schema_of(folder: str) -> str:
    """Return the schema of the index that would be in this folder of the data folder: "indexes/0001", "" for first."""
    return f"{_NUMBERED}{folder.rpartition('/')[2]}" if folder else FIRST


def schema_of_connections(connections: object) -> str:
    """Return the schema that these connections are to. Raises TypeError for those of another database."""
    if not isinstance(connections, PostgresConnections):
        raise TypeError("not connections to PostgreSQL")
    return connections.schema


class SchemaPlaces:
    """The schemas of an address. Raises StoreError."""

    def __init__(self, address: str) -> None:
        self._connections = _shared_connections(address)

    def read_pointer(self) -> str | None:
        """Return what says which index is current, None when nothing does yet."""
        session = self._connections.connection
        if session.execute("SELECT to_regclass(?)", (f"{MAIN}.current_index",)).fetchone() == (None,):
            return None
        row = session.execute("SELECT entry FROM current_index").fetchone()
        return str(row[0]) if row else None

    def write_pointer(self, text: str) -> None:
        make_main(self._connections.session)
        with self._connections.transaction() as db:
            db.execute(
                "INSERT INTO current_index (entry) VALUES (?) ON CONFLICT (id) DO UPDATE SET entry = excluded.entry",
                (text,),
            )

    def numbers(self) -> list[str]:
        """Return the numbers of the indexes but the first, in order."""
        query = "SELECT nspname FROM pg_namespace WHERE starts_with(nspname, ?) ORDER BY nspname"
        rows = self._connections.connection.execute(query, (_NUMBERED,))
        return [str(name).removeprefix(_NUMBERED) for (name,) in rows]

    def remove(self, number: str) -> None:
        with self._connections.transaction() as db:
            db.execute(f'DROP SCHEMA "{_NUMBERED}{number}" CASCADE')

    def holds(self, folder: str) -> bool:
        """Say whether there is an index of this folder."""
        with connected(self._connections.address) as session:
            return schema_exists(session, schema_of(folder))


@cache
def _shared_connections(address: str) -> PostgresConnections:
    return PostgresConnections(address, MAIN)
