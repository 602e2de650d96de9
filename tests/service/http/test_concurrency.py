"""How long an answer may take, and what stops when nobody waits any more."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from service.app import create_app
from service.errors import Overloaded
from service.http.concurrency import Abandoned, ConcurrencyLimiter, raise_if_abandoned
from tests.service.conftest import make_parts
from tests.service.limited_services import SEARCH, client_of, slow_engine
from tests.service.serving import served


@pytest.mark.parametrize("path", ["/api/v1/search", "/?q=ambulance"])
def test_what_takes_too_long_is_given_up(tmp_path: Path, path: str) -> None:
    parts, gate = make_parts(tmp_path, deadline_s=1), threading.Event()
    slow_engine(parts, gate)
    try:
        with client_of(parts) as client:
            answer = client.post(path, json=SEARCH) if "api" in path else client.get(path)
    finally:
        gate.set()
    assert answer.status_code == 504
    assert "Retry-After" in answer.headers
    kind = "application/problem+json" if "api" in path else "text/html; charset=utf-8"
    assert answer.headers["content-type"] == kind


def test_a_client_who_leaves_is_not_worked_for(tmp_path: Path) -> None:
    parts, gate = make_parts(tmp_path), threading.Event()
    begun = slow_engine(parts, gate)
    answered: list[str] = []

    def rank(*arguments: Any) -> list[object]:
        answered.append(arguments[0])
        return []

    vars(parts.library.borrow().engine)["rank"] = rank
    with served(create_app(parts)) as url:
        port = int(url.rpartition(":")[2])
        try:
            for number in range(5):  # two at once: three wait
                line = socket.create_connection(("127.0.0.1", port))
                line.sendall(f"GET /?q=question+number+{number}+? HTTP/1.1\r\nHost: a\r\n\r\n".encode())
                until(lambda number=number: parts.engine_limiter._present == min(number, 2) + 1)
                line.close()
                until(lambda: parts.engine_limiter._present <= 2)
        finally:
            gate.set()
        until(lambda: parts.engine_limiter._present == 0)
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
        limiter, begun, gate, events = (
            ConcurrencyLimiter(at_once=1, waiting=1),
            threading.Event(),
            threading.Event(),
            [],
        )

        def work() -> None:
            begun.set()
            gate.wait(20)
            try:
                raise_if_abandoned()
            except Abandoned:
                events.append("not wanted")
                raise

        async with anyio.create_task_group() as group:
            group.start_soon(limiter.run, work)
            await anyio.to_thread.run_sync(begun.wait)
            group.cancel_scope.cancel()
        async with anyio.create_task_group() as group:
            group.start_soon(limiter.run, lambda: events.append("next"))
            await anyio.sleep(0)
            with pytest.raises(Overloaded):  # one at work for nobody, one waiting: as many as may be here
                await limiter.run(work)
            gate.set()
        return events

    assert anyio.run(crowd) == ["not wanted", "next"]
