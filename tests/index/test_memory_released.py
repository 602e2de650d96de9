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
from index.lexical.query_expansion import ExpansionWeights
from index.lexical.tantivy_index import TantivyIndex
from index.settings import IndexSettings
from index.store.store import Store
from index.types import Filter
from index.wiring import open_engine
from tests.conftest import HashEmbedder
from tests.index.maintenance.commands import build_index

STAFF = Filter(audience=Audience.STAFF)


@pytest.fixture(autouse=True)
def without_garbage_collection() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def open_below(folder: Path) -> list[str]:
    """Return which files below a folder this process has open."""
    targets = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # the one this folder is read through
            targets.append(os.readlink(descriptor))
    return [descriptor for descriptor in targets if descriptor.startswith(str(folder))]


def test_an_engine_that_was_searched_by_several_threads_leaves_no_file_open(tmp_path: Path) -> None:
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("open files are counted in /proc")
    settings: IndexSettings = build_index(tmp_path / "var")
    with ThreadPoolExecutor(3) as pool:
        engine = open_engine(settings, HashEmbedder())
        results = [ranking.documents for ranking in pool.map(engine.search, ["tram"] * 6, [5] * 6, [STAFF] * 6)]
        assert all(results)
        assert open_below(settings.data)
        del engine
        assert open_below(settings.data) == []


def test_the_words_of_a_lexical_index_go_with_it(tmp_path: Path) -> None:
    settings = build_index(tmp_path / "var")
    index = TantivyIndex(settings.lexical, weights=ExpansionWeights())
    index.update(Store(settings.store))
    assert index.search("hopitall", 5, STAFF)
    words = [weakref.ref(expander) for expander in index._expanders.values()]
    del index
    assert [expander() for expander in words] == [None] * len(Audience)
