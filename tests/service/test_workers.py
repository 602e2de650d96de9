"""Two real worker processes behind one port: together they are one service, whichever of them answers."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.samples import Sample

from index.errors import SettingsError
from service.journal.store import JournalStore
from service.settings import Settings
from tests.conftest import ROOT
from tests.faults.living import launch
from tests.faults.scenarios import BEFORE
from tests.service.signing_in import sign_in, token_of

PAUSE = threading.Event()  # never set: waits between two looks


@dataclass
class Service:
    """A supervisor and its workers."""

    process: subprocess.Popen[bytes]
    url: str
    data: Path
    key: dict[str, str]

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Ask over a connection of its own, so that any worker may answer."""
        return httpx.get(self.url + path, headers=self.key | headers, timeout=30)

    def search(self, query: str = "partie") -> httpx.Response:
        return httpx.post(f"{self.url}/api/v1/search", json={"query": query}, headers=self.key, timeout=30)

    def samples(self) -> dict[tuple[str, tuple[str, ...]], float]:
        samples = [
            ((sample.name, tuple(sample.labels.values())), sample.value)
            for family in text_string_to_metric_families(self.get("/metrics").text)
            for sample in family.samples
        ]
        assert len(dict(samples)) == len(samples), "a series stands there twice"
        return dict(samples)

    def workers(self) -> set[int]:
        """Return the processes that serve, as the measures name them."""
        return {int(labels[0]) for (name, labels) in self.samples() if name == "process_resident_memory_bytes"}

    def log(self) -> str:
        return (self.data.parent / "log").read_text(encoding="utf-8")


def until(what: Callable[[], Any]) -> Any:
    """Look until it is so; a minute is far more than it takes."""
    for _ in range(1200):
        try:
            if value := what():
                return value
        except httpx.TransportError:
            pass
        PAUSE.wait(0.05)
    return pytest.fail("it never came to be")


def start(folder: Path, workers: int = 2) -> Service:
    return Service(*launch(folder, str(workers)))


@contextmanager
def running(folder: Path) -> Iterator[Service]:
    made = start(folder)
    try:
        until(lambda: len(made.workers()) == 2)
        yield made
    finally:
        made.process.kill()
        made.process.wait()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with running(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service for the tests that leave it as good as it was."""
    with running(tmp_path_factory.mktemp("lasting")) as made:
        yield made


def samples_of(pid: int) -> list[Sample]:
    return [
        sample for family in ProcessCollector(pid=lambda: pid, registry=None).collect() for sample in family.samples
    ]


def gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists() or "(zombie)" in Path(f"/proc/{pid}/status").read_text(encoding="ascii")


def test_the_number_of_workers_is_a_setting_and_one_without_it() -> None:
    assert Settings.from_environ({}).workers == 1
    assert Settings.from_environ({"PASSERELLE_WORKERS": "3"}).workers == 3
    with pytest.raises(SettingsError, match="PASSERELLE_WORKERS"):
        Settings.from_environ({"PASSERELLE_WORKERS": "0"})


def test_one_process_has_no_supervisor_and_no_folder_to_share(tmp_path: Path) -> None:
    made = start(tmp_path, workers=1)
    try:
        until(lambda: made.get("/ready").status_code == 200)
        started = made.samples()["process_start_time_seconds", ()]
        assert (
            started
            == {sample.name: sample.value for sample in samples_of(made.process.pid)}["process_start_time_seconds"]
        )
        assert not (made.data / ".workers").exists()
    finally:
        made.process.kill()
        made.process.wait()


SEARCHES = ("passerelle_requests_total", ("POST", "/api/v1/search", "200"))


def searched(service: Service) -> float:
    return service.samples().get(SEARCHES, 0.0)


def test_workers_answer_as_one_service_and_its_measures_are_their_sum(lasting: Service) -> None:
    before = searched(lasting)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: lasting.search(f"partie {number}"), range(60)))
    assert {answer.status_code for answer in answers} == {200}
    assert all(answer.json()["results"] for answer in answers)
    scrapes = [lasting.samples() for _ in range(6)]
    assert {scrape[SEARCHES] for scrape in scrapes} == {before + 60}
    assert {scrape["passerelle_requests_under_way", ()] for scrape in scrapes} == {1}
    assert {scrape["passerelle_index_documents", ()] for scrape in scrapes} == {len(BEFORE)}
    until(lambda: lasting.search().status_code == 200 and all_have_answered(lasting, b"/api/v1/search"))
    answer = httpx.post(f"{lasting.url}/api/v1/ask", json={"question": "partie ?"}, headers=lasting.key, timeout=30)
    assert answer.status_code == 200
    assert "d1" in lasting.get("/?q=partie").text


def all_have_answered(service: Service, route: bytes) -> bool:
    """Say whether each worker that lives has answered a request of this route."""
    files = [
        service.data / ".workers" / service.url.rpartition(":")[2] / f"counter_{worker}.db"
        for worker in service.workers()
    ]
    return len(files) == 2 and all(route in file.read_bytes() for file in files)


def test_who_signs_in_with_one_worker_is_known_to_all_until_they_sign_out(lasting: Service) -> None:
    own = httpx.Limits(max_keepalive_connections=0)  # a connection for each request
    with httpx.Client(base_url=lasting.url, timeout=30, limits=own) as browser:
        assert sign_in(browser, lasting.key["Authorization"].removeprefix("Bearer ")) == 303
        until(lambda: browser.get("/staff").status_code == 200 and all_have_answered(lasting, b"/staff"))
        page = browser.get("/").text
        assert browser.post("/signout/everywhere", data={"token": token_of(page)}).status_code == 303
        assert {browser.get("/staff").status_code for _ in range(10)} == {404}


def test_a_vote_counts_whichever_worker_takes_it(lasting: Service) -> None:
    for number in range(12):
        shown = lasting.search(f"partie {number}")
        vote = {"search": shown.headers["X-Search-ID"], "document_id": "d1", "helped": True}
        answer = httpx.post(f"{lasting.url}/api/v1/feedback", json=vote, headers=lasting.key, timeout=30)
        assert answer.status_code == 202

    def kept() -> bool:
        with JournalStore(lasting.data / "journal.sqlite").open_shared() as db:
            return bool(db.execute("SELECT count(*) FROM votes").fetchone()[0] == 12)

    until(kept)


def test_a_limit_holds_for_all_workers_together(lasting: Service) -> None:
    def ask(_: int) -> int:
        return lasting.get("/api/v1/openapi.json", **{"X-Forwarded-For": "192.0.2.7"}).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = Counter(pool.map(ask, range(80)))
    assert statuses[200] + statuses[429] == 80
    assert 20 <= statuses[200] < 40  # a burst of 20, and one more every three seconds


def end_one(service: Service, how: signal.Signals) -> None:
    """Signal a worker and hold that it is replaced while every request is answered."""
    before, ended = searched(service), min(service.workers())
    os.kill(ended, how)
    statuses = Counter[int]()

    def is_replaced() -> bool:
        statuses[service.search().status_code] += 1  # over a new connection: only those of the dead are lost
        return len(now := service.workers()) == 2 and ended not in now

    until(is_replaced)
    assert set(statuses) == {200}
    assert f"worker {ended} ended (exit code -9)" in service.log()
    samples = service.samples()
    assert samples[SEARCHES] == before + statuses[200]
    assert samples["passerelle_requests_under_way", ()] == 1


def test_a_killed_worker_is_replaced_and_the_service_goes_on_answering(lasting: Service) -> None:
    end_one(lasting, signal.SIGKILL)


@pytest.mark.soak
def test_a_worker_that_hangs_is_replaced_too(lasting: Service) -> None:
    end_one(lasting, signal.SIGSTOP)  # half a minute


def test_told_to_end_every_worker_answers_what_it_accepted_and_the_command_ends_well(service: Service) -> None:
    workers = service.workers()
    os.mkfifo(service.data / "gate")
    with ThreadPoolExecutor(6) as pool:
        accepted = [pool.submit(service.search, f"attends la partie {number}") for number in range(6)]
        gate = os.open(service.data / "gate", os.O_WRONLY)
        until(lambda: service.samples()["passerelle_requests_under_way", ()] == 7)
        service.process.send_signal(signal.SIGTERM)
        until_refused(service)
        assert not any(future.done() for future in accepted)
        os.close(gate)
        while not all(future.done() for future in accepted):  # the next to ask opens the pipe anew
            os.close(os.open(service.data / "gate", os.O_RDWR | os.O_NONBLOCK))
            PAUSE.wait(0.02)
        assert {future.result().status_code for future in accepted} == {200}
    assert service.process.wait(60) == 0
    assert all(gone(pid) for pid in workers)
    assert not any((service.data / ".workers").iterdir())


def until_refused(service: Service) -> None:
    for _ in range(1200):
        try:
            service.get("/health")
        except httpx.TransportError:
            return
        PAUSE.wait(0.02)
    pytest.fail("it still takes connections")


def test_workers_end_with_a_supervisor_that_is_killed(service: Service) -> None:
    workers = service.workers()
    service.process.kill()
    service.process.wait()
    until(lambda: all(gone(pid) for pid in workers))


def test_a_service_whose_workers_cannot_start_ends_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    command = [sys.executable, "-m", "tests.faults.failing", str(tmp_path / "data")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 3
    assert "as the test wants it" in done.stderr
    assert re.search("the worker cannot start", done.stderr)
