"""Settings, the command line, opening in the background, following the store, and a crowd at the door."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest
from starlette.testclient import TestClient

from index.errors import SettingsError, StoreError
from index.settings import IndexSettings
from service.__main__ import command
from service.app import create_app
from service.errors import NotReady, Overloaded
from service.http.concurrency import ConcurrencyLimiter
from service.library.open_index import OpenIndex
from service.library.reload import ReloadingLibrary
from service.settings import Settings
from service.wiring import build_parts, service
from tests.service.fakes import MemoryEngine, MemoryStore, WordEmbedder
from tests.service.resource_centre import resource_centre


def opened(generation: int = 1) -> OpenIndex:
    store = MemoryStore(resource_centre(), Path(), generation)
    return OpenIndex(MemoryEngine(store, WordEmbedder()), store)


def test_all_wrong_settings_are_told_together() -> None:
    environ = {"PASSERELLE_PORT": "80000", "PASSERELLE_PUBLIC_URL": "example.org", "PASSERELLE_THREADS": "many"}
    with pytest.raises(SettingsError) as raised:
        Settings.from_environ(environ)
    for name in environ:
        assert name in str(raised.value)
    assert "expected a whole number from 1 to 65535" in str(raised.value)


def test_settings_have_sensible_defaults_and_blank_means_not_given() -> None:
    settings = Settings.from_environ({"PASSERELLE_PORT": " ", "PASSERELLE_HOST": "0.0.0.0"})
    assert (settings.port, settings.public_url) == (8000, "http://127.0.0.1:8000")
    assert Settings.from_environ({"PASSERELLE_PUBLIC_URL": "https://a.example/"}).public_url == "https://a.example"


def test_keys_are_made_listed_and_revoked_from_the_command_line(tmp_path: Path) -> None:
    environ = {"PASSERELLE_DATA": str(tmp_path)}

    def run(*arguments: str) -> tuple[int, str]:
        out, err = io.StringIO(), io.StringIO()
        return command(["keys", *arguments], environ, out, err), out.getvalue() + err.getvalue()

    done, printed = run("add", "--audience", "member", "--name", "Marie", "--expires", "2099-01-01")
    assert done == 0
    token = printed.splitlines()[0]
    assert token.startswith("passerelle_")
    assert run("add", "--audience", "staff", "--name", "Marie")[0] == 1
    listed = run("list")[1]
    assert "Marie\tmember" in listed
    assert token not in listed
    assert run("revoke", "Marie")[0] == 0
    assert run("revoke", "Marie")[0] == 1


def test_a_wrong_setting_ends_the_command_with_its_name() -> None:
    err = io.StringIO()
    assert command(["keys", "list"], {"PASSERELLE_PORT": "x"}, io.StringIO(), err) == 2
    assert "PASSERELLE_PORT" in err.getvalue()


def test_without_an_index_the_service_lives_and_says_what_to_do(tmp_path: Path) -> None:
    def missing() -> OpenIndex:
        raise StoreError("no index here yet. Run `passerelle-ingest corpus/` first.")

    library = ReloadingLibrary(missing, look_every_s=0.01)
    tried = threading.Event()
    app = create_app(build_parts(Settings(index=IndexSettings(data=tmp_path)), library), start=tried.set)
    with TestClient(app) as client:
        assert client.get("/health").json() == {"status": "ok"}
        assert client.get("/ready").status_code == 503
        library.start()
        for _ in range(500):
            problem = client.get("/api/v1/ready").json()
            if "passerelle-ingest" in problem["detail"]:
                break
            tried.wait()
            threading.Event().wait(0.01)
        assert "passerelle-ingest" in problem["detail"]
        assert client.post("/api/v1/search", json={"query": "a"}).status_code == 503
        shown = client.get("/?q=a")
        assert shown.status_code == 503
        assert "Un instant" in shown.text
    library.stop()


def test_a_new_generation_is_swapped_in(tmp_path: Path) -> None:
    first, second = opened(1), opened(2)
    swapped = threading.Event()
    waiting = [first, second]

    def open_next() -> OpenIndex:
        if len(waiting) == 1:
            swapped.set()
        return waiting.pop(0)

    library = ReloadingLibrary(open_next, look_every_s=0.01)
    with pytest.raises(NotReady):
        library.borrow()
    library.start()
    held = None
    while held is None:
        try:
            held = library.borrow()
        except NotReady:
            continue
    assert held is first
    vars(first.store)["generation"] = 2
    assert swapped.wait(10)
    library.stop()
    assert library.borrow() is second
    assert held is first


def test_a_library_that_hears_of_a_change_looks_at_once() -> None:
    first, second = opened(1), opened(2)
    swapped, listening = threading.Event(), threading.Event()
    waiting = [first, second]
    callbacks: list[Callable[[], None]] = []

    def open_next() -> OpenIndex:
        if len(waiting) == 1:
            swapped.set()
        return waiting.pop(0)

    def watch_changes(on_change: Callable[[], None], ended: threading.Event) -> None:
        callbacks.append(on_change)
        listening.set()

    library = ReloadingLibrary(open_next, watch_changes=watch_changes, look_every_s=3600, patience_s=0)
    library.start(waiting_s=10)
    assert listening.wait(10)
    vars(first.store)["generation"] = 2
    assert not swapped.is_set()
    callbacks[0]()
    assert swapped.wait(10)
    library.stop()


def test_a_crowd_past_capacity_is_refused_and_the_others_are_answered() -> None:
    async def crowd() -> list[str]:
        limiter, gate, events = ConcurrencyLimiter(at_once=1, waiting=1), threading.Event(), []

        async def request() -> None:
            try:
                await limiter.run(gate.wait)
                events.append("answered")
            except Overloaded:
                events.append("refused")
                gate.set()

        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(request)
        return events

    assert sorted(anyio.run(crowd)) == ["answered", "answered", "refused"]


def test_the_wired_service_can_be_made_without_an_index(tmp_path: Path) -> None:
    assert service(Settings(index=IndexSettings(data=tmp_path))).title == "Passerelle"
