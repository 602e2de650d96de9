"""Who is told of a new document, as what, and for how long."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from starlette.testclient import TestClient

from index.documents import Audience
from service.auth.callers import Caller
from service.library.open_index import OpenIndex
from service.obstacles.editing import Editor, Wording
from service.obstacles.model import Classification
from service.obstacles.store import STAFF_FEED, FeedAddresses, Notices
from service.wiring import key_store, obstacle_watch
from tests.service.fakes import MemoryStore, OlderEngine, OpenLibrary, WordEmbedder
from tests.service.obstacles.site import SALT, Site, thread, watched

NEAR = f"{SALT} Une police commune est possible."


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return watched(tmp_path)


def test_each_reader_is_told_of_what_they_may_see(site: Site) -> None:
    site.report()
    site.put("n/public", NEAR)
    site.put("n/membre", NEAR, Audience.MEMBER)
    site.put("n/equipe", NEAR, Audience.STAFF)
    site.put("n/autre", "Le festival de musique a lieu en juillet.")
    assert site.watcher.look() == 6
    assert site.documents(Audience.PUBLIC) == ["n/public"]
    assert site.documents(Audience.MEMBER) == ["n/membre", "n/public"]
    assert site.documents(Audience.STAFF) == ["n/equipe", "n/membre", "n/public"]


def test_a_document_the_engine_does_not_know_yet_is_not_passed_over(site: Site) -> None:
    """The store is written while an older engine is searched; it is opened anew a moment later."""
    site.report()
    library, older = site.watcher.library, OlderEngine(MemoryStore({}, site.folder / "originals"), WordEmbedder())
    site.put("n/public", NEAR)
    site.watcher.library = OpenLibrary(OpenIndex(older, site.store))
    assert site.watcher.look() == 0
    site.watcher.library = library
    assert site.watcher.look() == 3


def test_a_document_is_told_once_and_those_that_were_there_never(site: Site) -> None:
    site.report("L'assurance du patient paie le transport en ambulance, dit le guide interne, par convention.")
    assert site.watcher.look() == 0
    site.put("n/neuf", "L'assurance du patient paie le transport en ambulance, dit le guide interne, par convention.")
    assert site.watcher.look() > 0
    assert site.watcher.look() == 0


def test_a_document_that_is_opened_to_more_readers_is_new_to_them(site: Site) -> None:
    site.report()
    site.put("n/a", NEAR, Audience.STAFF)
    site.watcher.look()
    assert site.documents(Audience.MEMBER) == []
    site.put("n/a", NEAR, Audience.MEMBER)
    site.watcher.look()
    assert site.documents(Audience.MEMBER) == ["n/a"]


def test_a_notice_goes_with_its_document_and_may_come_again(site: Site) -> None:
    site.report()
    site.put("n/a", NEAR)
    site.watcher.look()
    site.remove("n/a")
    assert site.documents(Audience.STAFF) == []
    site.watcher.look()
    site.put("n/a", NEAR)
    assert site.watcher.look() == 3


def test_members_of_a_group_are_told_of_its_documents_and_nobody_else_is(site: Site) -> None:
    site.report()
    site.put("n/ancien", "Une note du groupe.", groups=("gt-sante",))
    site.watcher.look()
    site.put("n/groupe", NEAR, groups=("gt-sante", "gt-travail"))
    site.put("n/membre", NEAR, Audience.MEMBER)
    site.watcher.look()
    assert site.documents(Audience.MEMBER, "gt-sante") == ["n/groupe", "n/membre"]
    assert site.documents(Audience.MEMBER, "gt-autre") == site.documents(Audience.MEMBER) == ["n/membre"]
    assert site.documents(Audience.STAFF) == ["n/groupe", "n/membre"]
    site.remove("n/groupe")
    site.watcher.look()
    site.put("n/groupe", NEAR, groups=("gt-sante",))
    site.watcher.look()
    assert site.documents(Audience.MEMBER, "gt-sante", "gt-travail") == ["n/groupe", "n/membre"]


def test_a_thread_of_a_group_counts_for_staff_alone(site: Site) -> None:
    site.threads(thread(1, SALT, Audience.MEMBER) | {"groups": ["gt-sante"]})
    site.watcher.look()
    assert [report.audience for report in site.register.reports()] == [Audience.STAFF]
    site.threads(thread(1, SALT, Audience.MEMBER))
    site.watcher.look()
    assert [report.audience for report in site.register.reports()] == [Audience.MEMBER]
    site.threads(thread(1, SALT, Audience.MEMBER) | {"groups": ["gt-sante"]})
    site.watcher.look()
    assert [report.audience for report in site.register.reports()] == [Audience.STAFF]


def test_staff_can_say_that_a_document_does_not_help(site: Site) -> None:
    site.report()
    site.put("n/a", NEAR)
    site.watcher.look()
    Notices(site.register).dismiss(site.only().id, "n/a")
    assert site.documents(Audience.STAFF) == site.documents(Audience.PUBLIC) == []


def test_nobody_is_told_of_an_obstacle_that_is_solved(site: Site) -> None:
    site.report()
    Editor(site.register).solve(site.only().id, "notes/ambulance")
    site.put("n/a", NEAR)
    assert site.watcher.look() == 0


def test_the_words_of_a_reserved_thread_find_nothing_for_others(site: Site) -> None:
    site.threads(thread(1, SALT, Audience.STAFF))
    site.watcher.look()
    site.put("n/a", NEAR)
    site.watcher.look()
    assert site.documents(Audience.MEMBER) == []
    assert site.documents(Audience.STAFF) == ["n/a"]


def entries(client: TestClient, token: str, language: str = "fr") -> list[str]:
    answer = client.get("/obstacles/feed.atom", params={"t": token, "lang": language})
    assert answer.status_code == 200, answer.text
    root = ElementTree.fromstring(answer.content)
    return [title.text or "" for title in root.iterfind("{*}entry/{*}title")]


def test_a_feed_tells_what_its_owner_may_see_now(site: Site) -> None:
    site.key(Audience.MEMBER, "Marie")
    subject = "key:1"
    link = site.report(subject=subject)
    site.put("n/public", NEAR, title="Public")
    site.put("n/membre", NEAR, Audience.MEMBER, title="Réservé")
    site.watcher.look()
    own = FeedAddresses(site.register).token(subject)
    with TestClient(site.app()) as client:
        assert sorted(entries(client, own, "en")) == ["New document: Public", "New document: Réservé"]
        assert entries(client, link, "en") == ["New document: Public"]  # whoever holds the link is anybody
        key_store(site.parts.settings).revoke("Marie")
        assert entries(client, own, "en") == ["New document: Public"]


def test_staff_s_feed_is_for_as_long_as_they_are_staff(site: Site) -> None:
    site.key(Audience.STAFF, "Anne")
    site.report()
    site.put("n/equipe", NEAR, Audience.STAFF, title="À nous")
    site.watcher.look()
    token = FeedAddresses(site.register).token(f"{STAFF_FEED}key:1")
    with TestClient(site.app()) as client:
        titles = entries(client, token)
        assert titles[0].endswith("À nous")
        assert SALT[:40] in titles[1]
        key_store(site.parts.settings).revoke("Anne")
        assert client.get("/obstacles/feed.atom", params={"t": token}).status_code == 404


def test_a_feed_tells_how_far_one_s_report_has_come(site: Site) -> None:
    link = site.report()
    with TestClient(site.app()) as client:
        assert entries(client, link, "en") == []
        wording = Wording(Classification(), "Formulé.", "fr", is_public=False)
        anne = Caller("Anne", Audience.STAFF, "key:1")
        Editor(site.register, anne).correct(site.only().id, wording, confirm=True)
        assert entries(client, link, "en") == ["Your report: confirmed"]


def test_the_job_looks_only_when_something_changed(site: Site) -> None:
    site.watcher.look_if_changed()
    site.report()
    before = site.watcher._looked_at
    site.watcher.look_if_changed()
    assert site.watcher._looked_at == before
    site.put("n/a", NEAR)
    site.watcher.look_if_changed()
    assert site.documents(Audience.PUBLIC) == ["n/a"]


def test_the_job_ends_when_the_service_does(site: Site) -> None:
    site.watcher.loop.start()
    assert site.watcher.loop.is_running
    site.watcher.loop.stop()
    assert not site.watcher.loop.is_running


def test_of_two_services_over_one_register_one_looks_and_the_other_takes_over(site: Site) -> None:
    other = obstacle_watch(site.parts)
    site.report()
    site.watcher.look_if_changed()
    site.put("n/public", NEAR)
    other.look_if_changed()
    assert site.documents(Audience.PUBLIC) == []
    site.watcher.loop.stop()
    other.look_if_changed()
    assert site.documents(Audience.PUBLIC) == ["n/public"]
    other.loop.stop()
