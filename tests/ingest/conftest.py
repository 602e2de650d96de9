"""What tests of harvesting share: a web site on loopback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from tests.ingest.harvest_site import Site
from tests.service.serving import served


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def base(site: Site) -> Iterator[str]:
    with served(Starlette(routes=[Route("/{path:path}", site.answer)])) as address:
        yield address
