"""A real site on loopback and a real browser for it. Chromium is Debian's, driven by playwright."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import uvicorn
from playwright.sync_api import Browser, sync_playwright

from index.documents import Audience
from service.app import create_app
from service.desk import Desk
from service.wiring import key_store
from tests.service.conftest import make_desk

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]


class Site(NamedTuple):
    """Where it is served, the keys that open it, and its parts."""

    address: str
    member_key: str
    staff_key: str
    desk: Desk


@contextmanager
def served_site(folder: Path) -> Iterator[Site]:
    """Serve the small index on loopback."""
    parts = make_desk(folder)
    keys = key_store(parts.settings)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(parts), log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    yield Site(address, keys.add("Marie", Audience.MEMBER), keys.add("Paul", Audience.STAFF), parts)
    server.should_exit = True
    thread.join()
    listening.close()


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()
