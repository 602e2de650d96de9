"""The job beside the service that has what waits read: uploads soon after they come, all sources when staff ask for it.

One process of the service does it, one run at a time. What waits is told by the files themselves, so that a service
that was killed goes on where it was; the ingestion command reads nothing twice.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from index.clock import utc_now
from index.reasons import record_reason
from service.ingestion.command import IngestionCommand, Outcome
from service.ingestion.state import IngestionFiles, Request, Run, State
from service.library.background import BackgroundLoop
from service.library.leader_lock import Leadership

log = logging.getLogger("passerelle.ingestion")
RETRY_S: Final = 30.0  # after a run that failed; doubled with each one that follows
LONGEST_RETRY_S: Final = 3600.0


@dataclass
class BackgroundReader:
    """Looks every few seconds for what waits, and runs the command; `look` may also be called by hand.

    `waiting` names what the command would read now of uploads: what is still there after a run that did its work is
    not tried again before something else comes.
    """

    files: IngestionFiles
    command: IngestionCommand
    waiting: Callable[[], frozenset[str]]
    leader: Leadership
    every_s: float = 2.0
    now: Callable[[], float] = time.time
    loop: BackgroundLoop = field(init=False)
    _tried: frozenset[str] = field(default=frozenset(), init=False)

    def __post_init__(self) -> None:
        fault = "what waits to be read could not be looked through"
        self.loop = BackgroundLoop("ingestion", self._step, self.every_s, self.leader, fault)

    def start(self) -> None:
        self.loop.start()

    def stop(self) -> None:
        self.loop.stop()
        if not self.loop.is_running:
            self.files.rest()

    def _step(self) -> None:
        self.look()

    def look(self) -> bool:
        """Run the command if something waits and nobody else will read it; say whether it was run."""
        self.files.data.mkdir(parents=True, exist_ok=True)
        self.files.touch()
        state, request = self.files.state(), self.files.request()
        if state.running is not None:  # of a process that was killed
            state = replace(state, running=None)
            self.files.write_state(state)
        if self.now() < state.next_try:
            return False
        if request is not None:
            self._run(["--again"], Run("again", request.by, _now()), request)
            return True
        waiting = self.waiting()
        if not waiting - self._tried or self.files.is_watched:
            return False
        if self._run(["--uploads"], Run("uploads", "", _now())).is_done:
            self._tried = waiting & self.waiting()
        return True

    def _run(self, words: list[str], run: Run, request: Request | None = None) -> Outcome:
        def begin(pid: int) -> None:
            self.files.begin(replace(run, pid=pid))

        log.info("reading %s", run.what)
        outcome = self.command.run(words, begun=begin, wait=self._wait)
        before = self.files.state()
        recorded = tuple(map(record_reason, outcome.reasons))
        last = replace(run, ended=_now(), is_done=outcome.is_done, message=outcome.message, recorded=recorded)
        if self.loop.is_ended:  # it goes on at the next start
            self.files.write_state(replace(before, running=None))
            return outcome
        if request is not None:  # also if it failed: whoever asked is shown why, and may ask again
            self.files.settle(request)
        failures = 0 if outcome.is_done or request is not None else before.failures + 1
        next_try = self.now() + min(RETRY_S * 2 ** (failures - 1), LONGEST_RETRY_S) if failures else 0.0
        self.files.write_state(State(None, last, failures, next_try))
        if not outcome.is_done:
            log.error("reading %s: %s", run.what, outcome.message)
        return outcome

    def _wait(self, seconds: float) -> bool:
        self.files.touch()
        return self.loop.wait(seconds)


def _now() -> str:
    return utc_now().isoformat(timespec="seconds")
