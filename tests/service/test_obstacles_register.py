"""The register itself: what is merged, what staff change, what is kept of it, and what is gone when it is erased."""

from __future__ import annotations

import io
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.documents import Audience
from index.errors import StoreError
from service.__main__ import command
from service.auth import Caller
from service.obstacles.editing import Editor, Wording
from service.obstacles.merging import Likeness, Reading, is_same, likest, strength
from service.obstacles.notices import STAFF_FEED, Feeds
from service.obstacles.register import Classification, Level, Proposal, Source, State, UnknownObstacle, WrongStep
from service.obstacles.store import NewReport, Register, register_in
from tests.service.registering import Clock

ANNE = Caller("Anne", Audience.STAFF, "key:1")
DAY = datetime(2026, 4, 1, tzinfo=UTC)


def telling(text: str, *, subject: str = "", **about: object) -> NewReport:
    proposal = Proposal(Classification(**about))  # type: ignore[arg-type]
    vector = np.zeros(4, np.float32)
    return NewReport(Source.REPORT, text, "fr", "form", proposal, "e", vector, subject)


def worded(statement: str = "Neutre.", *, is_public: bool = False, **about: object) -> Wording:
    return Wording(Classification(**about), statement, "fr", is_public)  # type: ignore[arg-type]


@pytest.fixture
def register(tmp_path: Path) -> Register:
    return Register(tmp_path / "obstacles.sqlite", Clock())


def test_a_report_is_kept_whole_and_its_writer_only_as_a_pseudonym(register: Register) -> None:
    added = register.add(telling("Le pont est fermé.", subject="oidc:x:marie@example.org", themes=("transport",)))
    (one,) = register.of("oidc:x:marie@example.org")
    assert (one.text, one.language, one.consent, one.obstacle_id) == (
        "Le pont est fermé.",
        "fr",
        "form",
        added.obstacle_id,
    )
    assert one.proposal.said.themes == ("transport",)
    assert register.of("oidc:x:paul") == register.of("") == []
    content = register.path.read_bytes()
    assert b"marie@example.org" not in content
    assert added.token.encode() not in content


def test_a_report_that_is_put_with_others_counts_and_tells_what_they_left_open(register: Register) -> None:
    first = register.add(telling("a", themes=("health",)))
    register.add(telling("b", themes=("transport",), borders=("BE-FR",)), first.obstacle_id)
    one = register.obstacle(first.obstacle_id)
    assert one.reports(Audience.PUBLIC) == 2
    assert (one.about.themes, one.about.borders) == (("health",), ("BE-FR",))


def test_what_staff_have_put_is_not_filled_in_any_more(register: Register) -> None:
    first = register.add(telling("a"))
    Editor(register, ANNE).correct(first.obstacle_id, worded(), confirm=True)
    register.add(telling("b", borders=("BE-FR",)), first.obstacle_id)
    assert register.obstacle(first.obstacle_id).about.borders == ()


def test_the_way_of_an_obstacle_is_kept_with_who_and_when(register: Register) -> None:
    name, editor = register.add(telling("a", level=Level.LOCAL)).obstacle_id, Editor(register, ANNE)
    editor.correct(name, worded("", level=Level.NATIONAL))
    editor.correct(name, worded(level=Level.NATIONAL), confirm=True)
    editor.pass_on(name, " Le ministère ", DAY)
    editor.solve(name, "notes/a")
    editor.reopen(name)
    done = register.history(name)
    assert [one.what for one in done] == ["reopened", "solved", "passed on", "confirmed", "corrected"]
    assert {one.name for one in done} == {"Anne"}
    assert [one.at for one in done] == sorted((one.at for one in done), reverse=True)
    assert done[-1].told == {"level": {"was": "local", "is": "national"}, "language": {"was": "", "is": "fr"}}
    assert done[2].told == {"to": "Le ministère", "on": "2026-04-01"}
    one = register.obstacle(name)
    assert (one.state, one.passed_to, one.solved_by) == (State.PASSED_ON, "Le ministère", "")


def test_a_change_that_changes_nothing_is_not_noted(register: Register) -> None:
    name, editor = register.add(telling("a")).obstacle_id, Editor(register, ANNE)
    editor.correct(name, worded(), confirm=True)
    editor.correct(name, worded(), confirm=True)
    assert [one.what for one in register.history(name)] == ["confirmed"]


def test_nothing_is_shown_to_others_before_it_has_been_put_neutrally(register: Register) -> None:
    name, editor = register.add(telling("a")).obstacle_id, Editor(register, ANNE)
    with pytest.raises(WrongStep, match="statement"):
        editor.correct(name, worded(" "), confirm=True)
    with pytest.raises(WrongStep, match="statement"):
        editor.pass_on(name, "x", DAY)
    editor.correct(name, worded(), confirm=True)
    with pytest.raises(WrongStep, match="statement"):
        editor.correct(name, worded(""))
    with pytest.raises(WrongStep, match="recipient"):
        editor.pass_on(name, " ", DAY)


def test_an_obstacle_that_was_solved_before_anybody_put_it_is_staff_s_alone(register: Register) -> None:
    name, editor = register.add(telling("a")).obstacle_id, Editor(register, ANNE)
    editor.solve(name, "notes/a")
    assert [register.obstacle(name).is_for(one) for one in Audience] == [False, False, True]
    editor.correct(name, worded())
    assert [register.obstacle(name).is_for(one) for one in Audience] == [False, True, True]


def test_merged_obstacles_keep_their_reports_and_what_was_done(register: Register) -> None:
    one, other = (register.add(telling(text)).obstacle_id for text in "ab")
    editor = Editor(register, ANNE)
    editor.correct(one, worded("Dit."), confirm=True)
    editor.merge(one, other)
    kept = register.obstacle(other)
    assert (kept.reports(Audience.STAFF), kept.state, kept.statement) == (2, State.CONFIRMED, "Dit.")
    assert [done.what for done in register.history(other)] == ["merged", "confirmed"]
    with pytest.raises(UnknownObstacle):
        register.obstacle(one)
    with pytest.raises(WrongStep, match="itself"):
        editor.merge(other, other)
    with pytest.raises(UnknownObstacle):
        editor.merge(other, "none")


def test_reports_are_split_off_but_never_all(register: Register) -> None:
    name, editor = register.add(telling("a")).obstacle_id, Editor(register, ANNE)
    register.add(telling("b"), name)
    first, second = register.reports(name)
    for wrong in ([], [first.id, second.id], [999]):
        with pytest.raises(WrongStep, match="split"):
            editor.split(name, wrong)
    fresh = editor.split(name, [second.id])
    assert [one.text for one in register.reports(fresh)] == ["b"]
    assert [one.text for one in register.reports(name)] == ["a"]
    assert register.obstacle(fresh).state is State.NEW


def test_erasing_somebody_leaves_nothing_of_theirs(register: Register) -> None:
    alone = register.add(telling("Mon secret est ici.", subject="key:7")).obstacle_id
    shared = register.add(telling("Encore un secret.", subject="key:7")).obstacle_id
    register.add(telling("Autre chose.", subject="key:8"), shared)
    token = Feeds(register).token("key:7")
    Feeds(register).token(STAFF_FEED + "key:7")
    assert register.erase("key:7") == 2
    assert register.erase("key:7") == register.erase("") == 0
    assert [one.text for one in register.reports()] == ["Autre chose."]
    assert Feeds(register).owner(token) == ""
    assert b"secret" not in register.path.read_bytes()
    with pytest.raises(UnknownObstacle):
        register.obstacle(alone)
    assert register.obstacle(shared).reports(Audience.STAFF) == 1


def test_the_command_line_erases_what_somebody_reported(tmp_path: Path) -> None:
    register_in(tmp_path).add(telling("Mon secret.", subject="key:7"))
    out = io.StringIO()
    environ = {"PASSERELLE_DATA": str(tmp_path)}
    assert command(["journal", "erase", "--subject", "key:7"], environ, out, io.StringIO()) == 0
    assert "1 reports erased from the register" in out.getvalue()
    assert register_in(tmp_path).reports() == []


def test_what_staff_have_put_outlives_its_reports(register: Register) -> None:
    added = register.add(telling("a", subject="key:7"))
    Editor(register, ANNE).correct(added.obstacle_id, worded("Neutre."), confirm=True)
    register.erase("key:7")
    assert register.obstacle(added.obstacle_id).reports(Audience.STAFF) == 0
    with pytest.raises(UnknownObstacle):
        register.followed(added.token)


def test_a_feed_keeps_its_address_until_it_shall_have_another(register: Register) -> None:
    feeds = Feeds(register)
    first = feeds.token("key:1")
    assert feeds.token("key:1") == first != feeds.token("key:2")
    second = feeds.token("key:1", renewed=True)
    assert (feeds.owner(first), feeds.owner(second)) == ("", "key:1")


def test_a_register_from_the_future_is_not_touched(register: Register) -> None:
    register.obstacles()
    with sqlite3.connect(register.path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(StoreError, match="newer"):
        register.obstacles()


def test_the_file_is_its_owner_s_alone(register: Register) -> None:
    register.obstacles()
    assert register.path.stat().st_mode & 0o077 == 0


# which reports are one obstacle


def reading(vector: tuple[float, float], *concepts: str, **about: object) -> Reading:
    said = Classification(**about)  # type: ignore[arg-type]
    return Reading(np.array(vector, np.float32), Proposal(said, concepts=frozenset(concepts)))


PLACED = {"borders": ("BE-FR",), "themes": ("health",)}


def test_the_same_trouble_at_another_border_or_on_another_theme_is_another_obstacle() -> None:
    here = Proposal(Classification(**PLACED))  # type: ignore[arg-type]
    for other in ({"borders": ("DE-FR",)}, {"themes": ("energy",)}):
        assert not is_same(9.0, here, Proposal(Classification(**PLACED | other)))  # type: ignore[arg-type]
    assert is_same(9.0, here, Proposal(Classification(borders=("BE-FR", "DE-FR"), themes=("health", "energy"))))


def test_more_is_asked_where_a_border_or_a_theme_is_not_known() -> None:
    likeness = Likeness(floor=0.9, floor_unplaced=0.95)
    placed, unplaced = Proposal(Classification(**PLACED)), Proposal(Classification(themes=("health",)))  # type: ignore[arg-type]
    assert is_same(0.92, placed, placed, likeness)
    assert not is_same(0.92, placed, unplaced, likeness)
    assert not is_same(0.92, unplaced, unplaced, likeness)
    assert is_same(0.96, placed, unplaced, likeness)


def test_concepts_both_name_speak_for_one_obstacle() -> None:
    one, other, third = (reading((1, 0), *names) for names in ("ab", "a", "c"))
    likeness = Likeness(concept_weight=0.1)
    assert strength(one, one, likeness) == pytest.approx(1.1)
    assert strength(one, other, likeness) == pytest.approx(1.05)  # a single one may be chance
    assert strength(one, third, likeness) == pytest.approx(1.0)
    assert strength(one, reading((0, 1)), likeness) == pytest.approx(0.0)


def test_an_obstacle_is_as_like_as_its_reports_are_on_average(register: Register) -> None:
    near, far = (register.add(telling("a", borders=("BE-FR",), themes=("health",))).obstacle_id for _ in "ab")
    read = {near: [reading((1, 0))], far: [reading((1, 0)), reading((0, 1))]}
    found = likest(reading((1, 0), **PLACED), register.obstacles(), read, Likeness(floor=0.9))
    assert [(one.obstacle_id, one.is_same) for one in found] == [(near, True), (far, False)]
    assert found[1].strength == pytest.approx(0.5)


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
                register.add(telling("a"))
                expected += 1
            elif step == "join":
                register.add(telling("b"), chosen)
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
                editor.split(chosen, [one.id for one in register.reports(chosen)][:1])
        except WrongStep:
            pass
        left = register.obstacles()
        assert sum(one.reports(Audience.STAFF) for one in left) == len(register.reports()) == expected
        assert {one.obstacle_id for one in register.reports()} <= {one.id for one in left}
        assert all(one.statement or one.state is not State.CONFIRMED for one in left)
