"""Services with limits, or with an engine that waits, for the tests of what stands before every answer."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from index.types import Ranking
from service.access_settings import AccessSettings, LimitSettings
from service.app import create_app
from service.desk import Desk
from tests.service.conftest import make_desk

SEARCH = {"query": "ambulance"}


def client_of(desk: Desk) -> TestClient:
    return TestClient(create_app(desk), raise_server_exceptions=False)


def limited(folder: Path, **limits: Any) -> Desk:
    return make_desk(folder, AccessSettings(limits=LimitSettings(**limits)))


def slow_engine(desk: Desk, gate: threading.Event) -> list[str]:
    """Have the engine wait at the gate; return the queries it has begun with."""
    begun: list[str] = []
    engine: Any = desk.library.borrow().engine

    def search(query: str, k: int, within: object, reader: str = "") -> Ranking:
        begun.append(query)
        gate.wait(20)
        return Ranking(query, 1)

    vars(engine)["search"] = search
    return begun
