from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest

from index.dense.flat import FlatIndex
from index.dense.inverted_lists import NARROW, InvertedIndex, InvertedLists, build_lists
from index.dense.vector_file import VectorFile, open_vectors
from index.documents import Audience
from index.lexical.tantivy_index import TantivyIndex
from index.store.filter_columns import FilterColumns
from index.store.store import Store
from index.types import Filter, Rows, Selection, Vectors
from index.update import Indexer
from tests.conftest import HashEmbedder, prepared

COUNT, DIMENSION = 12_000, 24


def clustered(count: int, seed: int) -> Vectors:
    """Return unit vectors around a few hundred centres, as texts lie around subjects."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(200, DIMENSION))
    vectors = (centres[random.integers(200, size=count)] + 0.4 * random.normal(size=(count, DIMENSION))).astype("f4")
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


VECTORS = clustered(COUNT, 0)
QUERIES = clustered(40, 0)
ROWS = np.arange(COUNT) * 3 + 1


@pytest.fixture(scope="module")
def lists() -> InvertedLists:
    return build_lists(VECTORS[:10_000])  # the rest came later


def best(vector: Vectors, k: int, chosen: Selection) -> list[int]:
    places = chosen.positions
    scores = VECTORS[np.searchsorted(ROWS, chosen.rows[places])] @ vector
    order = np.lexsort((places, -scores))[:k]
    return [int(row) for row in chosen.rows[places[order]]]


def some(rows: Rows, share: float) -> Selection:
    return Selection.of(rows, np.random.default_rng(1).random(len(rows)) < share)


@pytest.mark.parametrize("share", [1.0, 0.5, 0.05, 0.001])
@pytest.mark.parametrize("removed", [0.0, 0.3])
def test_it_finds_what_brute_force_finds_whatever_is_filtered_or_removed(
    lists: InvertedLists, share: float, removed: float
) -> None:
    rows = ROWS[np.random.default_rng(2).random(COUNT) >= removed]
    index, chosen = InvertedIndex(rows, ROWS, VECTORS, lists), some(rows, share)
    rankings = [[hit.row for hit in index.search(query, 10, chosen)] for query in QUERIES]
    expected = [best(query, 10, chosen) for query in QUERIES]
    shared = sum(len(set(a) & set(b)) for a, b in zip(rankings, expected, strict=True))
    assert shared >= 0.98 * sum(map(len, expected))
    assert all(set(rows) <= set(chosen.rows[chosen.positions].tolist()) for rows in rankings)
    if len(chosen) <= NARROW:
        assert rankings == expected


@pytest.mark.parametrize("k", [0, 1, 3000, 7000, 20_000])
def test_k_rows_are_found_wherever_there_are_k_best_first_with_exact_scores(lists: InvertedLists, k: int) -> None:
    index, chosen = InvertedIndex(ROWS, ROWS, VECTORS, lists), some(ROWS, 0.5)
    hits = index.search(QUERIES[0], k, chosen)
    assert len(hits) == min(k, len(chosen)) == len({hit.row for hit in hits})
    assert hits == sorted(hits, key=lambda hit: (-hit.score, hit.row))
    exact = index.scores(QUERIES[0], np.array([hit.row for hit in hits], np.int64))
    assert np.allclose([hit.score for hit in hits], exact, atol=1e-6)


def test_rows_that_came_after_the_lists_are_found(lists: InvertedLists) -> None:
    index = InvertedIndex(ROWS, ROWS, VECTORS, lists)
    assert [index.search(VECTORS[position], 1, None)[0].row for position in (10_000, 11_999)] == [
        ROWS[10_000],
        ROWS[11_999],
    ]


def test_an_unknown_row_has_no_score(lists: InvertedLists) -> None:
    with pytest.raises(KeyError):
        InvertedIndex(ROWS, ROWS, VECTORS, lists).scores(QUERIES[0], np.array([2]))


# the files


def texts(start: int, stop: int) -> list[str]:
    return [f"mot{number} tram{number % 17} gare{number % 5}" for number in range(start, stop)]


@pytest.fixture
def indexer(tmp_path: Path) -> Indexer:
    store = Store(tmp_path / "passerelle.sqlite", create=True)
    indexer = Indexer(store, HashEmbedder(), TantivyIndex(tmp_path / "lexical"))
    indexer.put([prepared(f"d{number}", *texts(40 * number, 40 * number + 40)) for number in range(10)])
    return indexer


def open_and_compare_with_flat(store: Store, folder: Path) -> InvertedIndex:
    """Open the files and hold their index to a flat one over the same store."""
    columns = FilterColumns.read(store)
    index = open_vectors(folder, store, columns, max_flat_rows=10)
    assert isinstance(index, InvertedIndex)
    flat, vector = FlatIndex(*store.passage_table.vectors()), HashEmbedder().embed_query("tram3 gare1")
    for within in (None, columns.select(store, Filter(audience=Audience.STAFF))):
        assert [hit.row for hit in index.search(vector, 20, within)] == [
            hit.row for hit in flat.search(vector, 20, within)
        ]
    return index


def test_the_kind_follows_the_number_of_rows(indexer: Indexer, tmp_path: Path) -> None:
    columns = FilterColumns.read(indexer.store)
    assert isinstance(open_vectors(tmp_path / "v", indexer.store, columns, max_flat_rows=400), FlatIndex)
    assert isinstance(open_vectors(tmp_path / "v", indexer.store, columns, max_flat_rows=399), InvertedIndex)


def test_the_files_take_over_what_changed_and_an_index_opened_before_goes_on(indexer: Indexer, tmp_path: Path) -> None:
    folder, store = tmp_path / "v", indexer.store
    first = open_and_compare_with_flat(store, folder)
    before = first.search(HashEmbedder().embed_query("tram3"), 5, None)
    indexer.put([prepared("more", *texts(900, 910))])
    store.remove("d1")
    open_and_compare_with_flat(store, folder)
    indexer.put([prepared("many", *texts(1000, 1200))])  # more than may stand beside the lists
    open_and_compare_with_flat(store, folder)
    for number in range(2, 10):
        store.remove(f"d{number}")  # more than may be kept of what is gone
    open_and_compare_with_flat(store, folder)
    assert first.search(HashEmbedder().embed_query("tram3"), 5, None) == before


def test_opening_unchanged_files_writes_nothing(indexer: Indexer, tmp_path: Path) -> None:
    open_and_compare_with_flat(indexer.store, tmp_path / "v")
    written = {path: path.stat().st_mtime_ns for path in (tmp_path / "v").glob("*.*")}
    open_and_compare_with_flat(indexer.store, tmp_path / "v")
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "v").glob("*.*")} == written


@pytest.mark.parametrize("name", ["rows", "vectors", "lists"])
@pytest.mark.parametrize("fault", ["flipped", "truncated", "gone"])
def test_a_damaged_file_is_reported_and_made_anew(
    indexer: Indexer, tmp_path: Path, name: str, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "v"
    open_and_compare_with_flat(indexer.store, folder)
    (path,) = folder.glob(f"{name}*")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content if fault == "flipped" else content[:-7])
    if fault == "gone":
        path.unlink()
    with caplog.at_level(logging.WARNING):
        assert name in VectorFile(folder).fault(indexer.store)
        open_and_compare_with_flat(indexer.store, folder)
    assert name in caplog.text
    assert VectorFile(folder).fault(indexer.store) == ""


def test_files_of_another_store_are_not_built_upon(indexer: Indexer, tmp_path: Path) -> None:
    folder = tmp_path / "v"
    open_and_compare_with_flat(indexer.store, folder)
    other = Indexer(
        Store(tmp_path / "other.sqlite", create=True), HashEmbedder(), TantivyIndex(tmp_path / "other-lexical")
    )
    other.put([prepared("x", *texts(0, 60))])
    assert "another store" in VectorFile(folder).fault(other.store)
    open_and_compare_with_flat(other.store, folder)


def test_what_a_killed_writer_left_behind_is_overwritten(indexer: Indexer, tmp_path: Path) -> None:
    folder = tmp_path / "v"
    open_and_compare_with_flat(indexer.store, folder)
    for name in ("rows", "vectors"):
        (path,) = folder.glob(f"{name}*")
        path.write_bytes(path.read_bytes() + b"unfinished")
    indexer.put([prepared("more", *texts(900, 910))])
    open_and_compare_with_flat(indexer.store, folder)
