"""Files that appear whole or not at all: written beside where they belong, then moved there in one step."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedRandom
from pathlib import Path


@contextmanager
def write_atomically(path: Path, *, private: bool = False, durable: bool = False) -> Iterator[BufferedRandom]:
    """Yield a file that takes the place of `path` when the body ends, and is removed when the body raises.

    `private` lets only its owner read it; `durable` has it on the disk (fsync) before it is moved. Raises OSError.
    """
    unfinished = unfinished_path(path)
    try:
        descriptor = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600 if private else 0o666)
        with os.fdopen(descriptor, "w+b") as file:
            yield file
            if durable:
                file.flush()
                os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def unfinished_path(path: Path) -> Path:
    """Return where this thread writes what is to be moved to `path`: a hidden file beside it."""
    return path.with_name(f".{path.name}.{os.getpid()}-{threading.get_native_id()}.part")
