"""A generation that nobody holds any more is gone at once: its files are closed before garbage is looked for."""

from __future__ import annotations

import gc
import os
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from index.documents import Audience
from index.lexical.query_expansion import Weights
from index.lexical.tantivy_index import TantivyIndex
from index.settings import IndexSettings
from index.store.store import Store
from index.types import Filter
from index.wiring import open_engine
from tests.conftest import HashEmbedder
from tests.index.maintenance.commands import made_index

STAFF = Filter(audience=Audience.STAFF)


@pytest.fixture(autouse=True)
def no_garbage_is_looked_for() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def open_below(folder: Path) -> list[str]:
    """Return which files below a folder this process has open."""
    found = []
    for one in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # the one this folder is read through
            found.append(os.readlink(one))
    return [one for one in found if one.startswith(str(folder))]


def test_an_engine_that_was_searched_by_several_threads_leaves_no_file_open(tmp_path: Path) -> None:
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("open files are counted in /proc")
    settings: IndexSettings = made_index(tmp_path / "var")
    with ThreadPoolExecutor(3) as pool:
        engine = open_engine(settings, HashEmbedder())
        found = [one.documents for one in pool.map(engine.search, ["tram"] * 6, [5] * 6, [STAFF] * 6)]
        assert all(found)
        assert open_below(settings.data)
        del engine
        assert open_below(settings.data) == []


def test_the_words_of_a_lexical_index_go_with_it(tmp_path: Path) -> None:
    settings = made_index(tmp_path / "var")
    index = TantivyIndex(settings.lexical, weights=Weights())
    index.update(Store(settings.store))
    assert index.search("hopitall", 5, STAFF)
    words = [weakref.ref(one) for one in index._reworders.values()]
    del index
    assert [one() for one in words] == [None] * len(Audience)
