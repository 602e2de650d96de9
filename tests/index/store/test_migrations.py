"""A store that an older Passerelle made is brought up to date and keeps everything; a newer one is refused."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from index.documents import Audience
from index.errors import StoreError
from index.maintenance.verify import store_findings
from index.store.schema import MIGRATIONS
from index.store.store import Store
from index.types import Filter
from tests.conftest import prepared

STORES = Path(__file__).parent / "stores"  # as `sqlite3 .dump` gives them, made by the program of that time
VERSIONS = sorted(int(re.findall(r"\d+", one.stem)[0]) for one in STORES.glob("version-*.sql"))


def write_version(version: int, path: Path) -> None:
    """Make a store as the program of that schema version left it: documents `a` and `b`, one that is gone."""
    with closing(sqlite3.connect(path)) as db:
        db.executescript((STORES / f"version-{version}.sql").read_text(encoding="utf-8"))


@pytest.mark.parametrize("version", VERSIONS)
def test_an_older_store_is_migrated_and_says_what_it_said(version: int, tmp_path: Path) -> None:
    write_version(version, tmp_path / "old.sqlite")
    store = Store(tmp_path / "old.sqlite")
    assert store.db.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    for expected in (prepared("a", "le tram de Strasbourg", "il va à Kehl", themes=("transport",)).document,
                     prepared("b", "un hôpital pour deux pays").document):  # fmt: skip
        found = store.document(expected.id, Audience.PUBLIC)
        assert (found.fingerprint, found.text) == (expected.fingerprint, expected.text)
        assert len(store.versions(expected.id, Audience.PUBLIC)) == 1
    assert (store.generation, store.fact("embedder"), store.paths("a")) == (4, "hash", ["a.md"])
    assert len(store.rows(Filter())) == len(store.vectors()[0]) == 3
    assert store_findings(store) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_a_migrated_store_has_the_tables_of_a_new_one(version: int, tmp_path: Path) -> None:
    write_version(version, tmp_path / "old.sqlite")
    shapes = []
    for store in (Store(tmp_path / "old.sqlite"), Store(tmp_path / "new.sqlite", create=True)):
        query = "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name"
        shapes.append([(kind, name, " ".join(sql.split())) for kind, name, sql in store.db.execute(query)])
    assert shapes[0] == shapes[1]


def test_a_store_from_the_future_is_refused_and_not_touched(tmp_path: Path) -> None:
    write_version(VERSIONS[-1], tmp_path / "new.sqlite")
    with closing(sqlite3.connect(tmp_path / "new.sqlite")) as db:
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    before = (tmp_path / "new.sqlite").read_bytes()
    with pytest.raises(StoreError, match=rf"newer Passerelle.*{len(MIGRATIONS) + 1}.*Upgrade"):
        Store(tmp_path / "new.sqlite")
    assert (tmp_path / "new.sqlite").read_bytes()[:18] == before[:18]
