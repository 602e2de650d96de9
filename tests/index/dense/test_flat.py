from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.dense.flat import FlatIndex
from index.types import Rows, Selection, Vectors


def unit(count: int, dimension: int, seed: int) -> Vectors:
    vectors = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def brute_force(rows: Rows, vectors: Vectors, vector: Vectors, k: int, within: Rows | None) -> list[int]:
    allowed = set(rows.tolist()) if within is None else set(within.tolist())
    scored = [
        (-float(score), row) for row, score in zip(rows.tolist(), vectors @ vector, strict=True) if row in allowed
    ]
    return [row for _, row in sorted(scored)[: max(k, 0)]]


@given(
    count=st.integers(1, 60),
    k=st.integers(0, 80),
    share=st.sampled_from([None, 0.0, 0.1, 0.5, 1.0]),
    seed=st.integers(0, 1000),
)
def test_it_finds_what_brute_force_finds(count: int, k: int, share: float | None, seed: int) -> None:
    random = np.random.default_rng(seed)
    rows = np.sort(random.choice(1000, count, replace=False)).astype(np.int64)
    vectors, vector = unit(count, 16, seed), unit(1, 16, seed + 1)[0]
    mask = None if share is None else random.random(count) < share
    hits = FlatIndex(rows, vectors).search(vector, k, None if mask is None else Selection.of(rows, mask))
    within = None if mask is None else rows[mask]
    assert [hit.row for hit in hits] == brute_force(rows, vectors, vector, k, within)
    by_row = dict(zip(rows.tolist(), (vectors @ vector).tolist(), strict=True))
    assert all(hit.score == pytest.approx(by_row[hit.row], abs=1e-5) for hit in hits)


def test_ties_are_settled_by_row() -> None:
    same = np.repeat(unit(1, 8, 0), 3, axis=0)
    assert [hit.row for hit in FlatIndex(np.array([4, 7, 9]), same).search(same[0], 3, None)] == [4, 7, 9]


def test_scores_are_given_in_the_order_asked_and_an_unknown_row_is_an_error() -> None:
    rows, vectors = np.array([2, 4, 8]), unit(3, 8, 0)
    index = FlatIndex(rows, vectors)
    assert index.scores(vectors[0], np.array([8, 2])) == pytest.approx([vectors[2] @ vectors[0], 1.0], abs=1e-6)
    with pytest.raises(KeyError):
        index.scores(vectors[0], np.array([3]))
    assert len(index.scores(vectors[0], np.array([], np.int64))) == 0
