"""What the author of a report learns of it: what was done since, never that others had reported the same before."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from index.documents import Audience
from service.obstacles.editing import Editor
from service.obstacles.model import State
from tests.service.obstacles.reports import ANNE
from tests.service.obstacles.site import DAY, SALT, Site, confirm, path_of

PRIVATE = re.compile(
    r"t(?:=|%3D)[\w-]+|name=\"t(?:oken)?\" value=\"[^\"]*\"|\d{4}-\d\d-\d\dT[\d:.]+Z?|report-[0-9a-f]{16}"
)


def confirmed(site: Site) -> None:
    confirm(site, "Réservé aux membres.")


def passed_on(site: Site) -> None:
    Editor(site.register, ANNE).pass_on(confirm(site), "Le Land", DAY)


def solved(site: Site) -> None:
    site.put("n/solution", "Une solution.", title="La solution")
    Editor(site.register, ANNE).solve(confirm(site), "n/solution")


def noticed(site: Site) -> None:
    site.put("n/proche", SALT, title="Une note proche")
    site.watcher.look()


def seen_after_reporting(site: Site) -> list[str]:
    """Report what the site may know already, and return the page and the feed its author gets, without secrets."""
    with TestClient(site.app(), base_url="http://testserver") as client:
        received = client.post("/api/v1/obstacles", json={"text": SALT, "consent": True}).json()
        answers = [client.get(path_of(received[name])) for name in ("follow_url", "feed_url")]
    assert {answer.status_code for answer in answers} == {200}
    return [PRIVATE.sub("", answer.text) for answer in answers]


@pytest.mark.parametrize("before", [confirmed, passed_on, solved, noticed])
def test_a_report_does_not_tell_that_an_obstacle_its_author_may_not_see_exists(
    tmp_path_factory: pytest.TempPathFactory, before: Callable[[Site], None]
) -> None:
    known, unknown = (Site(tmp_path_factory.mktemp(name)) for name in ("known", "unknown"))
    for site in (known, unknown):
        site.watcher.look()
    known.report()
    before(known)
    if before in (solved, noticed):  # the same documents, found by nobody
        unknown.store.documents = dict(known.store.documents)
        unknown.watcher.look()
    assert seen_after_reporting(known) == seen_after_reporting(unknown)
    assert len(known.register.obstacles()) == len(unknown.register.obstacles()) == 1


def test_what_is_done_with_a_report_afterwards_is_told(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.report()
    confirm(site)
    token = site.report()
    with TestClient(site.app()) as client:
        follow = f"/obstacles/follow?lang=en&t={token}"
        assert "state-new" in client.get(follow).text
        Editor(site.register, ANNE).pass_on(site.only().id, "Le Land", DAY)
        assert "state-passed-on" in client.get(follow).text
        Editor(site.register, ANNE).solve(site.only().id, "none")
        assert "state-solved" in client.get(follow).text
        Editor(site.register, ANNE).reopen(site.only().id)
        assert "state-passed-on" in client.get(follow).text


def test_an_obstacle_that_is_for_its_reader_is_told_as_it_is(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.report()
    confirm(site, is_public=True)
    token = site.report()
    with TestClient(site.app()) as client:
        page = client.get(f"/obstacles/follow?t={token}").text
    assert "state-confirmed" in page
    assert f"/obstacles/{site.only().id}" in page


def test_nothing_its_author_gets_tells_how_many_others_reported(tmp_path: Path) -> None:
    site = Site(tmp_path)
    key = site.bearer(Audience.MEMBER)
    with TestClient(site.app()) as client:
        client.post("/api/v1/obstacles", json={"text": SALT, "consent": True}, headers=key)
    (report,) = site.register.reports_by("key:1")
    assert re.fullmatch("[0-9a-f]{16}", report.handle)
    assert site.only().state is State.NEW
