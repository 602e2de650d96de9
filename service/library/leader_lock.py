"""Locks between the service's processes: one leader for a job, one worker at a time that opens the index.

Leaders are chosen among all processes that work on the same data: by a lock file of the data folder, or by a lock of
the PostgreSQL server that several machines share. Opening is each machine's own, since what it makes is.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol, TypeVar

from index.errors import StoreError
from index.settings import IndexSettings
from index.store.locks import exclusive_lock

T = TypeVar("T")
log = logging.getLogger("passerelle.jobs")


class Leadership(Protocol):
    """Decides which process does a job."""

    def is_leader(self) -> bool:
        """Say whether the job is this process's; it becomes the leader where there is none."""
        ...

    def release(self) -> None:
        """Leave the job to another process."""
        ...


class LeaderLock:
    """A leader by a lock file. The system frees the lock of a process that dies, and another takes over."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held: ExitStack | None = None

    def is_leader(self) -> bool:
        """Say whether the job is this process's; it becomes the leader where there is none."""
        if self._held is None:
            with ExitStack() as stack:
                try:
                    stack.enter_context(exclusive_lock(self._path, wait=False))
                except BlockingIOError:
                    return False
                self._held = stack.pop_all()
        return True

    def release(self) -> None:
        """Leave the job to another process."""
        if self._held is not None:
            self._held.close()
            self._held = None


class ServerLeaderLock:
    """A leader by a lock of the PostgreSQL server, which frees it when the leader's connection is lost.

    A leader looks each time whether it still is; where the server does not answer, nobody is.
    """

    def __init__(self, address: str, name: str) -> None:
        from index.postgresql.connections import HeldLock

        self._lock = HeldLock(address, name)

    def is_leader(self) -> bool:
        """Say whether the job is this process's; it becomes the leader where there is none."""
        try:
            return self._lock.hold()
        except StoreError as error:
            log.warning("no leader for %s can be chosen: %s", self._lock.name, error)
            return False

    def release(self) -> None:
        """Leave the job to another process."""
        self._lock.release()


def leader_lock(settings: IndexSettings, name: str) -> Leadership:
    """Return what chooses the leader for a job among all processes that work on the settings' data."""
    return ServerLeaderLock(settings.database, name) if settings.database else LeaderLock(settings.data / name)


def with_opening_lock(open_index: Callable[[], T], shared: Path | None) -> Callable[[], T]:
    """Return `open_index` for one worker at a time: the first makes the derived files, the others find them."""
    if shared is None:
        return open_index

    def open_alone() -> T:
        with exclusive_lock(shared / "opening.lock"):
            return open_index()

    return open_alone
