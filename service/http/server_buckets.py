"""Rate limits of several machines: a row for each bucket in PostgreSQL, changed by one statement.

A bucket is the moment at which it will be full again (the generic cell rate algorithm): taking a token moves that on by
the time one token takes, and there is none to take while it is further away than all others together take. The table
is not logged: a server that crashed begins with full buckets, as a service that was restarted does.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable
from typing import Any, Final

from index.errors import StoreError
from index.store.database import Connection
from index.store.private_database import PrivateDatabase, ServerSchema
from service.errors import TooManyRequests
from service.http.rate_limits import MemoryBuckets

FORGOTTEN_EVERY_S: Final = 60.0  # buckets that are full are as good as none
REST_S: Final = 5.0  # after the server did not answer
_ROUNDING_S: Final = 1e-6  # of a time since 1970: a wait of Retry-After seconds is enough, whatever its last digits
_NOW: Final = "coalesce(CAST(? AS double precision), extract(epoch FROM clock_timestamp()))"


def _first_tables(db: Connection) -> None:
    db.execute("CREATE UNLOGGED TABLE buckets (name bytea PRIMARY KEY, full_at double precision NOT NULL)")
    db.execute("CREATE INDEX buckets_by_time ON buckets (full_at)")


class _BucketTable(PrivateDatabase):
    steps = (_first_tables,)


class ServerBuckets:
    """Token buckets of all machines, full at first. By the server's clock, unless another is given.

    While the server does not answer each process counts for itself. Names are stored as hashes keyed with the secret.
    """

    def __init__(
        self,
        location: ServerSchema,
        kind: str,
        per_minute: int,
        burst: int,
        secret: str,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self.per_minute = per_minute
        self._table = _BucketTable(location)
        self._kind, self._secret, self._clock = kind, bytes.fromhex(secret), clock
        self._own = MemoryBuckets(per_minute, burst)
        self._size, self._seconds_each = min(burst, per_minute), 60 / max(1, per_minute)
        self._rests_until = self._forgets_at = -math.inf

    def take(self, name: str) -> None:
        """Take a token from the bucket of that name. Raises TooManyRequests."""
        if not self.per_minute:
            return
        try:
            wait_s = self._ask(lambda: self._take(self._digest(name)))
        except StoreError:
            self._own.take(name)
            return
        if wait_s:
            raise TooManyRequests(wait_s)

    def check(self, name: str) -> None:
        """Take none. Raises TooManyRequests where there is none to take."""
        if not self.per_minute:
            return
        try:
            wait_s = self._ask(lambda: self._wait_s(self._digest(name)))
        except StoreError:
            self._own.check(name)
            return
        if wait_s:
            raise TooManyRequests(wait_s)

    def _ask(self, question: Callable[[], int]) -> int:
        """Return the seconds to wait. Raises StoreError, for a while without asking again."""
        now = time.monotonic()
        if now < self._rests_until:
            raise StoreError("The database did not answer a moment ago.")
        try:
            wait_s = question()
            if now >= self._forgets_at:
                self._forgets_at = now + FORGOTTEN_EVERY_S
                self._forget()
            return wait_s
        except StoreError:
            self._rests_until = now + REST_S
            raise

    def _take(self, digest: bytes) -> int:
        each = self._seconds_each
        row = self._run(
            f"INSERT INTO buckets AS bucket (name, full_at) VALUES (?, {_NOW} + ?)"
            " ON CONFLICT (name) DO UPDATE SET full_at = greatest(bucket.full_at + ?, excluded.full_at)"
            " WHERE bucket.full_at <= excluded.full_at + ? RETURNING full_at",
            (digest, self._time, each, each, (self._size - 2) * each + _ROUNDING_S),
        )
        return 0 if row else max(1, self._wait_s(digest))

    def _wait_s(self, digest: bytes) -> int:
        query = f"SELECT full_at - {_NOW} FROM buckets WHERE name = ?"
        row = self._run(query, (self._time, digest))
        wait_s = row[0] - (self._size - 1) * self._seconds_each if row else 0.0
        return math.ceil(wait_s - _ROUNDING_S) if wait_s > _ROUNDING_S else 0

    def _forget(self) -> None:
        self._run(
            f"DELETE FROM buckets WHERE name IN (SELECT name FROM buckets"
            f" WHERE full_at < {_NOW} LIMIT 10000 FOR UPDATE SKIP LOCKED)",
            (self._time,),
        )

    def _run(self, query: str, values: tuple[Any, ...]) -> Any:
        """Return the first row of a statement, None without one."""
        with self._table.open_shared() as db:
            cursor = db.execute(query, values)
            return cursor.fetchone() if cursor.description else None

    @property
    def _time(self) -> float | None:
        return self._clock() if self._clock else None

    def _digest(self, name: str) -> bytes:
        own = f"{self._kind}\0{name}".encode("utf-8", "surrogatepass")
        return hashlib.blake2b(own, key=self._secret, digest_size=16).digest()
