"""The worker processes of one command: started, watched, started anew when they die, and ended."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection as Pipe
from multiprocessing.process import BaseProcess
from typing import Final, NamedTuple, Protocol

from index.errors import PasserelleError
from ingest.workers.worker import Order, work

MOST_DEATHS: Final = 15  # without a file read in between
_ENDS_WITHIN_S: Final = 10.0
# Forked from a process that has imported what a worker needs, and has no threads: 0.1 s instead of 2 s.
_CAN_FORK: Final = "forkserver" in multiprocessing.get_all_start_methods()
_CONTEXT: Final = multiprocessing.get_context("forkserver") if _CAN_FORK else multiprocessing.get_context("spawn")
_CONTEXT.set_forkserver_preload([work.__module__])


class WorkersFailed(PasserelleError):
    """The workers of this command cannot work; the message is their error, or that they were killed."""


class _Process(NamedTuple):
    process: BaseProcess
    failure: Pipe


class Pool(Protocol):
    """The workers of a command."""

    def start(self) -> None:
        """Start the workers unless they run."""
        ...

    def check(self) -> None:
        """Start anew what was killed. Raises WorkersFailed when a worker reports an error, or all are killed always."""
        ...

    def close(self) -> None:
        """End the workers; what they read is left to others."""
        ...


@dataclass
class WorkerPool:
    """So many worker processes of an order. `count_read` says how many files were read so far."""

    order: Order
    size: int
    count_read: Callable[[], int]
    _processes: list[_Process] = field(default_factory=list, init=False)
    _deaths: int = field(default=0, init=False)
    _read: int = field(default=-1, init=False)

    @property
    def pids(self) -> list[int]:
        return [process.pid for process, _ in self._processes if process.pid is not None and process.is_alive()]

    def start(self) -> None:
        while len(self._processes) < self.size:
            self._processes.append(self._start_process())

    def check(self) -> None:
        for number, (process, failure) in enumerate(self._processes):
            if process.is_alive():
                continue
            process.join()
            with suppress(EOFError):
                if failure.poll():
                    raise WorkersFailed(f"A worker stopped: {failure.recv()}")
            self._count_death(process.exitcode or 0)
            self._processes[number] = self._start_process()

    def close(self) -> None:
        for process, _ in self._processes:
            process.terminate()
        for process, failure in self._processes:
            process.join(_ENDS_WITHIN_S)
            process.kill()
            process.join()
            process.close()
            failure.close()
        self._processes.clear()

    def _start_process(self) -> _Process:
        failure, child = _CONTEXT.Pipe(duplex=False)
        process = _CONTEXT.Process(target=work, args=(self.order, child), name="ingest worker", daemon=True)
        process.start()
        child.close()
        return _Process(process, failure)

    def _count_death(self, exit_code: int) -> None:
        read = self.count_read()
        self._deaths, self._read = (self._deaths + 1 if read == self._read else 1), read
        if self._deaths >= MOST_DEATHS:
            raise WorkersFailed(
                f"The workers ended {self._deaths} times (the last with {exit_code}) without reading a file. Has the "
                "machine enough memory for so many? Each takes that of an ingestion run; start fewer."
            )
