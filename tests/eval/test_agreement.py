from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from eval.agreement import compare_with_set, measure_agreement, second_judge_lines
from eval.collection import read_set
from service.judging.judgements import Judgement, UnreadableJudgements, read_judgements
from tests.eval.fakes import write_set
from tests.eval.test_pooling import judged


def test_kappa_is_what_is_left_of_agreement_after_chance() -> None:
    ana = [judged(f"d{at}", grade, "Ana") for at, grade in enumerate([0, 0, 3, 3])]
    ben = [judged(f"d{at}", grade, "Ben") for at, grade in enumerate([0, 3, 3, 3])]
    (pair,) = measure_agreement(ana + ben + [judged("alone", 1, "Ana")])
    assert (pair.first, pair.second, pair.shared) == ("Ana", "Ben", 4)
    assert pair.kappa == pytest.approx((3 / 4 - 1 / 2) / (1 - 1 / 2))


GRADES = st.integers(0, 3)


@given(st.lists(st.tuples(GRADES, GRADES), min_size=2, max_size=30).filter(lambda made: len({*map(tuple, made)}) > 1))
def test_kappa_is_scikit_learns(made: list[tuple[int, int]]) -> None:
    ana, ben = ([judged(f"d{at}", pair[side], "AB"[side]) for at, pair in enumerate(made)] for side in (0, 1))
    (pair,) = measure_agreement(ana + ben)
    first, second = zip(*made, strict=True)
    assert pair.kappa == pytest.approx(cohen_kappa_score(first, second))
    assert pair.weighted == pytest.approx(cohen_kappa_score(first, second, labels=[0, 1, 2, 3], weights="quadratic"))


def test_judges_who_never_differ_agree_wholly() -> None:
    (pair,) = measure_agreement([judged("a", 1, "Ana"), judged("a", 1, "Ben")])
    assert (pair.kappa, pair.weighted) == (1.0, 1.0)
    assert measure_agreement([judged("a", 1, "Ana"), judged("b", 1, "Ben")]) == []


def test_a_second_judge_is_compared_with_the_sets_own_grades(tmp_path: Path) -> None:
    own = "\n".join(f"t1 d{at} {grade}" for at, grade in enumerate([0, 0, 3, 3]))
    golden = read_set(str(write_set(tmp_path / "small", '{"_id": "t1", "text": "x"}', own)))
    (second,) = compare_with_set(golden, [judged(f"d{at}", grade, "Ben") for at, grade in enumerate([0, 3, 3, 3])])
    assert second.agreement[:3] == ("small", "Ben", 4)
    assert second.agreement.kappa == pytest.approx(1 / 2)
    assert second.table == ((1, 0, 0, 1), (0, 0, 0, 0), (0, 0, 0, 0), (0, 0, 0, 2))
    low, high = second.kappa_span
    assert low <= second.agreement.kappa <= high
    assert "kappa 0.50" in next(second_judge_lines(second))


def test_the_agreement_of_a_sample_is_weighted_by_the_grades_of_the_set(tmp_path: Path) -> None:
    own = "\n".join(f"t1 d{at} {grade}" for at, grade in enumerate([0] * 9 + [3]))
    golden = read_set(str(write_set(tmp_path / "small", '{"_id": "t1", "text": "x"}', own)))
    sample = [judged("d0", 0, "Ben"), judged("d9", 1, "Ben")]
    everything = [judged(f"d{at}", 0, "Ana") for at in range(9)] + [judged("d9", 1, "Ana")]
    (ben,), (ana,) = compare_with_set(golden, sample), compare_with_set(golden, everything)
    assert ben.in_set == pytest.approx(ana.agreement.weighted)
    assert ana.in_set == pytest.approx(ana.agreement.weighted)


def test_a_second_judge_of_what_the_set_never_judged_is_refused(tmp_path: Path) -> None:
    golden = read_set(str(write_set(tmp_path / "small", '{"_id": "t1", "text": "x"}', "t1 a 1")))
    with pytest.raises(UnreadableJudgements, match="'b' was never judged for 't1'"):
        list(compare_with_set(golden, [judged("b", 1, "Ben")]))


@pytest.mark.parametrize("name", ["corpus-fr", "corpus-multi"])
def test_the_second_judge_of_a_set_graded_as_many_documents_of_each_grade(name: str) -> None:
    golden = read_set(name)
    judgements: list[Judgement] = read_judgements(golden.folder / "second-judge.jsonl")
    (second,) = compare_with_set(golden, judgements)
    assert [sum(row) for row in second.table] == [20, 20, 20, 20]
