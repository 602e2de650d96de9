from __future__ import annotations

from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.measures import compare, holm, interval, measure, p_value


def test_one_right_document_at_rank_three() -> None:
    values = measure({"t1": {"c": 1}}, {"t1": [("a", 3.0), ("b", 2.0), ("c", 1.0)]})
    assert values["RR@10"]["t1"] == pytest.approx(1 / 3)
    assert values["nDCG@10"]["t1"] == pytest.approx(1 / log2(4))
    assert values["Success@1"]["t1"] == 0
    assert values["Success@5"]["t1"] == 1
    assert values["Judged@10"]["t1"] == pytest.approx(1 / 3)


def test_grades_weigh_in_ndcg() -> None:
    values = measure({"t1": {"a": 3, "b": 1}}, {"t1": [("b", 2.0), ("a", 1.0)]})
    assert values["nDCG@10"]["t1"] == pytest.approx((1 + 3 / log2(3)) / (3 + 1 / log2(3)))


def test_recall_counts_what_was_found_of_what_is_right() -> None:
    run = {"t1": [(f"x{rank}", 100.0 - rank) for rank in range(10)] + [("a", 1.0)]}
    values = measure({"t1": {"a": 1, "b": 2}}, run)
    assert values["R@10"]["t1"] == 0
    assert values["R@100"]["t1"] == 1 / 2


def test_a_topic_missing_from_the_run_counts_nothing() -> None:
    values = measure({"t1": {"a": 1}, "t2": {"b": 1}}, {"t1": [("a", 1.0)]})
    assert values["nDCG@10"] == {"t1": 1.0, "t2": 0.0}


def test_an_empty_ranking_counts_nothing() -> None:
    assert measure({"t1": {"a": 1}}, {"t1": []})["RR@10"] == {"t1": 0.0}
    assert measure({"t1": {"a": 1}}, {})["Judged@10"] == {"t1": 0.0}


def test_a_topic_nothing_answers_is_left_out() -> None:
    values = measure({"t1": {"a": 1}, "t2": {"b": 0}, "t3": {}}, {"t2": [("b", 1.0)]})
    assert set(values["nDCG@10"]) == {"t1"}
    assert measure({}, {})["nDCG@10"] == {}


def test_the_same_values_give_the_same_interval() -> None:
    values = [0.0, 0.5, 1.0, 1.0, 0.25, 0.75]
    spread = interval(values)
    assert spread == interval(values)
    assert spread.low < spread.mean < spread.high
    assert spread.topics == 6


def test_an_interval_of_equal_values_is_a_point() -> None:
    assert interval([0.5, 0.5, 0.5]) == (0.5, 0.5, 0.5, 3)
    assert interval([1.0]) == (1.0, 1.0, 1.0, 1)
    assert interval([]).topics == 0


def test_an_interval_narrows_with_more_topics() -> None:
    few, many = interval([0.0, 1.0] * 5), interval([0.0, 1.0] * 200)
    assert many.high - many.low < (few.high - few.low) / 3


def test_ten_wins_of_ten_happen_by_chance_twice_in_1024() -> None:
    worse = {f"t{i}": 0.0 for i in range(10)}
    better = dict.fromkeys(worse, 1.0)
    difference = compare(worse, better)
    assert (difference.wins, difference.ties, difference.losses) == (10, 0, 0)
    assert difference.mean == 1.0
    assert difference.p == pytest.approx(2 / 1024)


def test_topics_that_do_not_change_leave_p_as_it_is() -> None:
    import numpy as np

    old, new = np.zeros(5), np.ones(5)
    same = np.full(7, 0.3)
    assert p_value(old, new, "two-sided") == p_value(
        np.concatenate([old, same]), np.concatenate([new, same]), "two-sided"
    )


def test_no_change_is_never_significant() -> None:
    values = {"t1": 0.2, "t2": 0.9}
    difference = compare(values, values)
    assert (difference.p, difference.mean, difference.ties) == (1.0, 0.0, 2)


def test_only_topics_both_have_are_compared() -> None:
    difference = compare({"t1": 0.0, "t2": 1.0}, {"t2": 0.5, "t3": 1.0})
    assert (difference.topics, difference.before, difference.after) == (1, 1.0, 0.5)


def test_holm_multiplies_the_smallest_by_all_and_the_next_by_one_fewer() -> None:
    assert holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), max_size=20))
def test_holm_never_lowers_a_p_and_keeps_their_order(p_values: list[float]) -> None:
    corrected = holm(p_values)
    assert all(p <= value <= 1 for p, value in zip(p_values, corrected, strict=True))
    ranked = sorted(range(len(p_values)), key=lambda at: p_values[at])
    assert [corrected[at] for at in ranked] == sorted(corrected)
