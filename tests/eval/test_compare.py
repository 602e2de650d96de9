from __future__ import annotations

import pytest

from eval.compare import Contrast, Line, NotComparable, compare_results, contrasts, notes, side_by_side, table
from eval.measures import Difference
from eval.results import Reply
from tests.eval.made import results, topic

BEFORE = {f"t{i}": 0.0 for i in range(10)}
AFTER = dict.fromkeys(BEFORE, 1.0)


def test_a_line_says_means_difference_wins_and_losses() -> None:
    before = results({"all": {"nDCG@10": {"t1": 0.5, "t2": 1.0, "t3": 0.0}}})
    after = results({"all": {"nDCG@10": {"t1": 1.0, "t2": 0.8, "t3": 0.0}}})
    (line,) = compare_results(before, after)
    difference = line.difference
    assert [difference.before, difference.after, difference.mean] == pytest.approx([0.5, 0.6, 0.1])
    assert (difference.wins, difference.ties, difference.losses) == (1, 1, 1)


def test_p_is_corrected_over_the_slices_of_a_measure() -> None:
    alone = compare_results(results({"all": {"nDCG@10": BEFORE}}), results({"all": {"nDCG@10": AFTER}}))
    groups = {name: {"nDCG@10": BEFORE} for name in ("all", "a", "b", "c")}
    better = {name: {"nDCG@10": AFTER} for name in groups}
    among = compare_results(results(groups), results(better))
    assert [line.group for line in among] == ["all", "a", "b", "c"]
    assert among[0].difference.p == pytest.approx(4 * alone[0].difference.p)


def test_what_only_one_measured_is_left_out() -> None:
    before = results({"all": {"nDCG@10": BEFORE}, "old": {"nDCG@10": BEFORE}})
    after = results({"all": {"nDCG@10": AFTER, "R@10": AFTER}})
    assert [(line.group, line.measure) for line in compare_results(before, after)] == [("all", "nDCG@10")]


def test_other_sets_and_other_judgements_are_not_compared() -> None:
    before = results({"all": {"nDCG@10": BEFORE}})
    with pytest.raises(NotComparable, match="different sets"):
        compare_results(before, results({"all": {"nDCG@10": AFTER}}, set="other"))
    with pytest.raises(NotComparable, match="judgements changed"):
        compare_results(before, results({"all": {"nDCG@10": AFTER}}, judgements="newer"))


def test_a_significant_change_has_a_star() -> None:
    lines = list(table(compare_results(results({"all": {"nDCG@10": BEFORE}}), results({"all": {"nDCG@10": AFTER}}))))
    assert "+1.000" in lines[1]
    assert "* 10/0/0" in lines[1]


def lines_of(changes: dict[str, list[float]]) -> dict[str, Line]:
    """Compare groups whose topics change by so much."""
    before = {group: {"nDCG@10": {f"t{i}": 0.5 for i in range(len(some))}} for group, some in changes.items()}
    after = {
        group: {"nDCG@10": {f"t{i}": 0.5 + change for i, change in enumerate(some)}} for group, some in changes.items()
    }
    return {line.group: line for line in compare_results(results(before), results(after))}


def test_an_interval_without_0_and_a_corrected_p_over_the_limit_are_reconciled() -> None:
    nothing = [0.01, -0.01] * 6
    lines = lines_of({"all": nothing, "a": [0.1] * 7 + [0.0], **{name: nothing for name in "bcde"}})
    assert lines["a"].difference.low > 0
    assert lines["a"].p_alone < 0.05 < lines["a"].difference.p
    assert "because 6 groups were looked at" in lines["a"].note
    assert lines["b"].note == ""
    (text,) = [" ".join(notes([lines["a"]]))]
    assert text.startswith("nDCG@10, a: The interval [+")


def test_too_few_changed_topics_are_told_where_p_stays_over_the_limit_alone() -> None:
    line = lines_of({"all": [0.2, 0.2, 0.2, 0.2]})["all"]
    assert line.difference.low > 0
    assert line.p_alone > 0.05
    assert "Only 4 of 4 topics changed" in line.note


def test_an_interval_with_0_and_a_small_p_are_reconciled() -> None:
    line = Line("all", "nDCG@10", Difference(0.5, 0.52, -0.001, 0.04, 0.04, 20, 5, 8), 0.04)
    assert "the size may be next to nothing" in line.note
    assert Line("all", "nDCG@10", Difference(0.5, 0.52, 0.001, 0.04, 0.04, 20, 5, 8), 0.04).note == ""


def test_losses_come_first_and_show_both_rankings() -> None:
    before = results(
        {"all": {"nDCG@10": {"t1": 1.0, "t2": 0.0, "t3": 1.0}}},
        topics=[topic("t1", ["a", "b"], {"a": 3}), topic("t2", ["b"]), topic("t3")],
    )
    after = results(
        {"all": {"nDCG@10": {"t1": 0.5, "t2": 1.0, "t3": 1.0}}},
        topics=[topic("t1", ["b", "a"], {"a": 3}), topic("t2", ["a"]), topic("t3")],
    )
    changed = contrasts(before, after, "nDCG@10")
    assert [(contrast.before.id, contrast.change) for contrast in changed] == [("t1", -0.5), ("t2", 1.0)]
    shown = list(side_by_side(changed[0], {"a": "The answer"}, width=60))
    assert shown[:2] == ["-0.500  t1  query t1", "   expected [3] 1 → 2   The answer"]
    left, right = shown[2].split(" | ")
    assert "1. [3] Title of a" in left
    assert "1. [?] Title of b" in right
    assert "text of a" in shown[3].split(" | ")[0]


def test_what_was_answered_stands_above_what_was_found() -> None:
    silent, spoken = (Reply(spoke, 0.5, ("Six mois.",), 1, True) for spoke in (False, True))
    before = results({"all": {"Answered": {"t1": 0.0}}}, topics=[topic("t1", reply=silent)])
    after = results({"all": {"Answered": {"t1": 1.0}}}, topics=[topic("t1", reply=spoken)])
    (changed,) = contrasts(before, after, "Answered")
    left, right = list(side_by_side(changed, {}))[1].split(" | ")
    assert "silent, would have said: Six mois." in left
    assert "answered: Six mois." in right


def test_a_long_text_stays_in_its_column() -> None:
    sides = [topic("t1", ["a-document-with-a-very-long-name-that-no-column-holds"], {"a": 1}), topic("t1", ["b"])]
    lines = list(side_by_side(Contrast(1.0, *sides), {}, width=60))
    assert {line.find("|") for line in lines[2:] if line} == {31}
