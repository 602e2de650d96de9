"""Locks between the service's processes: one leader for a job, one worker at a time that opens the index."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from index.settings import IndexSettings
from index.store.locks import exclusive_lock

if TYPE_CHECKING:
    from index.postgresql.connections import ServerLock

T = TypeVar("T")


class Leadership(Protocol):
    """Decides which process does a job: where one dies, another takes over."""

    def is_leader(self) -> bool:
        """Say whether the job is this process's; it becomes the leader where there is none."""
        ...

    def release(self) -> None:
        """Leave the job to another process."""
        ...


def leadership(settings: IndexSettings, name: str) -> Leadership:
    """Return what decides over a job on what all machines share: by PostgreSQL where the index is, else by a file."""
    if not settings.database:
        return LeaderLock(settings.data / f"{name}.lock")
    from index.postgresql.connections import ServerLock

    return ServerLeadership(ServerLock(settings.database, name))


class ServerLeadership:
    """Decides among the processes of all machines. The server frees the lock of a connection that is lost."""

    def __init__(self, lock: ServerLock) -> None:
        self._lock = lock

    def is_leader(self) -> bool:
        """Say whether the job is this process's. Raises StoreError when the server does not answer."""
        return self._lock.is_held() or self._lock.take()

    def release(self) -> None:
        self._lock.release()


class LeaderLock:
    """Decides among the processes of one machine. The system frees the lock of one that dies."""

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


def with_opening_lock(open_index: Callable[[], T], shared: Path | None) -> Callable[[], T]:
    """Return `open_index` for one worker at a time: the first makes the derived files, the others find them."""
    if shared is None:
        return open_index

    def open_alone() -> T:
        with exclusive_lock(shared / "opening.lock"):
            return open_index()

    return open_alone
