"""What tests of harvests share: a web site on loopback that may be harvested."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.routing import Route

from service.app import Parts, create_app
from tests.ingest.harvest.site import PAGE, Site, rss
from tests.service.harvesting.in_process import InProcessProgram, use_program
from tests.service.serving import served


@pytest.fixture
def app(parts: Parts) -> FastAPI:
    return use_program(create_app(parts), InProcessProgram)


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def base(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("PASSERELLE_HARVEST_ALLOW", "127.0.0.1")
    with served(Starlette(routes=[Route("/{path:path}", site.answer)])) as address:
        site.pages = {"/feed": rss(address, "tram", "pont"), "/tram": ("text/html", PAGE.format("tram"))}
        yield address
