"""Runs that follow one another: the inbox often, the sources now and then; a run that fails is told and tried again."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from index.errors import PasserelleError


class Pass(Protocol):
    """One run over the inbox, and over the sources too when they are due."""

    def __call__(self, *, with_sources: bool) -> object: ...


@dataclass
class Watch:
    """Calls for a run every so often. `wait` sleeps and says whether it is over (`threading.Event.wait`)."""

    run: Pass
    tell: Callable[[str], None]
    every_s: float = 15.0
    sources_every_s: float = 300.0
    clock: Callable[[], float] = time.monotonic
    _due: float = field(default=float("-inf"), init=False)

    def run_once(self) -> None:
        """Run over what is due now; what stops a run is told, and the next one goes on from what was written."""
        now = self.clock()
        if now >= self._due:
            self._due = now + self.sources_every_s
            if self._went_well(with_sources=True):
                return
        self._went_well(with_sources=False)  # a source that is away must not keep the inbox waiting

    def _went_well(self, *, with_sources: bool) -> bool:
        try:
            self.run(with_sources=with_sources)
        except (PasserelleError, sqlite3.Error, OSError) as error:
            self.tell(f"this run stopped: {error} The next one goes on.")
            return False
        return True

    def until(self, wait: Callable[[float], bool]) -> None:
        """Run again and again until `wait` says that it is over."""
        while True:
            self.run_once()
            if wait(self.every_s):
                return
