"""How often one may ask, how long it may take, whose pages may call, and what stops when nobody waits any more."""

from __future__ import annotations

import socket
import threading
import time
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from fastapi import FastAPI
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from index.documents import Audience
from index.errors import SettingsError
from index.interfaces import Ranking
from service.access_settings import AccessSettings, LimitSettings
from service.app import create_app
from service.desk import Desk
from service.limits import MOST_BUCKETS, Buckets, Limits, TooMany
from service.settings import Settings
from service.turns import Abandoned, Overloaded, Turns, still_wanted
from service.wiring import key_store
from tests.service.conftest import make_desk
from tests.service.serving import served

SEARCH = {"query": "ambulance"}


def client_of(desk: Desk) -> TestClient:
    return TestClient(create_app(desk), raise_server_exceptions=False)


def limited(folder: Path, **limits: Any) -> Desk:
    return make_desk(folder, AccessSettings(limits=LimitSettings(**limits)))


def seconds_to_wait(buckets: Buckets) -> int:
    try:
        buckets.take("a")
    except TooMany as error:
        return error.retry_after_s
    return 0


@given(st.lists(st.floats(0, 20), max_size=60), st.integers(1, 120), st.integers(1, 20))
@example(steps=[4.187761060489981, 0.0], per_minute=1, burst=1)
def test_no_more_pass_than_the_bucket_holds_and_time_brings(steps: list[float], per_minute: int, burst: int) -> None:
    now = [0.0]
    buckets = Buckets(per_minute, burst, lambda: now[0])
    passed = 0
    for step in steps:
        now[0] += step
        wait_s = seconds_to_wait(buckets)
        if wait_s:
            now[0] += wait_s
            assert not seconds_to_wait(buckets)  # whoever waits as told is let through
        passed += 1
    assert passed <= min(burst, per_minute) + now[0] * per_minute / 60 + 1e-6


def test_each_has_a_bucket_of_their_own_and_memory_is_bounded() -> None:
    buckets = Buckets(1, 1, lambda: 0.0)
    buckets.take("a")
    with pytest.raises(TooMany):
        buckets.take("a")
    for number in range(MOST_BUCKETS + 10):
        buckets.take(f"b{number}")
    assert len(buckets._kept) == MOST_BUCKETS


def test_addresses_of_one_subscriber_share_a_bucket_and_this_machine_has_none() -> None:
    limits = Limits(LimitSettings(per_address=1, burst=1), lambda: 0.0)
    limits.take_address("2001:db8::1")
    with pytest.raises(TooMany):
        limits.take_address("2001:db8::ffff")
    limits.take_address("2001:db8:0:1::1")
    limits.take_address("192.0.2.1")
    with pytest.raises(TooMany):
        limits.take_address("::ffff:192.0.2.1")
    for _ in range(3):
        limits.take_address("127.0.0.1")
        limits.take_address("::1")
        limits.take_address("testclient")


def test_an_address_that_asks_too_often_is_told_when_to_come_back(tmp_path: Path) -> None:
    desk = limited(tmp_path, per_address=3, burst=3)
    with served(create_app(desk)) as url:

        def ask(path: str, address: str, **request: Any) -> httpx.Response:
            return httpx.request("GET", url + path, headers={"X-Forwarded-For": address}, **request)

        assert [ask("/api/v1/openapi.json", "192.0.2.1").status_code for _ in range(4)] == [200, 200, 200, 429]
        refused = ask("/api/v1/openapi.json", "192.0.2.1")
        assert refused.headers["content-type"] == "application/problem+json"
        assert 1 <= int(refused.headers["retry-after"]) <= 20
        assert refused.headers["x-content-type-options"] == "nosniff"
        page = ask("/", "192.0.2.1")
        assert page.status_code == 429
        assert "patience" in page.text
        assert ask("/health", "192.0.2.1").status_code == 200
        assert ask("/", "192.0.2.2").status_code == 200


def test_a_caller_has_one_bucket_wherever_they_call_from(tmp_path: Path) -> None:
    desk = limited(tmp_path, per_caller=2, burst=2, exempt=(ip_network("10.0.0.0/8"),))
    keys = [key_store(desk.settings).add(name, Audience.MEMBER) for name in ("a", "b")]
    with served(create_app(desk)) as url:

        def ask(key: str, address: str) -> int:
            headers = {"X-Forwarded-For": address, "Authorization": f"Bearer {key}"}
            return httpx.post(f"{url}/api/v1/search", json=SEARCH, headers=headers).status_code

        assert [ask(keys[0], f"192.0.2.{number}") for number in range(3)] == [200, 200, 429]
        assert ask(keys[1], "192.0.2.1") == 200
        assert [ask(keys[0], "10.0.0.1") for _ in range(3)] == [200, 200, 200]


def slow_engine(desk: Desk, gate: threading.Event) -> list[str]:
    """Have the engine wait at the gate; return the queries it has begun with."""
    begun: list[str] = []
    engine: Any = desk.library.borrow().engine

    def search(query: str, k: int, within: object) -> Ranking:
        begun.append(query)
        gate.wait(20)
        return Ranking(query, 1)

    vars(engine)["search"] = search
    return begun


@pytest.mark.parametrize("path", ["/api/v1/search", "/?q=ambulance"])
def test_what_takes_too_long_is_given_up(tmp_path: Path, path: str) -> None:
    desk, gate = limited(tmp_path, deadline_s=1), threading.Event()
    slow_engine(desk, gate)
    try:
        with client_of(desk) as client:
            answer = client.post(path, json=SEARCH) if "api" in path else client.get(path)
    finally:
        gate.set()
    assert answer.status_code == 504
    assert "Retry-After" in answer.headers
    kind = "application/problem+json" if "api" in path else "text/html; charset=utf-8"
    assert answer.headers["content-type"] == kind


def test_a_client_who_leaves_is_not_worked_for(tmp_path: Path) -> None:
    desk, gate = make_desk(tmp_path), threading.Event()
    begun = slow_engine(desk, gate)
    answered: list[str] = []

    def rank(*said: Any) -> list[object]:
        answered.append(said[0])
        return []

    vars(desk.library.borrow().engine)["rank"] = rank
    with served(create_app(desk)) as url:
        port = int(url.rpartition(":")[2])
        try:
            for number in range(5):  # two at once: three wait
                line = socket.create_connection(("127.0.0.1", port))
                line.sendall(f"GET /?q=question+number+{number}+? HTTP/1.1\r\nHost: a\r\n\r\n".encode())
                until(lambda number=number: desk.turns._here == min(number, 2) + 1)
                line.close()
                until(lambda: desk.turns._here <= 2)
        finally:
            gate.set()
        until(lambda: desk.turns._here == 0)
        assert len(begun) == 2
        assert answered == []
        assert httpx.get(f"{url}/api/v1/openapi.json").status_code == 200


def until(is_so: Any, patience_s: float = 20) -> None:
    ends_at = time.monotonic() + patience_s
    while not is_so():
        assert time.monotonic() < ends_at
        threading.Event().wait(0.005)


def test_work_that_has_begun_keeps_its_turn_and_hears_that_it_is_not_wanted() -> None:
    async def crowd() -> list[str]:
        turns, begun, gate, said = Turns(at_once=1, waiting=1), threading.Event(), threading.Event(), []

        def work() -> None:
            begun.set()
            gate.wait(20)
            try:
                still_wanted()
            except Abandoned:
                said.append("not wanted")
                raise

        async with anyio.create_task_group() as group:
            group.start_soon(turns.run, work)
            await anyio.to_thread.run_sync(begun.wait)
            group.cancel_scope.cancel()
        async with anyio.create_task_group() as group:
            group.start_soon(turns.run, lambda: said.append("next"))
            await anyio.sleep(0)
            with pytest.raises(Overloaded):  # one at work for nobody, one waiting: as many as may be here
                await turns.run(work)
            gate.set()
        return said

    assert anyio.run(crowd) == ["not wanted", "next"]


def test_only_pages_of_the_named_origins_may_call_the_api(tmp_path: Path) -> None:
    with client_of(make_desk(tmp_path, AccessSettings(cors_origins=("https://forum.example",)))) as client:
        asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
        good = client.options("/api/v1/search", headers={"Origin": "https://forum.example", **asks})
        assert good.status_code == 200
        assert good.headers["access-control-allow-origin"] == "https://forum.example"
        assert "access-control-allow-credentials" not in good.headers
        wrong = client.options("/api/v1/search", headers={"Origin": "https://evil.example", **asks})
        assert "access-control-allow-origin" not in wrong.headers
        called = client.post("/api/v1/search", json=SEARCH, headers={"Origin": "https://forum.example"})
        assert called.headers["access-control-allow-origin"] == "https://forum.example"
        assert "access-control-allow-origin" not in client.get("/", headers={"Origin": "https://forum.example"}).headers


def test_without_named_origins_no_page_elsewhere_may_call(client: TestClient) -> None:
    answer = client.post("/api/v1/search", json=SEARCH, headers={"Origin": "https://forum.example"})
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_every_answer_carries_the_security_headers(app: FastAPI, client: TestClient) -> None:
    for path in ("/", "/signin", "/nothing", "/api/v1/nothing", "/static/passerelle.css", "/api/v1/openapi.json"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
    secure = make_desk(Path(app.state.desk.settings.index.data), public_url="https://passerelle.example")
    with client_of(secure) as browser:
        assert "max-age" in browser.get("/").headers["strict-transport-security"]
        assert "secure" in browser.get("/signin").headers["set-cookie"].lower()


def test_wrong_settings_of_access_are_told_together() -> None:
    wrong = {
        "PASSERELLE_OIDC_ISSUER": "http://sso.example.org",
        "PASSERELLE_OIDC_SCOPE": "profile",
        "PASSERELLE_OIDC_STAFF_VALUES": "*",
        "PASSERELLE_CORS_ORIGINS": "forum.example",
        "PASSERELLE_RATE_EXEMPT": "10.0.0.0/99",
        "PASSERELLE_DEADLINE": "0",
    }
    with pytest.raises(SettingsError) as told:
        Settings.from_environ(wrong)
    for name in wrong:
        assert name in str(told.value)
    same = {"PASSERELLE_OIDC_AUDIENCE": "a", "PASSERELLE_OIDC_CLIENT_ID": "a"}
    with pytest.raises(SettingsError, match="the API's own name"):
        Settings.from_environ(same)
    with pytest.raises(SettingsError, match="CLIENT_ID is missing"):
        Settings.from_environ({"PASSERELLE_OIDC_ISSUER": "https://sso.example.org/realm"})
    assert "secret" not in repr(Settings.from_environ({"PASSERELLE_OIDC_CLIENT_SECRET": "secret"}))
