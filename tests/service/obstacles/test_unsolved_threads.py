"""What becomes of the forum threads nobody solved: reports, until the forum says otherwise."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from index.documents import Audience, Document, Kind, Metadata, SectionText
from service.obstacles.editing import Editor
from service.obstacles.model import Source, State
from tests.service.obstacles.registering import SALT, TRAM, Site, thread
from tests.service.obstacles.watched import documents, tell, watched


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return watched(tmp_path)


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
