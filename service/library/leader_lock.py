"""What two processes must not do both, or not at once: whoever holds a file's lock does it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from index.store.locks import exclusive

T = TypeVar("T")


class Sole:
    """Says whether the job is this process's. The system frees the lock of one that dies, and another takes over."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held: int | None = None

    def is_this_process(self) -> bool:
        if self._held is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            file = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(file)
                return False
            self._held = file
        return True

    def release(self) -> None:
        if self._held is not None:
            os.close(self._held)
            self._held = None


def one_at_a_time(open_index: Callable[[], T], shared: Path | None) -> Callable[[], T]:
    """Return what opens an index in one worker at a time: the first makes what is derived, the others find it."""
    if shared is None:
        return open_index

    def opened() -> T:
        with exclusive(shared / "opening.lock", waiting=True):
            return open_index()

    return opened
