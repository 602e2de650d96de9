"""How often one may ask: a bucket of tokens for each caller and each address, filled again as time goes by."""

from __future__ import annotations

import fcntl
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
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Protocol

from starlette.types import Scope

from service.access_settings import LimitSettings
from service.auth.sessions import kept_secret

MOST_BUCKETS: Final = 20_000  # past it the one used longest ago is forgotten
ROUNDING: Final = 1e-9  # of a token: who waited as long as told is let through, whatever the clock's last digits
HERE: Final = "127.0.0.1"
Bucket = tuple[float, float]  # its tokens, and when they were counted


class TooMany(Exception):
    """One caller or one address asks too often; `retry_after_s` says when they may again."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"Too many requests. Try again in {retry_after_s} s.")
        self.retry_after_s = retry_after_s


def taken(kept: Bucket | None, now: float, per_minute: int, burst: int) -> tuple[Bucket, int]:
    """Return a bucket after a token was taken from it, and 0; without one to take, the seconds to wait."""
    size, each_s = min(burst, per_minute), 60 / per_minute
    tokens, at = kept or (float(size), now)
    tokens = min(size, tokens + (now - at) / each_s)
    if tokens >= 1 - ROUNDING:
        return (max(0.0, tokens - 1), now), 0
    return (tokens, now), max(1, math.ceil((1 - tokens) * each_s))


@dataclass
class Buckets:
    """Token buckets in memory, full at first; each request takes one token."""

    per_minute: int
    burst: int
    clock: Callable[[], float] = time.monotonic
    _kept: OrderedDict[str, Bucket] = field(default_factory=OrderedDict, repr=False)

    def take(self, name: str) -> None:
        """Take a token from the bucket of that name. Raises TooMany."""
        if not self.per_minute:
            return
        kept = self._kept.pop(name, None)
        self._kept[name], wait_s = taken(kept, self.clock(), self.per_minute, self.burst)
        if len(self._kept) > MOST_BUCKETS:
            self._kept.popitem(last=False)
        if wait_s:
            raise TooMany(wait_s)


class Takes(Protocol):
    """Buckets of tokens, one a name."""

    def take(self, name: str) -> None:
        """Take a token from the bucket of that name. Raises TooMany."""
        ...


class Limits:
    """Who may ask now. `make` gives the buckets of "addresses" and "callers"; usual ones are this process's own."""

    def __init__(
        self,
        settings: LimitSettings,
        clock: Callable[[], float] = time.monotonic,
        make: Callable[[str, int], Takes] | None = None,
    ) -> None:
        self.settings = settings
        make = make or (lambda _, per_minute: Buckets(per_minute, settings.burst, clock))
        self._addresses = make("addresses", settings.per_address)
        self._callers = make("callers", settings.per_caller)

    def take_address(self, address: str) -> None:
        """Count a request from an address. Raises TooMany."""
        if not self.is_exempt(address):
            self._addresses.take(_network(address))

    def take_caller(self, subject: str, address: str) -> None:
        """Count a request of a known caller. Raises TooMany."""
        if subject and not self.is_exempt(address):
            self._callers.take(subject)

    def is_exempt(self, address: str) -> bool:
        found = ip_address(_plain(address))
        return any(found in network for network in self.settings.exempt)


def _plain(address: str) -> str:
    """Return an address that can be read; what comes by no network (a socket file, a test) is this machine."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return HERE
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)


def _network(address: str) -> str:
    """Return the network one subscriber has: an address of IPv4, 64 bits of IPv6."""
    found = ip_address(_plain(address))
    return str(found) if found.version == 4 else str(int(found) >> 64)


_SLOT: Final = struct.Struct("<16sdd")  # a name's hash, its tokens, when they were counted
_EMPTY: Final = bytes(16)
ROWS: Final = 4096
WIDTH: Final = 8  # buckets of a row, which a name's hash chooses; of a full one that used longest ago is forgotten


class SharedBuckets:
    """Full at first; each request takes one token, in whichever process. `clock` is one all of them share."""

    def __init__(
        self, path: Path, per_minute: int, burst: int, clock: Callable[[], float] = time.monotonic, rows: int = ROWS
    ) -> None:
        self.per_minute, self.burst, self.clock = per_minute, burst, clock
        self._secret = bytes.fromhex(kept_secret(path.with_name("buckets-secret")))
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.ftruncate(self._file, rows * WIDTH * _SLOT.size)
        self._table = mmap.mmap(self._file, 0)
        self._rows = rows
        self._thread = threading.Lock()  # the file's lock is the process's

    def take(self, name: str) -> None:
        """Take a token from the bucket of that name. Raises TooMany."""
        if not self.per_minute:
            return
        known = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), key=self._secret, digest_size=16).digest()
        with self._alone():
            place, kept = self._find(known)
            bucket, wait_s = taken(kept, self.clock(), self.per_minute, self.burst)
            _SLOT.pack_into(self._table, place, known, *bucket)
        if wait_s:
            raise TooMany(wait_s)

    def _find(self, known: bytes) -> tuple[int, Bucket | None]:
        """Return the name's place and bucket; where it has none, the place that is free or was used longest ago."""
        first = int.from_bytes(known[:8], "little") % self._rows * WIDTH
        oldest, used = first, float("inf")
        for slot in range(first, first + WIDTH):
            name, tokens, at = _SLOT.unpack_from(self._table, slot * _SLOT.size)
            if name == known:
                return slot * _SLOT.size, (tokens, at)
            at = float("-inf") if name == _EMPTY else at
            if at < used:
                oldest, used = slot, at
        return oldest * _SLOT.size, None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._thread:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)


def address_of(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""
