"""What staff change of an obstacle: each step in its order, with who and when, and no report lost."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.documents import Audience
from service.obstacles.editing import Editor
from service.obstacles.model import Level, State, UnknownObstacle, WrongStep
from service.obstacles.store import Register
from tests.databases import BOTH
from tests.service.obstacles.reports import ANNE, new_report, worded
from tests.service.obstacles.site import Clock

DAY = datetime(2026, 4, 1, tzinfo=UTC)


@BOTH
def test_the_way_of_an_obstacle_is_kept_with_who_and_when(register: Register) -> None:
    name, editor = register.add(new_report("a", level=Level.LOCAL)).obstacle_id, Editor(register, ANNE)
    editor.correct(name, worded("", level=Level.NATIONAL))
    editor.correct(name, worded(level=Level.NATIONAL), confirm=True)
    editor.pass_on(name, " Le ministère ", DAY)
    editor.solve(name, "notes/a")
    editor.reopen(name)
    done = register.history(name)
    assert [event.what for event in done] == ["reopened", "solved", "passed on", "confirmed", "corrected"]
    assert {event.by for event in done} == {"Anne"}
    assert [event.at for event in done] == sorted((event.at for event in done), reverse=True)
    assert done[-1].details == {"level": {"was": "local", "is": "national"}, "language": {"was": "", "is": "fr"}}
    assert done[2].details == {"to": "Le ministère", "on": "2026-04-01"}
    obstacle = register.obstacle(name)
    assert (obstacle.state, obstacle.passed_to, obstacle.solved_by) == (State.PASSED_ON, "Le ministère", "")


@BOTH
def test_a_change_that_changes_nothing_is_not_noted(register: Register) -> None:
    name, editor = register.add(new_report("a")).obstacle_id, Editor(register, ANNE)
    editor.correct(name, worded(), confirm=True)
    editor.correct(name, worded(), confirm=True)
    assert [event.what for event in register.history(name)] == ["confirmed"]


@BOTH
def test_nothing_is_shown_to_others_before_it_has_been_put_neutrally(register: Register) -> None:
    name, editor = register.add(new_report("a")).obstacle_id, Editor(register, ANNE)
    with pytest.raises(WrongStep, match="statement"):
        editor.correct(name, worded(" "), confirm=True)
    with pytest.raises(WrongStep, match="statement"):
        editor.pass_on(name, "x", DAY)
    editor.correct(name, worded(), confirm=True)
    with pytest.raises(WrongStep, match="statement"):
        editor.correct(name, worded(""))
    with pytest.raises(WrongStep, match="recipient"):
        editor.pass_on(name, " ", DAY)


@BOTH
def test_an_obstacle_that_was_solved_before_anybody_put_it_is_staff_s_alone(register: Register) -> None:
    name, editor = register.add(new_report("a")).obstacle_id, Editor(register, ANNE)
    editor.solve(name, "notes/a")
    assert [register.obstacle(name).is_for(audience) for audience in Audience] == [False, False, True]
    editor.correct(name, worded())
    assert [register.obstacle(name).is_for(audience) for audience in Audience] == [False, True, True]


@BOTH
def test_merged_obstacles_keep_their_reports_and_what_was_done(register: Register) -> None:
    merged, other = (register.add(new_report(text)).obstacle_id for text in "ab")
    editor = Editor(register, ANNE)
    editor.correct(merged, worded("Dit."), confirm=True)
    editor.merge(merged, other)
    kept = register.obstacle(other)
    assert (kept.reports(Audience.STAFF), kept.state, kept.statement) == (2, State.CONFIRMED, "Dit.")
    assert [done.what for done in register.history(other)] == ["merged", "confirmed"]
    with pytest.raises(UnknownObstacle):
        register.obstacle(merged)
    with pytest.raises(WrongStep, match="itself"):
        editor.merge(other, other)
    with pytest.raises(UnknownObstacle):
        editor.merge(other, "none")


@BOTH
def test_reports_are_split_off_but_never_all(register: Register) -> None:
    name, editor = register.add(new_report("a")).obstacle_id, Editor(register, ANNE)
    register.add(new_report("b"), name)
    first, second = register.reports(name)
    for wrong in ([], [first.id, second.id], [999]):
        with pytest.raises(WrongStep, match="split"):
            editor.split(name, wrong)
    fresh = editor.split(name, [second.id])
    assert [report.text for report in register.reports(fresh)] == ["b"]
    assert [report.text for report in register.reports(name)] == ["a"]
    assert register.obstacle(fresh).state is State.NEW


@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(("add", "join", "confirm", "merge", "split", "withdraw", "solve")), st.integers(0, 9)
        ),
        max_size=12,
    )
)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_done_each_report_belongs_to_one_obstacle(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    register = Register(tmp_path_factory.mktemp("register") / "obstacles.sqlite", Clock())
    editor, expected = Editor(register, ANNE), 0
    for step, number in steps:
        obstacles, reports = register.obstacles(), register.reports()
        chosen = obstacles[number % len(obstacles)].id if obstacles else None
        try:
            if step == "add" or (step == "join" and chosen is None):
                register.add(new_report("a"))
                expected += 1
            elif step == "join":
                register.add(new_report("b"), chosen)
                expected += 1
            elif step == "withdraw" and reports:
                register.withdraw([reports[number % len(reports)].id])
                expected -= 1
            elif chosen and step == "confirm":
                editor.correct(chosen, worded(), confirm=True)
            elif chosen and step == "solve":
                editor.solve(chosen, "d")
            elif chosen and step == "merge":
                editor.merge(chosen, obstacles[0].id)
            elif chosen and step == "split":
                editor.split(chosen, [report.id for report in register.reports(chosen)][:1])
        except WrongStep:
            pass
        left = register.obstacles()
        assert sum(obstacle.reports(Audience.STAFF) for obstacle in left) == len(register.reports()) == expected
        assert {report.obstacle_id for report in register.reports()} <= {obstacle.id for obstacle in left}
        assert all(obstacle.statement or obstacle.state is not State.CONFIRMED for obstacle in left)
