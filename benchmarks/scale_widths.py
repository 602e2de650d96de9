"""pgvector at filters from wide to narrow, exact and by the graph: where one should give way to the other.

A filter "by subject" passes the passages at one end of the subjects, so that the graph's neighbours of a question are
nearly all inside or nearly all outside; the other passes any passages.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from typing import Any, cast

import numpy as np

from benchmarks.costs import quantiles, timed
from benchmarks.scale_building import Built
from benchmarks.scale_truth import brute_force
from benchmarks.synthetic import BATCH
from index.dense.embedders import load_bundled
from index.postgresql.connections import PostgresConnections
from index.postgresql.vectors import PgvectorIndex, make_graph
from index.store.opening import open_store
from index.types import Rows, Selection, Vectors

WIDTHS = (1.0, 0.8, 0.6, 0.45, 0.3, 0.2, 0.1, 0.05, 0.02)
TIMED = 10  # questions, of those that are exact: to score half a million passages takes a second
DEPTH = 100  # what a search asks for


def selections(rows: Rows, width: float) -> dict[str, Selection]:
    """Return a filter of this width of each kind."""
    random = np.random.default_rng(5).random(len(rows)) < width
    if width == 1.0:
        return {"any": Selection.of(rows, random)}
    position = np.arange(len(rows))
    start = position // BATCH * BATCH
    order = (position - start) / np.minimum(BATCH, len(rows) - start)
    return {"any": Selection.of(rows, random), "subject": Selection.of(rows, order < width)}


def measure_widths(built: Built, questions: Sequence[str]) -> list[dict[str, Any]]:
    """Return a row for each width and kind of filter: milliseconds of both ways, recall@10 by the graph."""
    embedder = load_bundled(built.settings.models)
    queries = np.stack([embedder.embed_query(question) for question in questions])
    with closing(open_store(built.settings)) as store:
        connections = cast(PostgresConnections, store.database.connections)
        make_graph(connections, max_exact_rows=0)
        rows = np.fromiter((row for row, _, _ in store.passage_table.iterate_rows()), np.int64)
        chosen = {(width, kind): each for width in WIDTHS for kind, each in selections(rows, width).items()}
        truth = brute_force(store, [each.rows[each.positions] for each in chosen.values()], queries)
        exact = PgvectorIndex(connections, rows, has_graph=False, max_exact_rows=len(rows))
        graph = PgvectorIndex(connections, rows, has_graph=True, max_exact_rows=0)
        return [
            {"passages": len(rows), "width": width, "kind": kind, "allowed": len(selection)}
            | measure_exact(exact, queries[:TIMED], selection)
            | measure_graph(graph, queries, selection, best)
            for ((width, kind), selection), best in zip(chosen.items(), truth, strict=True)
        ]


def measure_exact(index: PgvectorIndex, queries: Vectors, selection: Selection) -> dict[str, float]:
    index.search(queries[0], DEPTH, selection)
    p50, p99 = quantiles([timed(partial(index.search, query, DEPTH, selection)) for query in queries])
    return {"exact_p50_ms": p50, "exact_p99_ms": p99}


def measure_graph(
    index: PgvectorIndex, queries: Vectors, selection: Selection, truth: Sequence[set[int]]
) -> dict[str, float]:
    index.search(queries[0], DEPTH, selection)
    seconds, shares = [], []
    for query, best in zip(queries, truth, strict=True):
        began = time.perf_counter()
        hits = index.search(query, DEPTH, selection)
        seconds.append(time.perf_counter() - began)
        shares.append(len({hit.row for hit in hits[:10]} & best) / max(1, len(best)))
    p50, p99 = quantiles(seconds)
    return {"graph_p50_ms": p50, "graph_p99_ms": p99, "graph_recall": statistics.mean(shares)}
