"""Files are read while earlier ones are embedded: a few at a time, in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from ingest.loaders import Loaded, UnreadableFile
from ingest.sync.changes import Todo
from ingest.sync.reader_process import Reader

AHEAD: Final = 8


def read_ahead(reader: Reader, todo: Sequence[Todo]) -> Iterator[tuple[Todo, Loaded | UnreadableFile]]:
    """Yield each file with what it says, in order; the next ones are read meanwhile. Closes the reader."""
    waiting: deque[tuple[Todo, Future[Loaded]]] = deque()
    left = iter(todo)
    with ThreadPoolExecutor(1, thread_name_prefix="read") as pool:
        try:
            while True:
                while len(waiting) < AHEAD and (one := next(left, None)) is not None:
                    waiting.append((one, pool.submit(reader.read, one.candidate.file, one.candidate.password)))
                if not waiting:
                    return
                one, future = waiting.popleft()
                try:
                    yield one, future.result()
                except UnreadableFile as error:
                    yield one, error
        finally:
            reader.close()
            pool.shutdown(cancel_futures=True)
