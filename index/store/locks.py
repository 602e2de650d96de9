"""Locks between processes: files that the system unlocks when their holder ends, however it ends.

Not the `filelock` package: it waits by looking again every 50 ms, and one of these locks is taken with each request
(`service.http.rate_limits`); flock(2) waits in the kernel.
"""

from __future__ import annotations

import os
import re
import shlex
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Final

from index.clock import utc_now
from index.errors import PasserelleError

_PASSWORD: Final = re.compile(r"(://[^:@/\s]*:)\S*(?=@)|(password=)[^&\s'\"]+")  # in the address of a database
INGEST_LOCK: Final = "ingest.lock"  # below the data folder: whoever changes the index holds it


class AnotherJob(PasserelleError):
    """Another job is writing to this index."""


@contextmanager
def exclusive_lock(path: Path, *, wait: bool = True) -> Iterator[IO[str]]:
    """Hold the lock file, made if need be, while the body runs.

    Raises BlockingIOError when another process or thread holds it, unless it is to be waited for.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        lock_file(file, wait=wait)
        yield file  # closing the file frees the lock


def lock_file(file: IO[str] | int, *, wait: bool = True) -> None:
    """Lock an open file until it is unlocked or closed. Raises BlockingIOError when it is held and not waited for."""
    try:
        import fcntl
    except ImportError:  # Windows: SQLite's own lock still keeps every document whole
        return
    fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)


def unlock_file(file: IO[str] | int) -> None:
    """Unlock an open file that stays open."""
    try:
        import fcntl
    except ImportError:
        return
    fcntl.flock(file, fcntl.LOCK_UN)


@contextmanager
def job_lock(path: Path, *, wait: bool = False) -> Iterator[None]:
    """Hold the lock of a job while the body runs: the lock file then names the process that holds it.

    Raises AnotherJob, with that name, when another process holds it, unless it is to be waited for.
    """
    with ExitStack() as stack:
        try:
            file = stack.enter_context(exclusive_lock(path, wait=wait))
        except BlockingIOError as error:
            holder = path.read_text(encoding="utf-8").strip() or "an unknown process"
            raise AnotherJob(
                f"{path}: another job is writing to this index: {holder}. Wait for it, or end it."
            ) from error
        file.truncate(0)
        file.write(f"{_describe_this_process()}\n")
        file.flush()
        yield
        file.truncate(0)


def _describe_this_process() -> str:
    command = _PASSWORD.sub(r"\1\2…", shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]))[:200]
    since = f"{utc_now():%Y-%m-%d %H:%M:%S} UTC"
    return f"process {os.getpid()} on {socket.gethostname()}, since {since}, `{command}`"
