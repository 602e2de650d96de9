"""A flat FAISS index: exact search by inner product over the rows a filter allows (Douze et al. 2024).

Flat and exact: the search gets faster as the filter narrows, where HNSW and IVF lose true hits under a filter.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from index.types import Hit, Rows, Selection, Vectors


class FlatIndex:
    """All vectors in one flat FAISS index; position i holds the passage of `rows[i]`. `rows` must be sorted."""

    def __init__(self, rows: Rows, vectors: Vectors) -> None:
        import faiss

        self._faiss = faiss
        self._rows = rows
        self._index: Any = faiss.IndexFlatIP(vectors.shape[1])
        self._index.add(np.ascontiguousarray(vectors, np.float32))

    def __len__(self) -> int:
        return len(self._rows)

    def search(self, vector: Vectors, k: int, within: Selection | None) -> list[Hit]:
        """Return at most k hits among the selected rows (None: every row), best first, ties by row."""
        count = len(self._rows) if within is None else len(within)
        if min(k, count) < 1:
            return []
        parameters = None
        if within is not None and count < len(self._rows):
            # the selector does not own the bits: `within` keeps them alive
            selector = self._faiss.IDSelectorBitmap(len(self._rows), self._faiss.swig_ptr(within.bits))
            parameters = self._faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]  # stubs lack it
        self._faiss.omp_set_num_threads(1)  # of this thread: a second one only waits for it, busily (7.4 ms to 0.9)
        scores, positions = self._index.search(vector[None, :], min(k, count), params=parameters)
        nearest = zip(positions[0], scores[0], strict=True)
        hits = [Hit(int(self._rows[position]), float(score)) for position, score in nearest]
        return sorted(hits, key=lambda hit: (-hit.score, hit.row))

    def scores(self, vector: Vectors, rows: Rows) -> Vectors:
        """Return the inner product with each row's vector, in the order given. Raises KeyError for an unknown row."""
        positions = np.searchsorted(self._rows, rows)
        if len(rows) and not (positions.max() < len(self._rows) and np.array_equal(self._rows[positions], rows)):
            raise KeyError("a row that is not in the vector index")
        stored = self._faiss.rev_swig_ptr(self._index.get_xb(), self._index.ntotal * self._index.d)
        scores: Vectors = stored.reshape(-1, self._index.d)[positions] @ vector
        return scores
