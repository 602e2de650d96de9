"""A query names a document when its whole name says it, and when no others bear the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from index.ranking.exact_names import score_exact_names


def test_a_document_that_says_the_whole_query_is_sure_and_half_a_name_is_next_to_nothing() -> None:
    assert score_exact_names({1: 1.0, 2: 0.5}, lambda row: row) == {1: 1.0, 2: 0.0625}


def test_a_name_that_several_documents_bear_tells_none_of_them_apart() -> None:
    assert score_exact_names({1: 1.0, 2: 1.0, 3: 1.0, 4: 1.0}, lambda row: row) == dict.fromkeys((1, 2, 3, 4), 0.25)


def test_passages_of_one_document_bear_its_name_once() -> None:
    assert score_exact_names({1: 1.0, 2: 1.0, 3: 1.0}, lambda row: 7) == {1: 1.0, 2: 1.0, 3: 1.0}


@given(st.dictionaries(st.integers(0, 50), st.floats(0, 1)))
def test_it_never_leaves_its_bounds_nor_loses_a_row(shares: dict[int, float]) -> None:
    sure = score_exact_names(shares, lambda row: row // 3)
    assert sure.keys() == shares.keys()
    assert all(0 <= score <= 1 for score in sure.values())
