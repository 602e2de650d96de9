"""What tests of ingestion share: an empty resource centre, a web site on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from tests.databases import backend as backend
from tests.ingest.centre import Centre
from tests.ingest.harvest.site import Site
from tests.postgresql import postgresql as postgresql
from tests.service.serving import served


@pytest.fixture
def centre(tmp_path: Path) -> Centre:
    return Centre(tmp_path)


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def base(site: Site) -> Iterator[str]:
    with served(Starlette(routes=[Route("/{path:path}", site.answer)])) as address:
        yield address
