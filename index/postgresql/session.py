"""One connection to PostgreSQL that takes the store's SQL, with question marks, and fails with StoreError."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import count
from typing import Any, Final

import numpy as np
import psycopg
from psycopg.adapt import Buffer, Dumper, Loader
from psycopg.pq import Format, TransactionStatus
from psycopg.types import TypeInfo

from index.errors import ServerUnavailable, StoreError
from index.types import Rows, StoredVector

Row = tuple[Any, ...]
_FETCHED: Final = 2_000  # rows of a stream at a time
_VECTOR_HEADER: Final = np.dtype(">u2")
_ARRAY_ITEM: Final = np.dtype([("length", ">i4"), ("number", ">i8")])
_LOG: Final = logging.getLogger("passerelle.index")
_SET_READER: Final = "SELECT set_config('passerelle.audience', %s, false), set_config('passerelle.groups', %s, false)"
_numbers = count()


class Session:
    """A connection that is made anew when the server has ended it between two transactions."""

    def __init__(self, connect: Callable[[], psycopg.Connection[Row]], name: str) -> None:
        self._connect, self._name = connect, name
        self._connection = connect()
        self._reader: Sequence[str] | None = None  # whom the server takes this session for; None: not known

    def __del__(self) -> None:
        if connection := getattr(self, "_connection", None):
            connection.close()

    def close(self) -> None:
        self._connection.close()

    @property
    def is_closed(self) -> bool:
        return self._connection.closed

    @property
    def in_transaction(self) -> bool:
        return self._connection.info.transaction_status in (TransactionStatus.INTRANS, TransactionStatus.INERROR)

    def execute(
        self, query: str, values: Sequence[Any] = (), reader: Sequence[str] | None = None, /
    ) -> psycopg.Cursor[Row]:
        """Return the rows of a statement, as far as they are for the reader (see `row_security`). Raises StoreError."""
        return self._run(lambda: self._execute(query, values, reader))

    def run(self, script: str) -> None:
        """Run statements that take no values, one after the other, in one round trip. Raises StoreError."""
        self._run(lambda: self._connection.execute(script))

    def _run(self, statement: Callable[[], psycopg.Cursor[Row]]) -> psycopg.Cursor[Row]:
        is_idle = not self.in_transaction
        try:
            return statement()
        except psycopg.OperationalError as error:
            if not (is_idle and self._connection.closed):
                raise self._fault(error) from error
        except psycopg.Error as error:
            raise self._fault(error) from error
        self._connection, self._reader = self._connect(), None
        try:
            return statement()
        except psycopg.Error as error:
            raise self._fault(error) from error

    def rollback(self) -> None:
        """End the transaction as if it had not been. Raises StoreError."""
        self._reader = None  # the server goes back to whom it took the session for before
        self.execute("ROLLBACK")

    def executemany(self, query: str, values: Iterable[Sequence[Any]], reader: Sequence[str] | None = None, /) -> None:
        """Run a statement for each of the values, in order. Raises StoreError."""
        try:
            self._set_reader(reader)
            with self._connection.cursor() as cursor:
                cursor.executemany(_to_pyformat(query), list(values))
        except psycopg.Error as error:
            raise self._fault(error) from error

    def stream(self, query: str, values: Sequence[Any], reader: Sequence[str]) -> Iterator[Row]:
        """Yield the rows of a query, some thousands at a time, inside a transaction. Raises StoreError."""
        try:
            self._set_reader(reader)
            with self._connection.cursor(f"stream_{next(_numbers)}", row_factory=psycopg.rows.tuple_row) as cursor:
                cursor.itersize = _FETCHED
                cursor.execute(_to_pyformat(query), values or None, binary=True)
                yield from cursor
        except psycopg.Error as error:
            raise self._fault(error) from error

    def _execute(self, query: str, values: Sequence[Any], reader: Sequence[str] | None) -> psycopg.Cursor[Row]:
        if reader is None or reader == self._reader:
            return self._connection.execute(_to_pyformat(query), values or None, binary=True)
        with self._connection.pipeline():  # one way to the server and back for both
            self._connection.execute(_SET_READER, reader)
            cursor = self._connection.execute(_to_pyformat(query), values or None, binary=True)
        self._reader = reader
        return cursor

    def _set_reader(self, reader: Sequence[str] | None) -> None:
        if reader is not None and reader != self._reader:
            self._connection.execute(_SET_READER, reader)
            self._reader = reader

    def _fault(self, error: psycopg.Error) -> StoreError:
        self._reader = None
        return fault(self._name, error)


def fault(name: str, error: psycopg.Error) -> StoreError:
    """Log an error of the server or of the way to it, and return what may be shown to anybody."""
    _LOG.warning("%s: %s", name, " ".join(str(error).split()))
    if isinstance(error, psycopg.OperationalError):
        return ServerUnavailable(
            "The index's database does not answer; the log says why. See that the server runs and has room, and that "
            "PASSERELLE_DATABASE is right."
        )
    return StoreError(
        f"{name}: cannot be used ({type(error).__name__}); the log says why. `python -m index verify` says whether the "
        "store itself is sound."
    )


def register_vectors(connection: psycopg.Connection[Row]) -> None:
    """Have the connection read and write pgvector's type as StoredVector. Raises psycopg.Error."""
    info = TypeInfo.fetch(connection, "vector")
    if info is None:
        raise psycopg.ProgrammingError("the extension `vector` (pgvector) is not there")
    info.register(connection)
    dumper = type("VectorDumper", (_VectorDumper,), {"oid": info.oid})
    connection.adapters.register_dumper(StoredVector, dumper)
    connection.adapters.register_dumper(np.ndarray, _RowsDumper)
    connection.adapters.register_loader(info.oid, _VectorLoader)


class _VectorDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: StoredVector) -> Buffer:
        numbers = np.frombuffer(obj, np.float32)
        return np.array([len(numbers), 0], _VECTOR_HEADER).tobytes() + numbers.astype(">f4").tobytes()


class _RowsDumper(Dumper):
    """Rows, as an array of bigint: its header, then length and number of each."""

    format, oid = Format.BINARY, psycopg.adapters.types["int8"].array_oid

    def dump(self, obj: Rows) -> Buffer:
        header = np.array([1, 0, psycopg.adapters.types["int8"].oid, len(obj), 1], ">i4")
        items = np.empty(len(obj), _ARRAY_ITEM)
        items["length"], items["number"] = 8, obj
        return header.tobytes() + items.tobytes()


class _VectorLoader(Loader):
    format = Format.BINARY

    def load(self, data: Buffer) -> StoredVector:
        return StoredVector(np.frombuffer(data, ">f4", offset=4).astype(np.float32).tobytes())


@lru_cache(maxsize=512)
def _to_pyformat(query: str) -> str:
    """Return the statement with psycopg's marks; ours has neither question marks nor per cent signs in texts."""
    return re.sub(r"\?", "%s", query.replace("%", "%%")) if "?" in query else query
