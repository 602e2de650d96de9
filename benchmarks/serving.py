"""The real service as a process of its own, for benchmarks that ask through HTTP."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from index.settings import IndexSettings


@contextmanager
def served(settings: IndexSettings, workers: int = 1) -> Iterator[tuple[httpx.Client, float, int]]:
    """Start the real service; yield a client with a member's key, the seconds until it was ready, its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = os.environ | {
        "PASSERELLE_DATA": str(settings.data),
        "PASSERELLE_DATABASE": settings.database,
        "PASSERELLE_MODELS": str(settings.models),
        "PASSERELLE_PORT": str(port),
        "PASSERELLE_WORKERS": str(workers),
        "PASSERELLE_LOG_LEVEL": "warning",
    }
    add = [sys.executable, "-m", "service", "keys", "add", "--audience", "member", "--name", f"bench {time.time()}"]
    key = subprocess.run(add, env=environ, capture_output=True, text=True, check=True).stdout.strip()
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "service"], env=environ)
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as client:
        try:
            while not _is_ready(client):
                if process.poll() is not None or time.perf_counter() - began > 1800:
                    raise SystemExit("the service did not start")
                time.sleep(0.1)
            yield client, time.perf_counter() - began, process.pid
        finally:
            process.terminate()
            process.wait(30)


def _is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/ready").status_code == 200
    except httpx.TransportError:
        return False
