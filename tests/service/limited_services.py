"""Services with limits, or with an engine that waits, for the tests of what stands before every answer."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from index.types import Ranking
from service.app import Parts, create_app
from service.settings import RateLimitSettings
from tests.service.conftest import make_parts

SEARCH = {"query": "ambulance"}


def client_of(parts: Parts) -> TestClient:
    return TestClient(create_app(parts), raise_server_exceptions=False)


def limited(folder: Path, **limits: Any) -> Parts:
    return make_parts(folder, rate=RateLimitSettings(**limits))


def slow_engine(parts: Parts, gate: threading.Event) -> list[str]:
    """Have the engine wait at the gate; return the queries it has begun with."""
    begun: list[str] = []
    engine: Any = parts.library.borrow().engine

    def search(query: str, k: int, within: object, reader: str = "", *, as_typed: bool = False) -> Ranking:
        begun.append(query)
        gate.wait(20)
        return Ranking(query, 1)

    vars(engine)["search"] = search
    return begun
