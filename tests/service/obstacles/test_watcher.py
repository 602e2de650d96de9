"""Who is told of a new document, as what, and for how long."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from starlette.testclient import TestClient

from index.documents import Audience
from service.auth.callers import Caller
from service.obstacles.editing import Editor, Wording
from service.obstacles.model import Classification
from service.obstacles.notices import STAFF_FEED, Feeds, Notices
from service.wiring import key_store, obstacle_watch
from tests.service.obstacles.registering import SALT, Site, thread
from tests.service.obstacles.watched import documents, tell, watched

NEAR = f"{SALT} Une police commune est possible."


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return watched(tmp_path)


def test_each_reader_is_told_of_what_they_may_see(site: Site) -> None:
    tell(site)
    site.put("n/public", NEAR)
    site.put("n/membre", NEAR, Audience.MEMBER)
    site.put("n/equipe", NEAR, Audience.STAFF)
    site.put("n/autre", "Le festival de musique a lieu en juillet.")
    assert site.watch.look() == 6
    assert documents(site, Audience.PUBLIC) == ["n/public"]
    assert documents(site, Audience.MEMBER) == ["n/membre", "n/public"]
    assert documents(site, Audience.STAFF) == ["n/equipe", "n/membre", "n/public"]


def test_a_document_is_told_once_and_those_that_were_there_never(site: Site) -> None:
    tell(site, "L'assurance du patient paie le transport en ambulance, dit le guide interne, par convention.")
    assert site.watch.look() == 0
    site.put("n/neuf", "L'assurance du patient paie le transport en ambulance, dit le guide interne, par convention.")
    assert site.watch.look() > 0
    assert site.watch.look() == 0


def test_a_document_that_is_opened_to_more_readers_is_new_to_them(site: Site) -> None:
    tell(site)
    site.put("n/a", NEAR, Audience.STAFF)
    site.watch.look()
    assert documents(site, Audience.MEMBER) == []
    site.put("n/a", NEAR, Audience.MEMBER)
    site.watch.look()
    assert documents(site, Audience.MEMBER) == ["n/a"]


def test_a_notice_goes_with_its_document_and_may_come_again(site: Site) -> None:
    tell(site)
    site.put("n/a", NEAR)
    site.watch.look()
    site.remove("n/a")
    assert documents(site, Audience.STAFF) == []
    site.watch.look()
    site.put("n/a", NEAR)
    assert site.watch.look() == 3


def test_staff_can_say_that_a_document_does_not_help(site: Site) -> None:
    tell(site)
    site.put("n/a", NEAR)
    site.watch.look()
    Notices(site.desk.obstacles).dismiss(site.only().id, "n/a")
    assert documents(site, Audience.STAFF) == documents(site, Audience.PUBLIC) == []


def test_nobody_is_told_of_an_obstacle_that_is_solved(site: Site) -> None:
    tell(site)
    Editor(site.desk.obstacles).solve(site.only().id, "notes/ambulance")
    site.put("n/a", NEAR)
    assert site.watch.look() == 0


def test_the_words_of_a_reserved_thread_find_nothing_for_others(site: Site) -> None:
    site.threads(thread(1, SALT, Audience.STAFF))
    site.watch.look()
    site.put("n/a", NEAR)
    site.watch.look()
    assert documents(site, Audience.MEMBER) == []
    assert documents(site, Audience.STAFF) == ["n/a"]


def entries(client: TestClient, token: str, language: str = "fr") -> list[str]:
    answer = client.get("/obstacles/feed.atom", params={"t": token, "lang": language})
    assert answer.status_code == 200, answer.text
    root = ElementTree.fromstring(answer.content)
    return [one.text or "" for one in root.iterfind("{*}entry/{*}title")]


def test_a_feed_tells_what_its_owner_may_see_now(site: Site) -> None:
    site.key(Audience.MEMBER, "Marie")
    subject = "key:1"
    link = tell(site, subject=subject)
    site.put("n/public", NEAR, title="Public")
    site.put("n/membre", NEAR, Audience.MEMBER, title="Réservé")
    site.watch.look()
    own = Feeds(site.desk.obstacles).token(subject)
    with TestClient(site.app()) as client:
        assert sorted(entries(client, own, "en")) == ["New document: Public", "New document: Réservé"]
        assert entries(client, link, "en") == ["New document: Public"]  # whoever holds the link is anybody
        key_store(site.desk.settings).revoke("Marie")
        assert entries(client, own, "en") == ["New document: Public"]


def test_staff_s_feed_is_for_as_long_as_they_are_staff(site: Site) -> None:
    site.key(Audience.STAFF, "Anne")
    tell(site)
    site.put("n/equipe", NEAR, Audience.STAFF, title="À nous")
    site.watch.look()
    token = Feeds(site.desk.obstacles).token(f"{STAFF_FEED}key:1")
    with TestClient(site.app()) as client:
        said = entries(client, token)
        assert said[0].endswith("À nous")
        assert SALT[:40] in said[1]
        key_store(site.desk.settings).revoke("Anne")
        assert client.get("/obstacles/feed.atom", params={"t": token}).status_code == 404


def test_a_feed_tells_how_far_one_s_report_has_come(site: Site) -> None:
    link = tell(site)
    with TestClient(site.app()) as client:
        assert entries(client, link, "en") == []
        said = Wording(Classification(), "Formulé.", "fr", is_public=False)
        Editor(site.desk.obstacles, Caller("Anne", Audience.STAFF, "key:1")).correct(site.only().id, said, confirm=True)
        assert entries(client, link, "en") == ["Your report: confirmed"]


def test_the_job_looks_only_when_something_changed(site: Site) -> None:
    site.watch.look_if_changed()
    tell(site)
    before = site.watch._looked_at
    site.watch.look_if_changed()
    assert site.watch._looked_at == before
    site.put("n/a", NEAR)
    site.watch.look_if_changed()
    assert documents(site, Audience.PUBLIC) == ["n/a"]


def test_the_job_ends_when_the_service_does(site: Site) -> None:
    site.watch.start()
    site.watch.stop()
    assert site.watch._thread is not None
    assert not site.watch._thread.is_alive()


def test_of_two_services_over_one_register_one_looks_and_the_other_takes_over(site: Site) -> None:
    other = obstacle_watch(site.desk)
    tell(site)
    site.watch.look_if_changed()
    site.put("n/public", NEAR)
    other.look_if_changed()
    assert documents(site, Audience.PUBLIC) == []
    site.watch.stop()
    other.look_if_changed()
    assert documents(site, Audience.PUBLIC) == ["n/public"]
    other.stop()
