"""Buckets of tokens that several processes take from: a table in a file they all map, changed under the file's lock.

The system frees the lock of a process that dies; one killed in the middle of a change leaves one bucket slightly off.
Names are kept as hashes under a secret of this start, so that nobody can choose whose bucket theirs drives out.
"""

from __future__ import annotations

import fcntl
import hashlib
import mmap
import os
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from service.limits import Bucket, TooMany, taken
from service.sessions import kept_secret

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
