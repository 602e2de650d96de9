"""One writer at a time on one index: the second is told who holds the lock."""

from __future__ import annotations

import os
import shlex
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from index.errors import PasserelleError

INGESTION: Final = "ingest.lock"  # below the data folder: whoever changes the index holds it


class AnotherJob(PasserelleError):
    """Another job is writing to this index."""


@contextmanager
def exclusive(path: Path, *, waiting: bool = False) -> Iterator[None]:
    """Hold the lock file while the body runs; the system frees it when the process dies.

    Raises AnotherJob when another process holds it, unless it is to be waited for.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            import fcntl
        except ImportError:  # Windows: SQLite's own lock still keeps every document whole
            yield
            return
        try:
            fcntl.flock(file, fcntl.LOCK_EX if waiting else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            holder = file.read().strip() or "an unknown process"
            raise AnotherJob(
                f"{path}: another job is writing to this index: {holder}. Wait for it, or end it."
            ) from error
        file.truncate(0)
        file.write(f"{_myself()}\n")
        file.flush()
        yield
        file.truncate(0)


def _myself() -> str:
    command = shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])[:200]
    since = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return f"process {os.getpid()} on {socket.gethostname()}, since {since}, `{command}`"
