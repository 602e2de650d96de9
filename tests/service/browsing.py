"""A real site on loopback and a real browser for it. Chromium is Debian's, driven by playwright."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, sync_playwright

from index.documents import Audience
from service.app import Parts, create_app
from service.settings import SmtpSettings
from service.wiring import key_store
from tests.service.conftest import make_parts
from tests.service.serving import served

CHROMIUM = shutil.which("chromium")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH (Debian: apt install chromium)")
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]


class Site(NamedTuple):
    """Where it is served, the keys that open it, and its parts."""

    address: str
    member_key: str
    staff_key: str
    parts: Parts


@contextmanager
def served_site(folder: Path) -> Iterator[Site]:
    """Serve the small index on loopback, with a mail server that no job sends to."""
    parts = make_parts(folder, smtp=SmtpSettings(host="127.0.0.1", sender="alerts@example.org"))
    keys = key_store(parts.settings)
    with served(create_app(parts)) as address:
        yield Site(address, keys.add("Marie", Audience.MEMBER), keys.add("Paul", Audience.STAFF), parts)


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
