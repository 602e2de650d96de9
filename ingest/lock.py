"""One ingestion job at a time on one index: the second says who holds the lock."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from index.errors import PasserelleError


class AnotherJob(PasserelleError):
    """Another ingestion job is writing to this index."""


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the lock file while the body runs; the system frees it when the process dies. Raises AnotherJob."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            import fcntl
        except ImportError:  # Windows: SQLite's own lock still keeps every document whole
            yield
            return
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            holder = file.read().strip() or "an unknown process"
            raise AnotherJob(f"{path}: another ingestion job is running ({holder}). Wait for it, or end it.") from error
        file.truncate(0)
        file.write(f"process {os.getpid()}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\n")
        file.flush()
        yield
        file.truncate(0)
