"""A schema of a PostgreSQL database and how it is reached: a connection a thread, transactions, snapshots, changes.

Writers hold one lock a schema: rows are numbered in the order in which they become visible, and the generation counts
without gaps, so that whoever follows it misses nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from index.documents import Access
from index.errors import StoreError
from index.postgresql.row_security import INDEX, NOBODY, ReadingSession, reader_of, require_bound_role
from index.postgresql.schema import MAIN, make_main, migrate, require_vectors, schema_exists
from index.postgresql.session import Row, Session, fault, register_vectors

CHANGED: Final = "passerelle_changed"  # the channel on which every change is announced
_OPTIONS: Final = (
    "jit=off",  # compiling takes longer than our statements
    "lock_timeout=30s",  # as long as SQLite waits for another writer
    "hnsw.iterative_scan=relaxed_order",
    "tcp_keepalives_idle=30",  # a lock of a machine that is cut off is freed within a minute
    "tcp_keepalives_interval=10",
    "tcp_keepalives_count=3",
)


_KEEPALIVES: Final = {  # unless the address says otherwise
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
    "connect_timeout": "10",
}


class PostgresConnections:
    """One index's schema in the database of an address (`postgresql://…`). Raises StoreError.

    A thread's connection is closed when the thread ends or nothing refers to these connections any more.
    """

    is_server = True

    def __init__(self, address: str, schema: str) -> None:
        self.address, self.schema = address, schema
        self.name = f"{describe(address)}, schema {schema}"
        self._local = threading.local()

    @classmethod
    def of_index(cls, address: str, schema: str, *, create: bool = False) -> PostgresConnections:
        """Return the connections to an index's schema, which is made or brought to the newest tables if need be."""
        connections = cls(address, schema)
        with connected(address) as session:
            require_bound_role(session, connections.name)
            if not create and not schema_exists(session, schema):
                raise StoreError(f"{connections.name}: no index here yet. Run `passerelle-ingest corpus/` first.")
            make_main(session)
            require_vectors(session, connections.name)
            migrate(session, schema, connections.name)
        return connections

    @property
    def connection(self) -> ReadingSession:
        """Return this thread's connection as nobody's: what is recorded of the index is read, and no document."""
        return ReadingSession(self.session, NOBODY)

    def as_reader(self, access: Access) -> ReadingSession:
        """Return this thread's connection as somebody's of this access: the policies show what they may see."""
        return ReadingSession(self.session, reader_of(access))

    @property
    def as_index(self) -> ReadingSession:
        """Return this thread's connection as the index's own, which reads and writes everything."""
        return ReadingSession(self.session, INDEX)

    @property
    def session(self) -> Session:
        """Return this thread's connection, whomever it reads for."""
        own: Session | None = getattr(self._local, "own", None)
        if own is None:
            # No method of its own: in a circle of references it would not be closed before the next collection.
            own = self._local.own = Session(partial(connect, self.address, self.name, self.schema), self.name)
        return own

    def close(self) -> None:
        """Close this thread's connection."""
        if (own := getattr(self._local, "own", None)) is not None:
            own.close()
            self._local.own = None

    @contextmanager
    def transaction(self) -> Iterator[ReadingSession]:
        """Hold one transaction, of the index: all of it or nothing, one at a time. A snapshot ends here."""
        session = self.session
        if session.in_transaction:
            session.execute("COMMIT")
        session.execute("BEGIN")
        try:
            session.execute("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", (self.schema,))
            yield self.as_index
            session.execute(f"NOTIFY {CHANGED}")
        except BaseException:
            with suppress(StoreError):  # the server has ended the connection, and the transaction with it
                session.rollback()
            raise
        session.execute("COMMIT")

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Hold one snapshot: whatever is read inside belongs to one generation."""
        session = self.session
        if session.in_transaction:
            yield
            return
        session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        try:
            yield
        finally:
            if session.in_transaction:
                session.execute("COMMIT")

    def stream(self, query: str, values: Sequence[Any] = ()) -> Iterator[Row]:
        """Yield the rows of a query of the index's own that may have very many."""
        with self.snapshot():
            yield from self.as_index.stream(query, values)

    def tidy(self) -> None:
        """Count what is in the tables anew, by which the server plans."""
        self.session.execute("ANALYZE")

    @contextmanager
    def outside(self) -> Iterator[Session]:
        """Yield a connection of its own: it reads the state of this moment, whatever snapshot this thread holds."""
        with connected(self.address, self.schema) as session:
            yield session


def connect(address: str, name: str, schema: str = MAIN) -> psycopg.Connection[Row]:
    """Return a connection that looks for tables in the schema, then in the one all indexes share. Raises StoreError."""
    options = [*_OPTIONS, f"search_path={schema},{MAIN},public"]
    conninfo = conninfo_to_dict(address)
    own = f"{conninfo.get('options') or ''} {' '.join(f'-c {option}' for option in options)}"
    try:
        connection = psycopg.connect(
            make_conninfo(
                address,
                **(_KEEPALIVES | {name: value for name, value in conninfo.items() if name in _KEEPALIVES}),
                options=own,
                application_name="passerelle",
                client_encoding="utf8",
            ),
            autocommit=True,
        )
    except psycopg.Error as error:
        raise fault(name, error) from error
    try:
        with suppress(psycopg.ProgrammingError):  # before the first index is made
            register_vectors(connection)
    except psycopg.Error as error:
        connection.close()
        raise fault(name, error) from error
    return connection


@contextmanager
def connected(address: str, schema: str = MAIN) -> Iterator[Session]:
    """Yield a connection and close it. Raises StoreError."""
    name = describe(address)
    session = Session(lambda: connect(address, name, schema), name)
    try:
        yield session
    finally:
        session.close()


@contextmanager
def advisory_lock(address: str, name: str, *, wait: bool) -> Iterator[bool]:
    """Yield whether the lock of this name is held while the body runs; the server frees that of a lost connection."""
    with connected(address) as session:
        if wait:
            session.execute("SET lock_timeout = 0")
            session.execute("SELECT pg_advisory_lock(hashtextextended(?, 0))", (f"{MAIN}, {name}",))
            yield True
        else:
            tried = session.execute("SELECT pg_try_advisory_lock(hashtextextended(?, 0))", (f"{MAIN}, {name}",))
            yield tried.fetchone() == (True,)


class ServerLock:
    """The lock of a name, on a connection of its own. One at a time has it; the server frees that of a lost one."""

    def __init__(self, address: str, name: str) -> None:
        self._address, self._key = address, f"{MAIN}, {name}"
        self._connection: psycopg.Connection[Row] | None = None
        self._is_taken = False

    def __del__(self) -> None:
        if connection := getattr(self, "_connection", None):
            connection.close()

    def is_held(self) -> bool:
        """Say whether it was taken, and the connection that has it is still there."""
        if self._connection is None or not self._is_taken:
            return False
        try:
            self._connection.execute("SELECT 1")
        except psycopg.Error:
            self.release()
        return self._is_taken

    def take(self) -> bool:
        """Take the lock if it is free, and say whether it was. Raises StoreError."""
        try:
            if self._connection is None:
                self._connection = connect(self._address, describe(self._address))
            query = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"
            self._is_taken = self._connection.execute(query, (self._key,)).fetchone() == (True,)
        except psycopg.Error as error:
            self.release()
            raise fault(describe(self._address), error) from error
        return self._is_taken

    def release(self) -> None:
        """Give it back, with the connection."""
        if self._connection is not None:
            with suppress(psycopg.Error):  # at once, where the server frees it a moment after the connection is closed
                self._connection.execute("SELECT pg_advisory_unlock_all()")
            self._connection.close()
        self._connection, self._is_taken = None, False


def describe(address: str) -> str:
    """Return what messages call the database of an address: without password and host. Raises StoreError."""
    if _has_bare_password(address):
        raise StoreError(
            "PASSERELLE_DATABASE: there is an @ or a / in the user's name or password, so that the rest of it would be "
            "taken for the host. Write such characters with percent signs: @ is %40, / is %2F, % is %25."
        )
    try:
        database = conninfo_to_dict(address).get("dbname") or "of the user's name"
    except psycopg.Error:  # its words may have a part of the password
        raise StoreError(
            "PASSERELLE_DATABASE: not an address like postgresql://user@host/database. In a password, write @ as %40, "
            "/ as %2F and % as %25."
        ) from None
    return f"PostgreSQL database {database}"


def _has_bare_password(address: str) -> bool:
    """Say whether an address has an @ after the first, or after a slash: its host is not where it seems to be."""
    authority, _, database = address.partition("://")[2].partition("?")[0].partition("/")
    return "@" in database or authority.count("@") > 1


def watch_changes(address: str, on_change: Callable[[], None], ended: threading.Event, retry_s: float = 5.0) -> None:
    """Call `on_change` whenever somebody has written, until `ended`; a lost connection is made anew."""
    while not ended.is_set():
        try:
            connection = connect(address, describe(address))
        except StoreError:
            ended.wait(retry_s)
            continue
        with connection, suppress(psycopg.Error):
            connection.execute(f"LISTEN {CHANGED}")
            on_change()  # what was announced while nobody listened
            while not ended.is_set():
                for _ in connection.notifies(timeout=1.0, stop_after=1):
                    on_change()
