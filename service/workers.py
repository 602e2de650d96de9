"""Several worker processes behind one port, under uvicorn's supervisor: replaced when one dies, drained together.

Each worker is the whole service. What they must have in common lies in files: the data folder's own, and those of a
folder made fresh at each start (metrics, rate limits, the lock for opening an index).
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import sys
import threading
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
from uvicorn.supervisors.multiprocess import Multiprocess

from index.errors import PasserelleError
from service.http import logging as json_logging

if TYPE_CHECKING:
    from fastapi import FastAPI

    from service.settings import Settings

log = logging.getLogger("passerelle.workers")

ANSWERS_WITHIN_S: Final = 30  # a worker that does not answer the supervisor for so long hangs, and is replaced
METRICS_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"  # prometheus_client reads it when it is imported
MakeApp = Callable[["Settings", Path | None], "FastAPI"]


def make_app(settings: Settings, shared: Path | None) -> FastAPI:
    """Return the service; `shared` is the folder its workers have in common, None where there is one process."""
    from service.wiring import service

    return service(settings, shared)


def serve_in_workers(make: MakeApp, settings: Settings, **options: Any) -> int:
    """Serve until told to end (SIGTERM); return 0, or 3 when a worker could not start.

    `make` makes the application in each worker; it must be a function of a module, found there by its name.
    """
    folder = settings.index.data / ".workers" / str(settings.port)  # hidden: no backup takes it
    config = Config(
        Worker(make, settings, folder),
        factory=True,
        workers=settings.workers,
        timeout_worker_healthcheck=ANSWERS_WITHIN_S,
        **options,
    )
    listening = config.bind_socket()  # before the folder is made anew: it belongs to whoever has the port
    with _fresh(folder):
        os.environ[METRICS_FOLDER] = str(folder)
        supervisor = Supervisor(config, [listening], folder)
        supervisor.run()
    has_failed = any(worker.exitcode == STARTUP_FAILURE for worker in supervisor.processes)
    return STARTUP_FAILURE if has_failed else 0


@contextmanager
def _fresh(folder: Path) -> Iterator[None]:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Supervisor(Multiprocess):
    """uvicorn's supervisor, which also logs who died, removes the gauges of the dead, and closes the port to drain."""

    def __init__(self, config: Config, sockets: list[socket], shared: Path) -> None:
        super().__init__(config, sockets)
        self._shared = shared

    def keep_subprocess_alive(self) -> None:
        """Replace the workers that died or hang; end when one could not start, as its successor could not either."""
        before = list(self.processes)
        super().keep_subprocess_alive()
        for old, new in zip(before, self.processes, strict=True):
            if new is not old:
                log.error("worker %s ended (exit code %s); worker %s takes its place", old.pid, old.exitcode, new.pid)
                mark_process_dead(old.pid, str(self._shared))  # type: ignore[no-untyped-call]

    def terminate_all(self) -> None:
        for listening in self.sockets:  # while one process has it open, the system takes connections nobody answers
            listening.close()
        super().terminate_all()


@dataclass(frozen=True, slots=True)
class Worker:
    """Makes the application in a worker process; one that cannot be made ends the service, not only the worker."""

    make: MakeApp
    settings: Settings
    shared: Path

    def __call__(self) -> FastAPI:
        json_logging.configure(self.settings.log_level)
        threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
        try:
            return self.make(self.settings, self.shared)
        except PasserelleError as error:
            log.error("the worker cannot start: %s", error)
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
