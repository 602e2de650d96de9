"""An index in PostgreSQL for each command or run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.settings import IndexSettings
from tests.databases import Postgresql
from tests.ingest.workers.teams import MakeSettings
from tests.postgresql import Server


@pytest.fixture
def make_settings(postgresql: Server, tmp_path: Path) -> Iterator[MakeSettings]:
    """Return what makes the settings of a new, empty index."""
    databases = Postgresql(postgresql)

    def make(name: str) -> IndexSettings:
        (tmp_path / name).mkdir(exist_ok=True)
        return databases.settings(tmp_path / name)

    yield make
    databases.drop_databases()
