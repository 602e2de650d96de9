"""Run again and again: the inbox often, the sources now and then; a run that fails is reported and tried again."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from index.errors import PasserelleError

WATCHING: Final = "ingest-watching"  # touched while a job watches, so that the service can say whether one does
HEARTBEAT_S: Final = 5.0


class Run(Protocol):
    """One run over the inbox, and over the sources too when they are due."""

    def __call__(self, *, with_sources: bool) -> object: ...


@dataclass
class Watch:
    """Starts a run every `every_s`. Runs that fail are reported to `on_failure`."""

    run: Run
    on_failure: Callable[[str], None]
    every_s: float = 15.0
    sources_every_s: float = 300.0
    clock: Callable[[], float] = time.monotonic
    _due: float = field(default=float("-inf"), init=False)

    def run_once(self) -> None:
        """Run over what is due now; if a run fails, the next one goes on from what was written."""
        now = self.clock()
        if now >= self._due:
            self._due = now + self.sources_every_s
            if self._try_run(with_sources=True):
                return
        self._try_run(with_sources=False)  # a source that is away must not keep the inbox waiting

    def _try_run(self, *, with_sources: bool) -> bool:
        try:
            self.run(with_sources=with_sources)
        except (PasserelleError, sqlite3.Error, OSError) as error:
            self.on_failure(f"this run stopped: {error} The next one goes on.")
            return False
        return True

    def run_until(self, wait: Callable[[float], bool]) -> None:
        """Run again and again until `wait` (as `threading.Event.wait`), called for so many seconds, returns True."""
        while True:
            self.run_once()
            if wait(self.every_s):
                return


@contextmanager
def heartbeat(path: Path, every_s: float = HEARTBEAT_S) -> Iterator[None]:
    """Touch a file every few seconds while the body runs, and remove it at the end."""
    ended = threading.Event()

    def touch_repeatedly() -> None:
        while not ended.is_set():
            with contextlib.suppress(OSError):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
                os.utime(path, (time.time(),) * 2)
            ended.wait(every_s)
        path.unlink(missing_ok=True)

    thread = threading.Thread(target=touch_repeatedly, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(timeout=5)
