"""A step done again and again beside the requests, in a thread of its own, by the leader of several processes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from service.errors import NotReady
from service.library.leader_lock import Leadership


@dataclass
class BackgroundLoop:
    """Calls `step` every `every_s` seconds until it is stopped; the leadership is given up with it.

    Whatever goes wrong in a step is logged as `fault`, and tried again.
    """

    name: str
    step: Callable[[], None]
    every_s: float
    leader: Leadership
    fault: str
    _ended: threading.Event = field(default_factory=threading.Event, repr=False)
    _thread: threading.Thread | None = field(default=None, repr=False)

    @property
    def is_ended(self) -> bool:
        """Say whether it was told to stop."""
        return self._ended.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait so long, or until it is told to stop; say whether it was."""
        return self._ended.wait(seconds)

    @property
    def is_running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Have the step that is under way end, if it does within five seconds."""
        self._ended.set()
        if self._thread:
            self._thread.join(timeout=5)
        self.leader.release()

    def _run(self) -> None:
        while not self._ended.wait(self.every_s):
            try:
                if self.leader.is_leader():
                    self.step()
            except NotReady:
                continue
            except Exception:
                logging.getLogger(f"passerelle.{self.name}").exception(self.fault)
