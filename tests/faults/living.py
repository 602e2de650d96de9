"""The service in a process of its own (`tests.faults.serving`), asked and looked at from outside."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from index.documents import Audience
from service.auth.keys import KeyStore
from tests.conftest import ROOT
from tests.faults.scenarios import BEFORE, bring_to

PAUSE = threading.Event()  # never set: waits between two looks


@dataclass
class Service:
    """A service in a process of its own."""

    process: subprocess.Popen[bytes]
    url: str
    data: Path
    key: dict[str, str]  # of staff, who are told the generation

    def ready(self) -> dict[str, Any]:
        answer: dict[str, Any] = httpx.get(f"{self.url}/ready", headers=self.key, timeout=30).json()
        return answer

    def until(self, what: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Look until the service says so; a minute is far more than it takes."""
        for _ in range(1200):
            try:
                if what(answer := self.ready()):
                    return answer
            except httpx.TransportError:
                assert self.process.poll() is None, "the service has ended"
            PAUSE.wait(0.05)
        pytest.fail(f"still {self.ready()}")

    def come_to_an_end(self) -> None:
        """Connect anew until that is refused. Raises httpx.TransportError."""
        for _ in range(1200):
            httpx.get(f"{self.url}/health", timeout=30)
            PAUSE.wait(0.02)

    def search(self, client: httpx.Client, query: str = "partie") -> httpx.Response:
        return client.post(f"{self.url}/api/v1/search", json={"query": query}, headers=self.key)

    def memory(self) -> int:
        """Return what the process holds of its own, in bytes."""
        lines = (self._proc / "smaps_rollup").read_text(encoding="ascii")
        return sum(int(line.split()[1]) for line in lines.splitlines() if line.startswith("Private_")) * 1024

    def open_files(self) -> int:
        return sum(1 for _ in (self._proc / "fd").iterdir())

    def threads(self) -> int:
        return sum(1 for _ in (self._proc / "task").iterdir())

    @property
    def _proc(self) -> Path:
        return Path(f"/proc/{self.process.pid}")


class Launched(NamedTuple):
    process: subprocess.Popen[bytes]
    url: str
    data: Path
    key: dict[str, str]  # of staff


def launch(folder: Path, *words: str) -> Launched:
    """Start the service over a small index in the folder, its log beside it."""
    data = folder / "data"
    bring_to(BEFORE)(data)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    key = {"Authorization": f"Bearer {KeyStore(data / 'keys.sqlite').add('Anne', Audience.STAFF)}"}
    command = [sys.executable, "-m", "tests.faults.serving", str(data), str(port), *words]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, stderr=log)
    return Launched(process, f"http://127.0.0.1:{port}", data, key)


@contextmanager
def started(folder: Path, *words: str) -> Iterator[Service]:
    """Launch the service and wait until it is ready; end it with the body."""
    made = Service(*launch(folder, *words))
    with made.process:
        try:
            made.until(lambda answer: answer.get("ready", False))
            yield made
        finally:
            made.process.kill()
