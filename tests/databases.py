"""The databases an index can be in; what a test asks of one back end it asks of the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import cast

import psycopg
import pytest

from index.dense.flat import FlatIndex
from index.postgresql.connections import PostgresConnections
from index.postgresql.private_schemas import pool_of
from index.postgresql.vectors import PgvectorIndex
from index.settings import IndexSettings
from index.store.opening import open_store
from index.store.private_database import Location, private_location
from index.store.store import Store
from index.types import VectorIndex
from tests.postgresql import Server


class Sqlite:
    """An SQLite file in the data folder."""

    error = "sqlite3.Error"

    def settings(self, data: Path) -> IndexSettings:
        return IndexSettings(data=data)

    def make_store(self, data: Path) -> Store:
        data.mkdir(exist_ok=True)
        return open_store(self.settings(data), create=True)

    def vectors_of(self, store: Store) -> VectorIndex:
        return FlatIndex(*store.passage_table.vectors())

    def count(self, store: Store, table: str) -> int:
        return int(store.database.as_index.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


@dataclass
class Postgresql(Sqlite):
    """A database of its own on the tests' server for each data folder."""

    server: Server
    databases: dict[Path, str] = field(default_factory=dict)

    def settings(self, data: Path) -> IndexSettings:
        if data not in self.databases:
            self.databases[data] = self.server.make_database()
        return IndexSettings(data=data, database=self.databases[data])

    def vectors_of(self, store: Store) -> VectorIndex:
        connections = cast(PostgresConnections, store.database.connections)
        rows, _ = store.passage_table.vectors()
        return PgvectorIndex(connections, rows, has_graph=False)

    def drop_databases(self) -> None:
        """Drop the databases, so that a run of many tests fills no disk."""
        for address in self.databases.values():
            pool_of(address).close()
        with closing(psycopg.connect(self.server.address(), autocommit=True)) as connection:
            for address in self.databases.values():
                name = psycopg.conninfo.conninfo_to_dict(address)["dbname"]
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        self.databases.clear()


SQLITE = Sqlite()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> Iterator[Sqlite]:
    """Each back end in turn."""
    if request.param == "sqlite":
        yield SQLITE
        return
    postgresql = Postgresql(request.getfixturevalue("postgresql"))
    yield postgresql
    postgresql.drop_databases()


BOTH = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """What PASSERELLE_DATABASE is: nothing, and where a test is marked BOTH, an empty PostgreSQL database besides."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield ""
        return
    postgresql = Postgresql(request.getfixturevalue("postgresql"))
    yield postgresql.settings(Path()).database
    postgresql.drop_databases()


def raw_content(location: Location) -> bytes:
    """Return all that a private database holds, as whoever stole it would read it."""
    if isinstance(location, Path):
        return location.read_bytes()
    with closing(psycopg.connect(location.address)) as connection:
        query = "SELECT table_name FROM information_schema.tables WHERE table_schema = %s"
        tables = connection.execute(query, (location.schema,)).fetchall()
        rows = [connection.execute(f'SELECT * FROM {location.schema}."{name}"').fetchall() for (name,) in tables]
    return repr(rows).encode()


Locate = Callable[[str], Location]


@pytest.fixture(params=["sqlite", "postgresql"])
def locate(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Locate]:
    """What gives the location of a private database by its file's name: files of a folder, then schemas of a server."""
    if request.param == "sqlite":
        yield partial(private_location, IndexSettings(data=tmp_path))
        return
    postgresql = Postgresql(request.getfixturevalue("postgresql"))
    yield partial(private_location, postgresql.settings(tmp_path))
    postgresql.drop_databases()
