from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from eval.agreement import agreement, reading_lines, readings
from eval.collection import read_set
from eval.pooling import UnreadableJudgements, read_judgements
from service.judging.service import Judgement
from tests.eval.fakes import write_set
from tests.eval.test_pooling import judged


def test_kappa_is_what_is_left_of_agreement_after_chance() -> None:
    ana = [judged(f"d{at}", grade, "Ana") for at, grade in enumerate([0, 0, 3, 3])]
    ben = [judged(f"d{at}", grade, "Ben") for at, grade in enumerate([0, 3, 3, 3])]
    (found,) = agreement(ana + ben + [judged("alone", 1, "Ana")])
    assert (found.one, found.other, found.shared) == ("Ana", "Ben", 4)
    assert found.kappa == pytest.approx((3 / 4 - 1 / 2) / (1 - 1 / 2))


GRADES = st.integers(0, 3)


@given(st.lists(st.tuples(GRADES, GRADES), min_size=2, max_size=30).filter(lambda made: len({*map(tuple, made)}) > 1))
def test_kappa_is_scikit_learns(made: list[tuple[int, int]]) -> None:
    ana, ben = ([judged(f"d{at}", pair[side], "AB"[side]) for at, pair in enumerate(made)] for side in (0, 1))
    (found,) = agreement(ana + ben)
    first, second = zip(*made, strict=True)
    assert found.kappa == pytest.approx(cohen_kappa_score(first, second))
    assert found.weighted == pytest.approx(cohen_kappa_score(first, second, labels=[0, 1, 2, 3], weights="quadratic"))


def test_judges_who_never_differ_agree_wholly() -> None:
    (found,) = agreement([judged("a", 1, "Ana"), judged("a", 1, "Ben")])
    assert (found.kappa, found.weighted) == (1.0, 1.0)
    assert agreement([judged("a", 1, "Ana"), judged("b", 1, "Ben")]) == []


def test_a_second_reading_is_held_against_the_sets_own_grades(tmp_path: Path) -> None:
    own = "\n".join(f"t1 d{at} {grade}" for at, grade in enumerate([0, 0, 3, 3]))
    golden = read_set(str(write_set(tmp_path / "small", '{"_id": "t1", "text": "x"}', own)))
    (found,) = readings(golden, [judged(f"d{at}", grade, "Ben") for at, grade in enumerate([0, 3, 3, 3])])
    assert found.agreement[:3] == ("small", "Ben", 4)
    assert found.agreement.kappa == pytest.approx(1 / 2)
    assert found.table == ((1, 0, 0, 1), (0, 0, 0, 0), (0, 0, 0, 0), (0, 0, 0, 2))
    low, high = found.kappa_span
    assert low <= found.agreement.kappa <= high
    assert "kappa 0.50" in next(reading_lines(found))


def test_a_reading_of_a_sample_is_weighed_by_what_the_set_holds(tmp_path: Path) -> None:
    own = "\n".join(f"t1 d{at} {grade}" for at, grade in enumerate([0] * 9 + [3]))
    golden = read_set(str(write_set(tmp_path / "small", '{"_id": "t1", "text": "x"}', own)))
    sample = [judged("d0", 0, "Ben"), judged("d9", 1, "Ben")]
    everything = [judged(f"d{at}", 0, "Ana") for at in range(9)] + [judged("d9", 1, "Ana")]
    (ben,), (ana,) = readings(golden, sample), readings(golden, everything)
    assert ben.in_set == pytest.approx(ana.agreement.weighted)
    assert ana.in_set == pytest.approx(ana.agreement.weighted)


def test_a_reading_of_what_the_set_never_judged_is_refused(tmp_path: Path) -> None:
    golden = read_set(str(write_set(tmp_path / "small", '{"_id": "t1", "text": "x"}', "t1 a 1")))
    with pytest.raises(UnreadableJudgements, match="'b' was never judged for 't1'"):
        list(readings(golden, [judged("b", 1, "Ben")]))


@pytest.mark.parametrize("name", ["corpus-fr", "corpus-multi"])
def test_the_sets_second_reading_takes_every_grade_alike(name: str) -> None:
    golden = read_set(name)
    read: list[Judgement] = read_judgements(golden.folder / "second-judge.jsonl")
    (reading,) = readings(golden, read)
    assert [sum(row) for row in reading.table] == [20, 20, 20, 20]
