"""Show how far the run is: a bar on a terminal, a plain line every few seconds elsewhere."""

from __future__ import annotations

import time
from typing import IO, Protocol

EVERY_S = 5.0


class Progress(Protocol):
    """Receives the number of files, then each file that is done."""

    def start(self, total: int) -> None: ...

    def done(self, path: str) -> None: ...

    def close(self) -> None: ...


class NoProgress:
    """Shows nothing."""

    def start(self, total: int) -> None:
        return

    def done(self, path: str) -> None:
        return

    def close(self) -> None:
        return


class Bar:
    """Shows a tqdm bar."""

    def __init__(self, stream: IO[str]) -> None:
        from tqdm import tqdm

        self._bar = tqdm(total=0, unit="file", file=stream, dynamic_ncols=True)

    def start(self, total: int) -> None:
        self._bar.reset(total)

    def done(self, path: str) -> None:
        self._bar.set_postfix_str(path[-40:], refresh=False)
        self._bar.update()

    def close(self) -> None:
        self._bar.close()


class Lines:
    """Writes a line every few seconds: `120/400 files, 30 %, health/zoast.pdf`."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._total = self._count = 0
        self._next = time.monotonic() + EVERY_S

    def start(self, total: int) -> None:
        self._total = total

    def done(self, path: str) -> None:
        self._count += 1
        if time.monotonic() >= self._next or self._count == self._total:
            share = 100 * self._count // max(self._total, 1)
            self._stream.write(f"{self._count}/{self._total} files, {share} %, {path}\n")
            self._stream.flush()
            self._next = time.monotonic() + EVERY_S

    def close(self) -> None:
        return


def make_progress(stream: IO[str]) -> Progress:
    """Return a bar for a terminal, lines for anything else."""
    return Bar(stream) if stream.isatty() else Lines(stream)
