"""The vectors in PostgreSQL against brute force: exact over few rows and over all, and by the graph over many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.lexical.tantivy_index import TantivyIndex
from index.postgresql.connections import PostgresConnections
from index.postgresql.vectors import GONE, PgvectorIndex, make_graph
from index.store.store import Store
from index.types import Rows, Selection, Vectors
from index.update import Indexer
from tests.conftest import HashEmbedder, prepared
from tests.databases import Postgresql
from tests.index.dense.test_flat import brute_force, unit
from tests.postgresql import Server

COUNT, DIMENSION = 600, 16


class Drawn(HashEmbedder):
    """Gives passages the vectors of a list, in order; passages 10 and 11 the same one."""

    dimension = DIMENSION
    vectors = unit(COUNT, DIMENSION, 1)
    vectors[11] = vectors[10]

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return np.array([self.vectors[int(text.rsplit(" ", 1)[1])] for text in texts])


@pytest.fixture(scope="module")
def store(postgresql: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Passages 0, 1, 2 …, with holes in their rows, since the first document was put twice."""
    databases = Postgresql(postgresql)
    folder = tmp_path_factory.mktemp("vectors")
    store = databases.make_store(folder)
    indexer = Indexer(store, Drawn(), TantivyIndex(folder / "lexical"))
    documents = [prepared(f"d{n:02d}", *(f"texte {n * 20 + part}" for part in range(20))) for n in range(COUNT // 20)]
    indexer.put([documents[0], *documents])
    yield store
    store.close()
    databases.drop_databases()


@pytest.fixture(scope="module")
def connections(store: Store) -> PostgresConnections:
    return cast(PostgresConnections, store.database.connections)


@pytest.fixture(scope="module")
def stored(store: Store) -> tuple[Rows, Vectors]:
    return store.passage_table.vectors()


@given(
    k=st.integers(0, 80),
    share=st.sampled_from([None, 0.0, 0.01, 0.5, 1.0]),
    max_exact_rows=st.sampled_from([0, 100_000]),
    seed=st.integers(0, 1000),
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_finds_what_brute_force_finds(
    connections: PostgresConnections,
    stored: tuple[Rows, Vectors],
    k: int,
    share: float | None,
    max_exact_rows: int,
    seed: int,
) -> None:
    rows, vectors = stored
    vector = unit(1, DIMENSION, seed)[0]
    mask = None if share is None else np.random.default_rng(seed).random(len(rows)) < share
    index = PgvectorIndex(connections, rows, has_graph=False, max_exact_rows=max_exact_rows)
    hits = index.search(vector, k, None if mask is None else Selection.of(rows, mask))
    within = None if mask is None else rows[mask]
    assert [hit.row for hit in hits] == brute_force(rows, vectors, vector, k, within)
    by_row = dict(zip(rows.tolist(), (vectors @ vector).tolist(), strict=True))
    assert all(hit.score == pytest.approx(by_row[hit.row], abs=1e-6) for hit in hits)


def test_ties_are_settled_by_row(connections: PostgresConnections, stored: tuple[Rows, Vectors]) -> None:
    rows, vectors = stored
    for max_exact_rows in (0, 100_000):
        index = PgvectorIndex(connections, rows, has_graph=False, max_exact_rows=max_exact_rows)
        assert [hit.row for hit in index.search(vectors[10], 2, None)] == rows[[10, 11]].tolist()


def test_scores_are_given_in_the_order_asked_and_an_unknown_row_is_an_error(
    connections: PostgresConnections, stored: tuple[Rows, Vectors]
) -> None:
    rows, vectors = stored
    index = PgvectorIndex(connections, rows, has_graph=False)
    assert index.scores(vectors[0], rows[[8, 0]]) == pytest.approx([vectors[8] @ vectors[0], 1.0], abs=1e-6)
    with pytest.raises(KeyError):
        index.scores(vectors[0], np.array([rows[0] - 1]))
    assert len(index.scores(vectors[0], np.array([], np.int64))) == 0


def test_a_graph_finds_nearly_all_of_the_nearest_under_every_filter_it_is_used_for(
    store: Store, connections: PostgresConnections, stored: tuple[Rows, Vectors]
) -> None:
    rows, vectors = stored
    assert not make_graph(connections)  # too few rows for one
    assert make_graph(connections, max_exact_rows=100)
    assert make_graph(connections, max_exact_rows=100)  # found, and not made again
    index = PgvectorIndex(connections, rows, has_graph=True, max_exact_rows=100)
    random = np.random.default_rng(2)
    for share in (1.0, 0.6, 0.3):
        recalled = expected = 0
        for query in unit(40, DIMENSION, 5):
            mask = random.random(len(rows)) < share
            hits = index.search(query, 10, Selection.of(rows, mask))
            assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
            assert {hit.row for hit in hits} <= set(rows[mask].tolist())
            truth = brute_force(rows, vectors, query, 10, rows[mask])
            recalled, expected = recalled + len({hit.row for hit in hits} & set(truth)), expected + len(truth)
        assert recalled / expected >= 0.99


def test_the_graph_is_what_a_wide_search_goes_through(connections: PostgresConnections, store: Store) -> None:
    assert make_graph(connections, max_exact_rows=100)
    used = "SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'passage_vectors_graph'"
    rows, vectors = store.passage_table.vectors()
    index = PgvectorIndex(connections, rows, has_graph=True, max_exact_rows=100)
    with connections.outside() as session:
        session.execute("ANALYZE passage_vectors")
        (before,) = session.execute(used).fetchone() or (0,)
    index.search(vectors[0], 10, None)
    connections.close()  # what a connection counted is there for others once it ends
    with connections.outside() as session:
        assert (session.execute(used).fetchone() or (0,))[0] > before


def test_a_document_removed_since_is_not_found_and_its_rows_score_below_all(postgresql: Server, tmp_path: Path) -> None:
    databases = Postgresql(postgresql)
    store = databases.make_store(tmp_path)
    indexer = Indexer(store, HashEmbedder(), TantivyIndex(tmp_path / "lexical"))
    indexer.put([prepared("a", "tram"), prepared("b", "gare")])
    rows, vectors = store.passage_table.vectors()
    connections = cast(PostgresConnections, store.database.connections)
    for max_exact_rows in (0, 10):
        index = PgvectorIndex(connections, rows, has_graph=False, max_exact_rows=max_exact_rows)
        assert len(index.search(vectors[0], 5, None)) == 2
    indexer.put([prepared("c", "tram encore")])  # a row that this generation does not have
    store.remove("a")
    for max_exact_rows in (0, 10):
        index = PgvectorIndex(connections, rows, has_graph=False, max_exact_rows=max_exact_rows)
        assert [hit.row for hit in index.search(vectors[0], 5, None)] == [rows[1]]
    assert index.scores(vectors[0], rows).tolist() == [GONE, pytest.approx(float(vectors[1] @ vectors[0]), abs=1e-6)]
    store.close()
    databases.drop_databases()
