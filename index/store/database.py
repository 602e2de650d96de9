"""The index's database, embedded or a server's: what both give the store, and the facts it states about itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from index.documents import Access
from index.errors import IndexMismatch
from index.store.dialect import POSTGRESQL, SQLITE
from index.store.sqlite import SqliteConnections


class Cursor(Protocol):
    """The rows of a statement."""

    @property
    def rowcount(self) -> int: ...

    @property
    def description(self) -> Any:
        """A sequence for each column, which begins with its name."""
        ...

    def fetchone(self) -> Any: ...

    def fetchall(self) -> list[Any]: ...

    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """Takes SQL with question marks; what it means is the same in both databases (`index.store.dialect`)."""

    def execute(self, query: str, values: Sequence[Any] = (), /) -> Cursor: ...

    def executemany(self, query: str, values: Iterable[Sequence[Any]], /) -> object: ...


class Connections(Protocol):
    """A database and how it is reached: a connection a thread, transactions, snapshots.

    `name` is for messages, without a password; `is_server`: shared by several machines, so that what an embedded index
    keeps in small files is in tables of it.
    """

    @property
    def name(self) -> str: ...

    @property
    def is_server(self) -> bool: ...

    @property
    def connection(self) -> Connection:
        """Return this thread's connection, for what is recorded of the index; a server shows no document through it."""
        ...

    def as_reader(self, access: Access) -> Connection:
        """Return this thread's connection, through which a server shows what somebody of this access may see."""
        ...

    @property
    def as_index(self) -> Connection:
        """Return this thread's connection, through which everything is read: for jobs, and what is derived from all."""
        ...

    def close(self) -> None:
        """Close this thread's connection."""
        ...

    def transaction(self) -> AbstractContextManager[Connection]:
        """Hold one transaction: all of it or nothing, one at a time. A snapshot that this thread holds ends here."""
        ...

    def snapshot(self) -> AbstractContextManager[None]:
        """Hold one snapshot: whatever is read inside belongs to one generation."""
        ...

    def stream(self, query: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query of the index's own that may have very many."""
        ...

    def tidy(self) -> None:
        """Leave the database as it is best read, after very much was written."""
        ...

    def outside(self) -> AbstractContextManager[Connection]:
        """Return a connection of its own: it reads the state of this moment, whatever snapshot this thread holds."""
        ...


class Database:
    """The tables of one index, and the facts among them. `connections` is an SQLite file, or a server's schema."""

    def __init__(self, connections: Connections) -> None:
        self.connections = connections
        self.dialect = POSTGRESQL if connections.is_server else SQLITE

    @classmethod
    def of_file(cls, path: Path, *, create: bool = False) -> Database:
        """Return the database in an SQLite file. Raises StoreError when the file cannot be used."""
        return cls(SqliteConnections(path, create=create))

    @property
    def name(self) -> str:
        return self.connections.name

    @property
    def connection(self) -> Connection:
        """Return this thread's connection, for what is recorded of the index; a server shows no document through it."""
        return self.connections.connection

    def as_reader(self, access: Access) -> Connection:
        """Return this thread's connection, through which a server shows what somebody of this access may see."""
        return self.connections.as_reader(access)

    @property
    def as_index(self) -> Connection:
        """Return this thread's connection, through which everything is read: for jobs, and what is derived from all."""
        return self.connections.as_index

    def close(self) -> None:
        """Close this thread's connection."""
        self.connections.close()

    def transaction(self) -> AbstractContextManager[Connection]:
        """Hold one transaction: all of it or nothing. A snapshot that this thread holds ends here."""
        return self.connections.transaction()

    def snapshot(self) -> AbstractContextManager[None]:
        """Hold one snapshot: whatever is read inside belongs to one generation."""
        return self.connections.snapshot()

    def stream(self, query: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query of the index's own that may have very many."""
        return self.connections.stream(query, values)

    def fact(self, name: str) -> str:
        """Return a recorded fact, "" when there is none."""
        row = self.connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    def record(self, name: str, value: str) -> None:
        """Record a fact in place of the one of that name."""
        with self.transaction() as db:
            db.execute(
                "INSERT INTO facts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (name, value),
            )

    def record_first(self, name: str, value: str) -> str:
        """Record a fact unless there is one of that name that is not "", and return the recorded one."""
        with self.transaction() as db:
            db.execute(
                "INSERT INTO facts VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE facts.value = ''",
                (name, value),
            )
        return self.fact(name)

    def require(self, name: str, value: str) -> None:
        """Record a choice the index is made with, or hold it to the recorded one. Raises IndexMismatch."""
        recorded = self.fact(name) or self.record_first(name, value)
        if recorded != value:
            raise IndexMismatch(
                f"{self.name}: built with {name} {recorded!r}, asked for {value!r}. Set it back, or have the index "
                "made anew beside this one, from the documents in it: `python -m index rebuild`."
            )

    @property
    def generation(self) -> int:
        """Return a number that grows by one with each document put or removed."""
        return int(self.fact("generation"))

    def next_generation(self) -> None:
        """Add one to the generation, so that what is derived from the store is derived again."""
        with self.transaction() as db:
            increment_generation(db)

    def newest_generation(self) -> int:
        """Return the generation as it is this moment, whatever snapshot this thread holds."""
        with self.connections.outside() as db:
            return int(db.execute("SELECT value FROM facts WHERE name = 'generation'").fetchone()[0])

    @property
    def lineage(self) -> str:
        """Return this store's own id, so that a derived index of another store is never built upon."""
        return self.fact("lineage")


def increment_generation(db: Connection) -> None:
    """Add one to the generation, as part of the caller's transaction."""
    db.execute("UPDATE facts SET value = CAST(CAST(value AS bigint) + 1 AS text) WHERE name = 'generation'")
