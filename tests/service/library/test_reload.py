"""A real service process while its index is written, replaced, damaged, and while it is told to end."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from index.maintenance.backup import backup
from index.maintenance.restore import restore
from index.settings import IndexSettings
from index.store.store import Store
from tests.conftest import prepared
from tests.faults.living import Service, started
from tests.faults.scenarios import AFTER, bring_to, indexer_of, rebuild, settings_of


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with started(tmp_path) as service:
        yield service


def test_while_a_job_writes_and_the_index_is_rebuilt_and_restored_no_request_is_lost(
    service: Service, tmp_path: Path
) -> None:
    stop, generations = threading.Event(), list[list[int]]()

    def ask() -> list[httpx.Response]:
        answers, seen = [], list[int]()
        generations.append(seen)
        with httpx.Client(timeout=60) as client:
            while not stop.is_set():
                answers.append(service.search(client))
                if answers[-1].status_code == 200 and not switched.is_set():
                    seen.append(answers[-1].json()["generation"])
        return answers

    switched = threading.Event()
    with ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(ask) for _ in range(4)]
        try:
            for number in range(8):
                indexer = indexer_of(service.data)
                indexer.put([prepared("d1", f"partie {number}"), prepared(f"n{number}", "partie nouvelle")])
                generation = indexer.store.generation
                service.until(lambda state, generation=generation: state["generation"] >= generation)  # type: ignore[misc]
            switched.set()
            backup(settings_of(service.data), tmp_path / "kept.zip")
            rebuild(service.data)
            with httpx.Client(timeout=60) as client:
                _until_found(service, client, "partie")
            restore(settings_of(service.data), tmp_path / "kept.zip", force=True)
        finally:
            stop.set()
        answers = [answer for future in asking for answer in future.result()]
    assert {answer.status_code for answer in answers} == {200}
    assert all(answer.json()["results"] for answer in answers)
    assert all(seen == sorted(seen) and len(set(seen)) > 1 for seen in generations)
    assert service.ready().get("trouble") == ""


def _until_found(service: Service, client: httpx.Client, query: str) -> None:
    generation = Store(settings_of(service.data).data / "indexes/0001/passerelle.sqlite").generation
    service.until(lambda state: state["generation"] == generation)
    assert service.search(client, query).json()["results"]


def in_one_file(store: Path) -> None:
    """Have all that was written stand in the file itself."""
    with closing(Store(store)) as opened:
        opened.database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def test_a_damaged_store_is_told_with_the_command_while_searches_go_on(service: Service) -> None:
    store = IndexSettings(data=service.data).store
    with httpx.Client(timeout=60) as client:
        assert service.search(client).status_code == 200
        vector = Store(store).passage_table.vectors()[1][0].tobytes()
        in_one_file(store)
        content = store.read_bytes()
        at = content.index(vector)
        with store.open("r+b") as file:
            file.seek(at)
            file.write(bytes([content[at] ^ 1]))
        state = service.until(lambda state: bool(state["trouble"]))
        assert "vectors are damaged" in state["trouble"]
        assert "python -m index rebuild --all" in state["trouble"]
        assert service.search(client).status_code == 200
    log = (service.data.parent / "log").read_text(encoding="utf-8")
    assert log.count("vectors are damaged") == 1, "told once, not at each look"


def test_a_store_cut_off_under_the_service_ends_no_process_and_the_restored_one_is_followed(
    service: Service, tmp_path: Path
) -> None:
    settings = settings_of(service.data)
    backup(settings, tmp_path / "kept.zip")
    in_one_file(settings.store)
    with settings.store.open("r+b") as file:
        file.truncate(settings.store.stat().st_size // 2)
    with httpx.Client(timeout=60) as client:
        state = service.until(lambda state: bool(state["trouble"]))
        assert "python -m index" in state["trouble"]
        answers = [service.search(client) for _ in range(5)]
        assert {answer.status_code for answer in answers} <= {200, 503}
        restore(settings, tmp_path / "kept.zip")
        service.until(lambda state: state["trouble"] == "")
        assert service.search(client).json()["results"]


def test_a_lost_store_is_told_and_not_made_anew_empty_and_another_put_in_its_place_is_followed(
    service: Service, tmp_path: Path
) -> None:
    store = settings_of(service.data).store
    other = settings_of(tmp_path / "other").store
    bring_to(AFTER)(other.parent)
    in_one_file(other)
    for path in store.parent.glob("passerelle.sqlite*"):
        path.unlink()
    assert "python -m index restore FILE" in service.until(lambda state: bool(state["trouble"]))["trouble"]
    with httpx.Client(timeout=60) as client:
        assert {service.search(client).status_code for _ in range(5)} <= {200, 503}
        assert not store.exists()
        shutil.copyfile(other, store.with_name("new"))
        store.with_name("new").rename(store)
        service.until(lambda state: state["trouble"] == "")
        results = service.search(client, "partie nouvelle").json()["results"]
        assert "d4" in {result["document"]["id"] for result in results}


def test_told_to_end_it_answers_what_it_accepted_refuses_what_is_new_and_ends_well(service: Service) -> None:
    os.mkfifo(service.data / "gate")
    with httpx.Client(timeout=60) as client, ThreadPoolExecutor(1) as pool:
        accepted = pool.submit(service.search, client, "attends la partie")
        gate = os.open(service.data / "gate", os.O_WRONLY)  # returns when the request has come to the model
        service.process.send_signal(signal.SIGTERM)
        with pytest.raises(httpx.TransportError):
            service.come_to_an_end()
        assert not accepted.done()
        os.close(gate)
        assert accepted.result().status_code == 200
    assert service.process.wait(60) == 0
