"""Over HTTP the MCP server stands within the layers of the API: limits, body size, deadline, audit."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest

from index.documents import Audience
from service.app import Parts, components
from service.mcp.server import http_app
from service.settings import RateLimitSettings
from service.wiring import key_store
from tests.service.conftest import make_parts
from tests.service.limited_services import slow_engine
from tests.service.mcp.test_tools import found_over_http, over_http
from tests.service.serving import served

CALL = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "search", "arguments": {"query": "ambulance"}},
}
ACCEPT = {"Accept": "application/json, text/event-stream"}


def limited(folder: Path, **limits: Any) -> Parts:
    return make_parts(folder, rate=RateLimitSettings(**limits))


def test_an_address_that_asks_too_often_is_told_when_it_may_again(tmp_path: Path) -> None:
    parts = limited(tmp_path, per_address=1, burst=1, exempt=())
    with served(http_app(components(parts)), lifespan="on") as address:
        with pytest.raises(Exception, match="unhandled errors"):  # opening, listing and asking are three requests
            found_over_http(f"{address}/mcp", "")
        answer = httpx2.post(f"{address}/mcp", json=CALL, headers=ACCEPT)
    assert (answer.status_code, answer.headers["content-type"]) == (429, "application/problem+json")
    assert 1 <= int(answer.headers["retry-after"]) <= 60


def test_a_caller_who_asks_too_often_is_told_so_wherever_they_are(tmp_path: Path) -> None:
    parts = limited(tmp_path, per_caller=1, per_address=0, burst=1, exempt=())  # the address' limit answers 429 as well
    bearer = {"Authorization": f"Bearer {key_store(parts.settings).add('Marie', Audience.MEMBER)}"}
    with served(http_app(components(parts)), lifespan="on") as address:
        first, second = (httpx2.post(f"{address}/mcp", json=CALL, headers=ACCEPT | bearer) for _ in range(2))
        nobody = httpx2.post(f"{address}/mcp", json=CALL, headers=ACCEPT)
    assert (first.status_code, second.status_code, nobody.status_code) == (200, 429, 200)


def test_a_body_that_is_too_large_is_refused_and_a_usual_one_answered(tmp_path: Path) -> None:
    parts = make_parts(tmp_path)
    large = json.dumps(CALL) + " " * parts.settings.max_body_bytes
    with served(http_app(components(parts)), lifespan="on") as address:
        answer = httpx2.post(f"{address}/mcp", content=large, headers=ACCEPT | {"Content-Type": "application/json"})
        assert "notes/ambulance" in found_over_http(f"{address}/mcp", "")
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")


def test_what_takes_too_long_is_given_up(tmp_path: Path) -> None:
    parts, gate = make_parts(tmp_path, deadline_s=1), threading.Event()
    slow_engine(parts, gate)
    with served(http_app(components(parts)), lifespan="on") as address:
        try:
            answer = httpx2.post(f"{address}/mcp", json=CALL, headers=ACCEPT, timeout=20)
        finally:
            gate.set()
    assert (answer.status_code, answer.headers["retry-after"]) == (504, "10")


def test_each_use_of_a_key_is_noted_without_what_was_asked(tmp_path: Path) -> None:
    parts = make_parts(tmp_path)
    key = key_store(parts.settings).add("Marie", Audience.MEMBER)

    async def talk(address: str) -> None:
        async with over_http(address, key) as client:
            await client.call_tool("search", {"query": "ambulance secrète"})

    with served(http_app(components(parts)), lifespan="on") as address:
        anyio.run(talk, f"{address}/mcp")
        httpx2.post(f"{address}/mcp", json=CALL, headers=ACCEPT)  # nobody: not noted
    (file,) = (tmp_path / "audit").glob("*.jsonl")
    log = file.read_text()
    lines = [json.loads(line) for line in log.splitlines()]
    assert {(line["action"], line["name"], line["path"]) for line in lines} == {("key", "Marie", "/mcp")}
    assert {"POST"} <= {line["method"] for line in lines}
    assert "secr" not in log
