"""Several worker processes behind one port: started, replaced when one dies, drained together (uvicorn's supervisor).

Each worker is the whole service. What they must have in common lies in files: the data folder's own, and those of a
folder made fresh at each start (measures, buckets of requests, whose turn it is to open an index).
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import parent_process
from multiprocessing.connection import wait
from pathlib import Path
from socket import socket
from typing import TYPE_CHECKING, Any, Final

from prometheus_client.multiprocess import mark_process_dead
from uvicorn.config import STARTUP_FAILURE, Config
from uvicorn.supervisors.multiprocess import Multiprocess, Process

from service.http import logging as logs

if TYPE_CHECKING:
    from fastapi import FastAPI

    from service.settings import Settings

log = logging.getLogger("passerelle.workers")

ANSWERS_WITHIN_S: Final = 30  # a worker that does not answer the supervisor for so long hangs, and is replaced
METRICS_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"  # prometheus_client reads it when it is imported
Make = Callable[["Settings", Path | None], "FastAPI"]


def application(settings: Settings, shared: Path | None) -> FastAPI:
    """Return the service; `shared` is the folder its workers have in common, None where there is one process."""
    from service.wiring import service

    return service(settings, shared)


def serve_in_workers(make: Make, settings: Settings, **how: Any) -> int:
    """Serve until told to end (SIGTERM); return 0, or 3 when a worker could not start.

    `make` makes the application in each worker; it must be a function of a module, found there by its name.
    """
    folder = settings.index.data / ".workers" / str(settings.port)  # hidden: no backup takes it
    config = Config(
        Worker(make, settings, folder),
        factory=True,
        workers=settings.workers,
        timeout_worker_healthcheck=ANSWERS_WITHIN_S,
        **how,
    )
    listening = config.bind_socket()  # before the folder is made anew: it belongs to whoever has the port
    with _fresh(folder):
        os.environ[METRICS_FOLDER] = str(folder)
        supervisor = Supervisor(config, [listening], folder)
        supervisor.run()
    failed = any(one.exitcode == STARTUP_FAILURE for one in supervisor.processes)
    return STARTUP_FAILURE if failed else 0


@contextmanager
def _fresh(folder: Path) -> Iterator[None]:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Supervisor(Multiprocess):
    """uvicorn's, which also says who died, takes back what the dead measured of the present, and closes the door.

    It never waits for an answer: uvicorn's own waits for that of a worker killed meanwhile until its time is up.
    """

    def __init__(self, config: Config, sockets: list[socket], shared: Path) -> None:
        super().__init__(config, sockets)
        self._shared = shared
        self._answered: dict[Process, float] = {}

    def keep_subprocess_alive(self) -> None:
        """Replace the workers that died or hang; end when one could not start, as its successor could not either."""
        for place, old in enumerate(self.processes):
            if old.process.is_alive() and self._answers(old):
                continue
            old.kill()
            old.join()
            if old.exitcode == STARTUP_FAILURE:
                log.error("worker %s could not start; the service ends", old.pid)
                self.should_exit.set()
                return
            new = self.processes[place] = Process(self.config, self.sockets)
            new.start()
            log.error("worker %s ended (exit code %s); worker %s takes its place", old.pid, old.exitcode, new.pid)
            self._answered.pop(old, None)
            mark_process_dead(old.pid, str(self._shared))  # type: ignore[no-untyped-call]

    def _answers(self, worker: Process) -> bool:
        """Ask once more, and say whether an answer has come within the time a worker has."""
        now = time.monotonic()
        if worker.ping(timeout=0):
            self._answered[worker] = now
        return now - self._answered.setdefault(worker, now) < self.config.timeout_worker_healthcheck

    def terminate_all(self) -> None:
        for one in self.sockets:  # as long as one process has it open, the system takes connections nobody answers
            one.close()
        super().terminate_all()


@dataclass(frozen=True, slots=True)
class Worker:
    """Makes the application in a worker process; one that cannot be made ends the service, not only the worker."""

    make: Make
    settings: Settings
    shared: Path

    def __call__(self) -> FastAPI:
        logs.configure(self.settings.log_level)
        threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
        try:
            return self.make(self.settings, self.shared)
        except Exception:
            log.exception("the worker cannot start")
            sys.exit(STARTUP_FAILURE)


def _end_with_parent() -> None:
    """Drain when the supervisor is gone: a worker nobody watches would keep the port from the next start."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        log.error("the supervisor has ended; so does this worker")
        os.kill(os.getpid(), signal.SIGTERM)
