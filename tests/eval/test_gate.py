from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from eval.gate import (
    LEAST_MARGIN,
    UnreadableBaseline,
    baseline_of,
    chosen_margins,
    default_margin,
    judge,
    read_baselines,
    table,
    write_baselines,
)
from eval.gate_simulation import simulate
from eval.slices import Groups
from tests.eval.made import results

RANDOM = np.random.default_rng(3)
TOPICS = [f"t{i}" for i in range(60)]
USUAL = {topic: float(value) for topic, value in zip(TOPICS, RANDOM.beta(2, 1, 60), strict=True)}
ACRONYMS = TOPICS[:12]


def in_groups(values: dict[str, float]) -> Groups:
    return {
        "all": {"nDCG@10": values, "R@10": values},
        "acronym": {"nDCG@10": {topic: values[topic] for topic in ACRONYMS if topic in values}},
        "fr→de": {"nDCG@10": {topic: values[topic] for topic in TOPICS[30:] if topic in values}},
    }


BASELINE = baseline_of(results(in_groups(USUAL)))


def faults(values: dict[str, float]) -> dict[str, str]:
    judged = judge(BASELINE, results(in_groups(values)))
    return {verdict.guard.group: verdict.fault for verdict in judged if not verdict.passes}


def test_the_same_values_pass() -> None:
    assert faults(USUAL) == {}


def test_noise_without_a_fall_passes() -> None:
    swapped = dict(USUAL)
    for topic, other in (("t3", "t5"), ("t20", "t25"), ("t31", "t47"), ("t50", "t40")):
        swapped[topic], swapped[other] = USUAL[other], USUAL[topic]
    assert faults(swapped) == {}


def test_a_better_system_passes() -> None:
    assert faults({topic: min(1.0, value + 0.2) for topic, value in USUAL.items()}) == {}


def test_a_fall_of_every_topic_is_significant_however_small() -> None:
    assert "significantly" in faults({topic: value - 0.01 for topic, value in USUAL.items()})["all"]


def test_a_planted_fall_in_one_slice_blocks_although_the_whole_hardly_moves() -> None:
    lost = USUAL | dict.fromkeys(ACRONYMS[:6], 0.0) | {topic: min(1.0, USUAL[topic] + 0.1) for topic in TOPICS[12:]}
    blocked = faults(lost)
    assert set(blocked) == {"acronym"}
    assert "more than its margin" in blocked["acronym"]


def test_topics_that_are_no_longer_measured_block() -> None:
    assert "1 of its topics" in faults({topic: USUAL[topic] for topic in TOPICS[1:]})["all"]
    no_pair = {group: values for group, values in in_groups(USUAL).items() if group != "fr→de"}
    judged = judge(BASELINE, results(no_pair))
    assert [(verdict.guard.group, verdict.fault) for verdict in judged if not verdict.passes] == [
        ("fr→de", "not measured")
    ]


def test_other_judgements_cannot_be_held_to_the_baseline() -> None:
    with pytest.raises(UnreadableBaseline, match="--record"):
        judge(BASELINE, results(in_groups(USUAL), judgements="newer"))


def test_only_guarded_measures_on_groups_of_some_size_guard() -> None:
    small = in_groups(USUAL) | {"typo": {"nDCG@10": {"t1": 1.0}}}
    assert [(guard.group, guard.measure) for guard in baseline_of(results(small)).guards] == [
        ("all", "nDCG@10"),
        ("acronym", "nDCG@10"),
        ("fr→de", "nDCG@10"),
    ]


def test_a_margin_is_one_and_a_half_standard_errors_and_never_tiny() -> None:
    assert default_margin([0.0, 1.0] * 50) == pytest.approx(1.5 * 0.5 / 10)
    assert default_margin([1.0] * 100) == LEAST_MARGIN


def test_a_margin_chosen_by_hand_outlives_a_new_record(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    write_baselines([BASELINE], path)
    path.write_text(path.read_text().replace(f'"margin": {BASELINE.guards[1].margin}', '"margin": 0.5', 1))
    again = baseline_of(results(in_groups(USUAL)), chosen_margins(read_baselines(path)["small"]))
    assert [guard.margin for guard in again.guards].count(0.5) == 1


def test_a_baseline_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_baselines([BASELINE], tmp_path / "baseline.json")
    assert read_baselines(tmp_path / "baseline.json") == {"small": BASELINE}


def test_a_baseline_that_is_missing_or_damaged_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UnreadableBaseline, match="--record"):
        read_baselines(tmp_path / "none.json")
    (tmp_path / "odd.json").write_text('{"sets": [{}]}')
    with pytest.raises(UnreadableBaseline, match="Record it again"):
        read_baselines(tmp_path / "odd.json")


def test_what_blocks_stands_first_in_the_table() -> None:
    lost = USUAL | dict.fromkeys(ACRONYMS, 0.0)
    lines = list(table(judge(BASELINE, results(in_groups(lost)))))
    assert lines[1].startswith("BLOCK")
    assert lines[-1].startswith("ok")


def test_the_simulated_gate_blocks_a_great_fall_and_seldom_a_neutral_change() -> None:
    rates = {
        (rate.fall, rate.where): rate.blocked
        for rate in simulate(BASELINE.guards, touched=[0.05], falls=[0.0, 0.2], trials=20)
    }
    assert rates[0.0, "nowhere"] <= 0.3
    assert rates[0.2, "all"] == 1.0
    assert rates[0.2, "small acronym"] >= 0.7
