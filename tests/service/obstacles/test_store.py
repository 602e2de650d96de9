"""The register itself: what is kept of a report, and what is gone when it is erased."""

from __future__ import annotations

import io
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from index.documents import Audience
from index.errors import StoreError
from index.settings import IndexSettings
from service.__main__ import command
from service.obstacles.editing import Editor
from service.obstacles.model import UnknownObstacle
from service.obstacles.store import STAFF_FEED, FeedAddresses, Register, register_of
from tests.databases import BOTH, raw_content
from tests.service.obstacles.reports import ANNE, new_report, worded


@BOTH
def test_a_report_is_kept_whole_and_its_writer_only_as_a_pseudonym(register: Register) -> None:
    added = register.add(new_report("Le pont est fermé.", subject="oidc:x:marie@example.org", themes=("transport",)))
    (report,) = register.reports_by("oidc:x:marie@example.org")
    assert (report.text, report.language, report.consent, report.obstacle_id) == (
        "Le pont est fermé.",
        "fr",
        "form",
        added.obstacle_id,
    )
    assert report.proposal.about.themes == ("transport",)
    assert register.reports_by("oidc:x:paul") == register.reports_by("") == []
    content = raw_content(register.location)
    assert b"marie@example.org" not in content
    assert added.token.encode() not in content


@BOTH
def test_a_report_that_is_put_with_others_counts_and_tells_what_they_left_open(register: Register) -> None:
    first = register.add(new_report("a", themes=("health",)))
    register.add(new_report("b", themes=("transport",), borders=("BE-FR",)), first.obstacle_id)
    obstacle = register.obstacle(first.obstacle_id)
    assert obstacle.reports(Audience.PUBLIC) == 2
    assert (obstacle.about.themes, obstacle.about.borders) == (("health",), ("BE-FR",))


@BOTH
def test_what_staff_have_put_is_not_filled_in_any_more(register: Register) -> None:
    first = register.add(new_report("a"))
    Editor(register, ANNE).correct(first.obstacle_id, worded(), confirm=True)
    register.add(new_report("b", borders=("BE-FR",)), first.obstacle_id)
    assert register.obstacle(first.obstacle_id).about.borders == ()


@BOTH
def test_erasing_somebody_leaves_nothing_of_theirs(register: Register) -> None:
    alone = register.add(new_report("Mon secret est ici.", subject="key:7")).obstacle_id
    shared = register.add(new_report("Encore un secret.", subject="key:7")).obstacle_id
    register.add(new_report("Autre chose.", subject="key:8"), shared)
    token = FeedAddresses(register).token("key:7")
    FeedAddresses(register).token(STAFF_FEED + "key:7")
    assert register.erase("key:7") == 2
    assert register.erase("key:7") == register.erase("") == 0
    assert [report.text for report in register.reports()] == ["Autre chose."]
    assert FeedAddresses(register).owner(token) == ""
    assert b"secret" not in raw_content(register.location)
    with pytest.raises(UnknownObstacle):
        register.obstacle(alone)
    assert register.obstacle(shared).reports(Audience.STAFF) == 1


def test_the_command_line_erases_what_somebody_reported(tmp_path: Path) -> None:
    register_of(IndexSettings(data=tmp_path)).add(new_report("Mon secret.", subject="key:7"))
    out = io.StringIO()
    environ = {"PASSERELLE_DATA": str(tmp_path)}
    assert command(["journal", "erase", "--subject", "key:7"], environ, out, io.StringIO()) == 0
    assert "1 reports erased from the register" in out.getvalue()
    assert register_of(IndexSettings(data=tmp_path)).reports() == []


@BOTH
def test_what_staff_have_put_outlives_its_reports(register: Register) -> None:
    added = register.add(new_report("a", subject="key:7"))
    Editor(register, ANNE).correct(added.obstacle_id, worded("Neutre."), confirm=True)
    register.erase("key:7")
    assert register.obstacle(added.obstacle_id).reports(Audience.STAFF) == 0
    with pytest.raises(UnknownObstacle):
        register.report_by_token(added.token)


@BOTH
def test_a_feed_keeps_its_address_until_it_shall_have_another(register: Register) -> None:
    feeds = FeedAddresses(register)
    first = feeds.token("key:1")
    assert feeds.token("key:1") == first != feeds.token("key:2")
    second = feeds.token("key:1", renewed=True)
    assert (feeds.owner(first), feeds.owner(second)) == ("", "key:1")


def test_a_register_from_the_future_is_not_touched(tmp_path: Path) -> None:
    register = Register(tmp_path / "obstacles.sqlite")
    register.obstacles()
    with closing(sqlite3.connect(tmp_path / "obstacles.sqlite")) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="newer"):
        register.obstacles()


def test_the_file_is_its_owner_s_alone(tmp_path: Path) -> None:
    Register(tmp_path / "obstacles.sqlite").obstacles()
    assert (tmp_path / "obstacles.sqlite").stat().st_mode & 0o077 == 0
