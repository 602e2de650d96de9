"""Vector search by pgvector: exact over the rows a filter leaves, a graph (HNSW, Malkov & Yashunin 2018) over many.

A graph loses true hits under a narrow filter, so it is only used where more than MAX_EXACT_ROWS pass: there it is
looked through in `relaxed_order` until twice the hits were seen, and those are scored again from their full vectors.
The filter is one bit a row, sent with the query: what passes is decided where it is for the embedded index.
"""

from __future__ import annotations

import logging
import time
from typing import Any, Final
from weakref import WeakKeyDictionary

import numpy as np

from index.postgresql.connections import PostgresConnections, connected
from index.postgresql.row_security import INDEX, ReadingSession
from index.types import Hit, Rows, Selection, StoredVector, Vectors

MAX_EXACT_ROWS: Final = 40_000  # 60 ms; the graph's recall under narrower filters is .53 to .86
SPARE: Final = 2  # times k candidates are scored again with their full vectors
GONE: Final = -1.0  # score of a row that was removed since: none is lower
_GRAPH: Final = "passage_vectors_graph"
# hnsw.ef_search: 400 finds .987 of the true ten at 100,000, 600 .993, 800 .995; 1000 is the most that pgvector takes.
_LEAST_BEAM, _MOST_BEAM = 800, 1000
_LOG: Final = logging.getLogger("passerelle.index")

_EXACT: Final = """
    SELECT row, vector <#> ? AS distance FROM passage_vectors WHERE row = ANY (?) ORDER BY distance, row LIMIT ?
"""
_AMONG_ALL: Final = "CASE WHEN row BETWEEN ? AND ? THEN get_bit(?, row - ?) = 1 ELSE false END"
_EXACT_AMONG_ALL: Final = f"""
    SELECT row, vector <#> ? AS distance FROM passage_vectors WHERE {_AMONG_ALL} ORDER BY distance, row LIMIT ?
"""
# Whether the graph is worth it was decided here: the server knows nothing of the bits.
_USE_GRAPH: Final = "SELECT set_config('hnsw.ef_search', ?, true), set_config('enable_seqscan', 'off', true)"
_BY_GRAPH: Final = f"""
    WITH nearest AS MATERIALIZED (
        SELECT row, vector FROM passage_vectors WHERE {_AMONG_ALL}
        ORDER BY (vector::halfvec(%(dimension)s)) <#> CAST(? AS halfvec(%(dimension)s)) LIMIT ?
    )
    SELECT row, vector <#> ? AS distance FROM nearest ORDER BY distance, row LIMIT ?
"""


class PgvectorIndex:
    """The vectors of one generation's rows (sorted), where they are stored."""

    def __init__(
        self,
        connections: PostgresConnections,
        rows: Rows,
        *,
        has_graph: bool,
        max_exact_rows: int = MAX_EXACT_ROWS,
    ) -> None:
        self._connections, self._rows = connections, rows
        self._has_graph, self._max_exact_rows = has_graph, max_exact_rows
        self._bits: WeakKeyDictionary[Selection, bytes] = WeakKeyDictionary()
        self._all = Selection.of(rows, np.ones(len(rows), bool))

    def __len__(self) -> int:
        return len(self._rows)

    def search(self, vector: Vectors, k: int, within: Selection | None) -> list[Hit]:
        """Return k hits among the selected rows (None: every row), best first, ties by row.

        Rows that were removed since this generation are not found.
        """
        selected = self._all if within is None else within
        k, query = min(k, len(selected)), _stored(vector)
        if k < 1:
            return []
        if len(selected) <= self._max_exact_rows:
            rows = selected.rows[selected.positions]
            return _hits(self._connections.as_index.execute(_EXACT, (query, rows, k)))
        among = self._among(selected)
        if self._has_graph and len(hits := self._search_graph(query, k, selected, among)) == k:
            return hits
        return _hits(self._connections.as_index.execute(_EXACT_AMONG_ALL, (query, *among, k)))

    def scores(self, vector: Vectors, rows: Rows) -> Vectors:
        """Return the inner product with each row's vector, in the order given; GONE for one removed since.

        Raises KeyError for a row of another generation.
        """
        positions = np.searchsorted(self._rows, rows)
        if len(rows) and not (positions.max() < len(self._rows) and np.array_equal(self._rows[positions], rows)):
            raise KeyError("a row that is not in the vector index")
        hits = self._connections.as_index.execute(_EXACT, (_stored(vector), rows, len(rows)))
        known = {row: -distance for row, distance in hits}
        return np.array([known.get(row, GONE) for row in rows.tolist()], np.float32)

    def _search_graph(self, query: StoredVector, k: int, selected: Selection, among: tuple[Any, ...]) -> list[Hit]:
        """Return the best of SPARE * k candidates of the graph; a narrower filter takes a wider beam."""
        beam = min(_MOST_BEAM, max(_LEAST_BEAM, SPARE * k * len(self._rows) // len(selected)))
        statement = _BY_GRAPH % {"dimension": len(query) // 4}
        with self._connections.snapshot():
            session = self._connections.as_index
            session.execute(_USE_GRAPH, (str(beam),))
            hits = _hits(session.execute(statement, (*among, query, SPARE * k, query, k)))
            session.execute("SELECT set_config('enable_seqscan', 'on', true)")  # the snapshot may go on
            return hits

    def _among(self, selected: Selection) -> tuple[int, int, bytes, int]:
        """Return what _AMONG_ALL asks for: first row, last row, a bit for each number from the first, the first."""
        first, last = int(self._rows[0]), int(self._rows[-1])
        if selected not in self._bits:
            mask = np.zeros(last - first + 1, bool)
            mask[selected.rows[selected.positions] - first] = True
            self._bits[selected] = np.packbits(mask, bitorder="little").tobytes()
        return first, last, self._bits[selected], first


def make_graph(connections: PostgresConnections, max_exact_rows: int = MAX_EXACT_ROWS) -> bool:
    """Make the graph where there are enough rows for it; say whether there is one. Others go on writing meanwhile.

    Not while this thread holds a snapshot: the server waits for all of them. Where another process is making it, there
    is none yet.
    """
    with connected(connections.address, connections.schema) as own:
        session = ReadingSession(own, INDEX)
        if session.execute("SELECT 1 FROM passage_vectors OFFSET ? LIMIT 1", (max_exact_rows,)).fetchone() is None:
            return False
        valid = session.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(?)", (_GRAPH,))
        if (row := valid.fetchone()) == (True,):
            return True
        lock = f"{connections.schema}, its graph"
        if session.execute("SELECT pg_try_advisory_lock(hashtextextended(?, 0))", (lock,)).fetchone() != (True,):
            return False
        if row is not None:
            session.execute(f"DROP INDEX {_GRAPH}")  # whoever was making it has ended
        (dimension,) = session.execute("SELECT vector_dims(vector) FROM passage_vectors LIMIT 1").fetchone() or (0,)
        began = time.perf_counter()
        session.execute("SET lock_timeout = 0")
        session.execute(
            f"CREATE INDEX CONCURRENTLY {_GRAPH} ON passage_vectors USING hnsw"
            f" ((vector::halfvec({dimension})) halfvec_ip_ops) WITH (ef_construction = 100)"
        )
        _LOG.info("%s: graph made in %.0f s", connections.name, time.perf_counter() - began)
        return True


def _stored(vector: Vectors) -> StoredVector:
    return StoredVector(np.ascontiguousarray(vector, np.float32).tobytes())


def _hits(found: Any) -> list[Hit]:
    return [Hit(row, -distance) for row, distance in found]
