"""What tests of the register share: a site with one, a client for it, an empty register alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from index.settings import IndexSettings
from service.obstacles.store import Register, register_of
from tests.service.obstacles.site import THESAURUS, Clock, Site
from tests.service.serving import served


@pytest.fixture
def site(tmp_path: Path, database: str) -> Site:
    return Site(tmp_path, THESAURUS, database=database)


@pytest.fixture
def client(site: Site) -> Iterator[httpx.Client]:
    with served(site.app()) as address, httpx.Client(base_url=address, timeout=60) as client:
        yield client


@pytest.fixture
def register(tmp_path: Path, database: str) -> Register:
    return replace(register_of(IndexSettings(data=tmp_path, database=database)), now=Clock())
