"""The MCP server as a command: it believes the proxies it was told, as the service does."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.conftest import ROOT

CLIENT = "198.51.100.7"


@contextmanager
def command(data: Path, proxies: str) -> Iterator[str]:
    """Run `python -m service mcp --http`; yield its address once it answers."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {"PASSERELLE_DATA": str(data), "PASSERELLE_PORT": str(port), "PASSERELLE_PROXIES": proxies}
    command = [sys.executable, "-m", "service", "mcp", "--http"]
    with subprocess.Popen(command, cwd=ROOT, env=os.environ | settings) as process:
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


@pytest.mark.parametrize(("proxies", "expected"), [("127.0.0.1", CLIENT), ("192.0.2.1", "127.0.0.1")])
def test_a_client_s_address_is_what_a_trusted_proxy_says(tmp_path: Path, proxies: str, expected: str) -> None:
    headers = {"Authorization": "Bearer wrong", "X-Forwarded-For": CLIENT}
    with command(tmp_path, proxies) as address:
        assert until_answered(f"{address}/mcp", headers).status_code == 401
    (file,) = (tmp_path / "audit").glob("*.jsonl")
    failed = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert [entry["address"] for entry in failed] == [expected]


def until_answered(url: str, headers: dict[str, str]) -> httpx.Response:
    pause = threading.Event()
    for _ in range(600):
        try:
            return httpx.post(url, headers=headers, json={}, timeout=30)
        except httpx.ConnectError:
            pause.wait(0.1)
    pytest.fail("the MCP server does not answer")
