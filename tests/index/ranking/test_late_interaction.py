from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.ranking.late_interaction import centre_tokens, encode, maxsim, mean_token
from index.types import Vectors


def random(count: int, seed: int, dimension: int = 16) -> Vectors:
    return np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)


@given(lengths=st.lists(st.integers(0, 12), max_size=8), query_tokens=st.integers(0, 6), seed=st.integers(0, 999))
def test_it_is_the_mean_over_the_querys_tokens_of_the_best_sign_vector(
    lengths: list[int], query_tokens: int, seed: int
) -> None:
    centre = random(1, seed)[0]
    query = centre_tokens(random(query_tokens, seed + 1), centre)
    passages = [random(length, seed + 2 + number) for number, length in enumerate(lengths)]
    expected = []
    for tokens in passages:
        signs = np.where(tokens > centre, 1, -1) / np.sqrt(16)
        expected.append((query @ signs.T).max(axis=1).mean() if len(tokens) and query_tokens else 0.0)
    scores = maxsim(query, [encode(tokens, centre) for tokens in passages])
    assert scores.tolist() == pytest.approx(expected, abs=1e-5)


def test_a_passage_that_holds_the_querys_tokens_scores_highest() -> None:
    query, centre = random(5, 0, 384), np.zeros(384, np.float32)
    passages = [random(40, 1, 384), np.concatenate([random(20, 2, 384), query]), random(40, 3, 384)]
    scores = maxsim(centre_tokens(query, centre), [encode(tokens, centre) for tokens in passages])
    assert scores.argmax() == 1


def test_a_token_takes_one_bit_a_dimension() -> None:
    assert encode(random(7, 0, 384), np.zeros(384, np.float32)).shape == (7, 48)


def test_the_centre_is_the_mean_of_all_tokens() -> None:
    assert mean_token([np.ones((1, 4), np.float32), np.full((3, 4), 5, np.float32)]).tolist() == [4, 4, 4, 4]
