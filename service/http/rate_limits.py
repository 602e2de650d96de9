"""Rate limits: a token bucket for each caller and each address, refilled as time goes by."""

from __future__ import annotations

import hashlib
import math
import mmap
import os
import struct
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Final, Protocol

import anyio
from starlette.types import Scope

from index.store.locks import lock_file, unlock_file
from service.errors import TooManyRequests
from service.settings import RateLimitSettings

MOST_BUCKETS: Final = 20_000  # past it the one used longest ago is forgotten
ROUNDING: Final = 1e-9  # of a token: a wait of Retry-After seconds is enough, whatever the clock's last digits
UNREADABLE: Final = "unreadable"  # what every client counts as whose address is none, or is no address
Bucket = tuple[float, float]  # its tokens, and when they were counted


def take_token(bucket: Bucket | None, now: float, per_minute: int, burst: int) -> tuple[Bucket, int]:
    """Return the bucket without one token, and 0; when it holds none, the bucket as it is and the seconds to wait."""
    size, seconds_each = min(burst, per_minute), 60 / per_minute
    tokens, counted_at = bucket or (float(size), now)
    tokens = min(size, tokens + (now - counted_at) / seconds_each)
    if tokens >= 1 - ROUNDING:
        return (max(0.0, tokens - 1), now), 0
    return (tokens, now), max(1, math.ceil((1 - tokens) * seconds_each))


class TokenBuckets(Protocol):
    """Token buckets by name."""

    def take(self, name: str) -> None:
        """Take a token from the bucket of that name. Raises TooManyRequests."""
        ...

    def check(self, name: str) -> None:
        """Take none. Raises TooManyRequests where there is none to take."""
        ...


@dataclass
class MemoryBuckets:
    """Token buckets of one process, full at first."""

    per_minute: int
    burst: int
    clock: Callable[[], float] = time.monotonic
    _buckets: OrderedDict[str, Bucket] = field(default_factory=OrderedDict, repr=False)

    def take(self, name: str) -> None:
        """Take a token from the bucket of that name. Raises TooManyRequests."""
        if not self.per_minute:
            return
        bucket = self._buckets.pop(name, None)
        self._buckets[name], wait_s = take_token(bucket, self.clock(), self.per_minute, self.burst)
        if len(self._buckets) > MOST_BUCKETS:
            self._buckets.popitem(last=False)
        if wait_s:
            raise TooManyRequests(wait_s)

    def check(self, name: str) -> None:
        """Take none. Raises TooManyRequests where there is none to take."""
        if self.per_minute and (wait_s := take_token(self._buckets.get(name), self.clock(), *self._size)[1]):
            raise TooManyRequests(wait_s)

    @property
    def _size(self) -> tuple[int, int]:
        return self.per_minute, self.burst


class RateLimits:
    """Limits per address and per caller, and on failed sign-ins; `make` makes their buckets ("addresses", "callers",
    "failures", "writes") in place of this process's own. `asks_server`: they may take a while to answer.
    """

    def __init__(
        self,
        settings: RateLimitSettings,
        clock: Callable[[], float] = time.monotonic,
        make: Callable[[str, int], TokenBuckets] | None = None,
        *,
        asks_server: bool = False,
    ) -> None:
        self.settings = settings
        self._asks_server = asks_server
        make = make or (lambda _, per_minute: MemoryBuckets(per_minute, settings.burst, clock))
        self._addresses = make("addresses", settings.per_address)
        self._callers = make("callers", settings.per_caller)
        self._failures = make("failures", settings.failures)
        self._writes = make("writes", settings.writes)

    async def count_address(self, address: str) -> None:
        """Count a request from an address without holding others up. Raises TooManyRequests."""
        await self._count(self.take_address, address)

    async def count_caller(self, subject: str, address: str) -> None:
        """Count a request of a known caller without holding others up. Raises TooManyRequests."""
        await self._count(self.take_caller, subject, address)

    async def _count(self, take: Callable[..., None], *names: str) -> None:
        if self._asks_server:
            await anyio.to_thread.run_sync(take, *names)
        else:
            take(*names)

    def take_address(self, address: str) -> None:
        """Count a request from an address. Raises TooManyRequests."""
        if not self.is_exempt(address):
            self._addresses.take(network_of(address))

    def take_caller(self, subject: str, address: str) -> None:
        """Count a request of a known caller. Raises TooManyRequests."""
        if subject and not self.is_exempt(address):
            self._callers.take(subject)

    def take_write(self, subject: str, address: str) -> None:
        """Count something a known caller keeps here. Raises TooManyRequests."""
        if not self.is_exempt(address):
            self._writes.take(subject)

    def take_failure(self, address: str) -> None:
        """Count a failed sign-in. Raises TooManyRequests."""
        if not self.is_exempt(address):
            self._failures.take(network_of(address))

    def check_failures(self, address: str) -> None:
        """Raise TooManyRequests for an address whose sign-ins failed too often."""
        if not self.is_exempt(address):
            self._failures.check(network_of(address))

    def is_exempt(self, address: str) -> bool:
        parsed = _parse(address)
        return parsed is not None and any(parsed in network for network in self.settings.exempt)


def _parse(address: str) -> IPv4Address | IPv6Address | None:
    """Return an address, as IPv4 where it is one; None for what a proxy sends that is none."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return getattr(parsed, "ipv4_mapped", None) or parsed


def network_of(address: str) -> str:
    """Return the network of one subscriber: the address itself in IPv4, its first 64 bits in IPv6."""
    parsed = _parse(address)
    if parsed is None:
        return UNREADABLE
    return str(parsed) if parsed.version == 4 else str(int(parsed) >> 64)


_SLOT: Final = struct.Struct("<16sdd")  # a name's hash, its tokens, when they were counted
_EMPTY: Final = bytes(16)
ROWS: Final = 4096
WIDTH: Final = 8  # buckets of a row, which a name's hash chooses; in a full row the one used longest ago is forgotten


class SharedBuckets:
    """Token buckets of all worker processes, in a mapped file, full at first.

    `clock` and `secret` (in hexadecimal) must be the same in all; names are stored as hashes keyed with the secret.
    """

    def __init__(
        self,
        path: Path,
        per_minute: int,
        burst: int,
        secret: str,
        clock: Callable[[], float] = time.monotonic,
        rows: int = ROWS,
    ) -> None:
        self.per_minute, self.burst, self.clock = per_minute, burst, clock
        self._secret = bytes.fromhex(secret)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.ftruncate(self._file, rows * WIDTH * _SLOT.size)
        self._table = mmap.mmap(self._file, 0)
        self._rows = rows
        self._thread_lock = threading.Lock()  # the file's lock is the process's

    def take(self, name: str) -> None:
        """Take a token from the bucket of that name. Raises TooManyRequests."""
        if not self.per_minute:
            return
        digest = self._digest(name)
        with self._exclusive():
            offset, bucket = self._find(digest)
            bucket, wait_s = take_token(bucket, self.clock(), self.per_minute, self.burst)
            _SLOT.pack_into(self._table, offset, digest, *bucket)
        if wait_s:
            raise TooManyRequests(wait_s)

    def check(self, name: str) -> None:
        """Take none. Raises TooManyRequests where there is none to take."""
        if not self.per_minute:
            return
        with self._exclusive():
            _, bucket = self._find(self._digest(name))
        if wait_s := take_token(bucket, self.clock(), self.per_minute, self.burst)[1]:
            raise TooManyRequests(wait_s)

    def _digest(self, name: str) -> bytes:
        return hashlib.blake2b(name.encode("utf-8", "surrogatepass"), key=self._secret, digest_size=16).digest()

    def _find(self, digest: bytes) -> tuple[int, Bucket | None]:
        """Return a name's offset and bucket; for an unknown name the slot that is free or was used longest ago."""
        first = int.from_bytes(digest[:8], "little") % self._rows * WIDTH
        oldest, oldest_at = first, float("inf")
        for slot in range(first, first + WIDTH):
            name, tokens, counted_at = _SLOT.unpack_from(self._table, slot * _SLOT.size)
            if name == digest:
                return slot * _SLOT.size, (tokens, counted_at)
            counted_at = float("-inf") if name == _EMPTY else counted_at
            if counted_at < oldest_at:
                oldest, oldest_at = slot, counted_at
        return oldest * _SLOT.size, None

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        with self._thread_lock:
            lock_file(self._file)
            try:
                yield
            finally:
                unlock_file(self._file)


def address_of(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""
