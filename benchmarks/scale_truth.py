"""What a vector index should find: the true nearest, by brute force over the stored vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from index.store.store import Store
from index.types import Rows, Vectors

PIECE = 50_000  # vectors read at a time


def brute_force(store: Store, rows: Sequence[Rows], queries: Vectors, k: int = 10) -> list[list[set[int]]]:
    """Return the true k best rows of each query for each set of sorted rows, reading the vectors once, in pieces."""
    best: list[list[list[tuple[float, int]]]] = [[[] for _ in queries] for _ in rows]
    piece_rows: list[int] = []
    piece: list[bytes] = []

    def score() -> None:
        at, vectors = np.array(piece_rows), np.frombuffer(b"".join(piece), np.float32).reshape(len(piece), -1)
        scores = vectors @ queries.T
        for number, allowed in enumerate(rows):
            inside = np.flatnonzero(np.isin(at, allowed, assume_unique=True))
            for query in range(len(queries)):
                add_best(best[number][query], at[inside], scores[inside, query], k)
        piece_rows.clear()
        piece.clear()

    for row, vector in store.passage_table.iterate_vectors_after(0):
        piece_rows.append(row)
        piece.append(vector)
        if len(piece) == PIECE:
            score()
    if piece:
        score()
    return [[{row for _, row in query} for query in by_query] for by_query in best]


def add_best(best: list[tuple[float, int]], rows: Rows, scores: Any, k: int) -> None:
    """Keep the k best of those known and of these rows."""
    top = np.argpartition(-scores, k)[:k] if len(scores) > k else np.arange(len(scores))
    best[:] = sorted([*best, *zip(scores[top].tolist(), rows[top].tolist(), strict=True)], reverse=True)[:k]
