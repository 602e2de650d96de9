"""Who is told of a new document, and what becomes of the threads nobody solved."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from starlette.testclient import TestClient

from index.documents import Audience, Document, Kind, Metadata, SectionText
from service.auth import Caller
from service.obstacles.editing import Editor, Wording
from service.obstacles.intake import Telling
from service.obstacles.notices import STAFF_FEED, Feeds, Notices
from service.obstacles.reading import intake, told
from service.obstacles.register import Classification, Source, State
from service.wiring import key_store
from tests.service.registering import SALT, TRAM, Site, thread

NEAR = f"{SALT} Une police commune est possible."


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path)
    made.watch.look()  # what is there already is not new
    return made


def tell(site: Site, text: str = SALT, **said: Any) -> str:
    return intake(site.desk).take(Telling(text, Source.REPORT, "form", **said)).token


def documents(site: Site, audience: Audience) -> list[str]:
    return [one.card.id for one in told(site.desk, audience)]


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


# threads


def solve(site: Site, number: int) -> None:
    """Have the ingestion job publish a thread as solved, and take it from the list."""
    name = f"forum/forum.example.org/{number}"
    metadata = Metadata(f"Fil {number}", Kind.FORUM_THREAD, Audience.MEMBER, "fr", solved=True)
    document = Document.from_sections(name, [SectionText("Solution", f"{SALT} Voici comment.")], metadata)
    site.store.documents[name] = document
    site.store.generation += 1


def test_an_unsolved_thread_is_a_report_once(site: Site) -> None:
    site.threads(thread(1, SALT), thread(2, TRAM))
    for _ in range(2):
        site.watch.look()
    found = site.desk.obstacles.reports()
    assert sorted(one.origin for one in found) == ["forum/forum.example.org/1", "forum/forum.example.org/2"]
    assert {(one.source, one.consent, one.audience) for one in found} == {(Source.THREAD, "forum", Audience.MEMBER)}


def test_a_solved_thread_closes_its_obstacle_with_the_document_it_became(site: Site) -> None:
    site.threads(thread(1, SALT))
    site.watch.look()
    site.threads()
    site.watch.look()  # the list is written before the index
    assert site.only().state is State.NEW
    solve(site, 1)
    site.watch.look()
    one = site.only()
    assert (one.state, one.solved_by) == (State.SOLVED, "forum/forum.example.org/1")
    assert [done.name for done in site.desk.obstacles.history(one.id)] == [""]


def test_a_solution_that_is_taken_back_opens_the_obstacle_again(site: Site) -> None:
    site.threads(thread(1, SALT))
    site.watch.look()
    site.threads()
    solve(site, 1)
    site.watch.look()
    site.remove("forum/forum.example.org/1")
    site.threads(thread(1, SALT))
    site.watch.look()
    assert site.only().state is State.NEW


def test_a_solved_thread_marks_an_obstacle_others_reported_too(site: Site) -> None:
    site.threads(thread(1, SALT))
    site.watch.look()
    first = site.desk.obstacles.reports()[0]
    tell(site)
    ids = [one.id for one in site.desk.obstacles.obstacles()]
    for name in ids:
        if name != first.obstacle_id:
            Editor(site.desk.obstacles).merge(name, first.obstacle_id)
    site.threads()
    solve(site, 1)
    site.watch.look()
    one = site.only()
    assert one.state is State.NEW
    assert site.desk.obstacles.history(one.id)[0].what == "thread solved"
    assert documents(site, Audience.MEMBER) == ["forum/forum.example.org/1"]
    assert documents(site, Audience.PUBLIC) == []


def test_a_deleted_thread_takes_its_words_with_it_but_not_at_once(site: Site) -> None:
    site.threads(thread(1, SALT))
    site.watch.look()
    site.threads()
    site.watch.look()
    site.clock.at += timedelta(minutes=30)
    site.watch.look()
    assert len(site.desk.obstacles.reports()) == 1
    site.clock.at += timedelta(minutes=31)
    site.watch.look_if_changed()
    assert site.desk.obstacles.reports() == []
    assert site.desk.obstacles.obstacles() == []


def test_without_a_list_the_threads_that_are_known_stay(site: Site) -> None:
    site.threads(thread(1, SALT))
    site.watch.look()
    (site.folder / "unsolved.jsonl").unlink()
    site.clock.at += timedelta(days=2)
    site.watch.look()
    assert len(site.desk.obstacles.reports()) == 1


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
