"""What becomes of the forum threads nobody solved: reports, until the forum says otherwise."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from index.documents import Audience, Document, Kind, Metadata, SectionText
from service.obstacles.editing import Editor
from service.obstacles.model import Source, State
from tests.service.obstacles.site import SALT, TRAM, Site, thread, watched


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
        site.watcher.look()
    reports = site.register.reports()
    assert sorted(report.origin for report in reports) == ["forum/forum.example.org/1", "forum/forum.example.org/2"]
    assert {(report.source, report.consent, report.audience) for report in reports} == {
        (Source.THREAD, "forum", Audience.MEMBER)
    }


def test_a_solved_thread_closes_its_obstacle_with_the_document_it_became(site: Site) -> None:
    site.threads(thread(1, SALT))
    site.watcher.look()
    site.threads()
    site.watcher.look()  # the list is written before the index
    assert site.only().state is State.NEW
    solve(site, 1)
    site.watcher.look()
    obstacle = site.only()
    assert (obstacle.state, obstacle.solved_by) == (State.SOLVED, "forum/forum.example.org/1")
    assert [event.by for event in site.register.history(obstacle.id)] == [""]


def test_a_solution_that_is_taken_back_opens_the_obstacle_again(site: Site) -> None:
    site.threads(thread(1, SALT))
    site.watcher.look()
    site.threads()
    solve(site, 1)
    site.watcher.look()
    site.remove("forum/forum.example.org/1")
    site.threads(thread(1, SALT))
    site.watcher.look()
    assert site.only().state is State.NEW


def test_a_solved_thread_marks_an_obstacle_others_reported_too(site: Site) -> None:
    site.threads(thread(1, SALT))
    site.watcher.look()
    first = site.register.reports()[0]
    site.report()
    ids = [obstacle.id for obstacle in site.register.obstacles()]
    for name in ids:
        if name != first.obstacle_id:
            Editor(site.register).merge(name, first.obstacle_id)
    site.threads()
    solve(site, 1)
    site.watcher.look()
    obstacle = site.only()
    assert obstacle.state is State.NEW
    assert site.register.history(obstacle.id)[0].what == "thread solved"
    assert site.documents(Audience.MEMBER) == ["forum/forum.example.org/1"]
    assert site.documents(Audience.PUBLIC) == []


def test_a_deleted_thread_takes_its_words_with_it_but_not_at_once(site: Site) -> None:
    site.threads(thread(1, SALT))
    site.watcher.look()
    site.threads()
    site.watcher.look()
    site.clock.at += timedelta(minutes=30)
    site.watcher.look()
    assert len(site.register.reports()) == 1
    site.clock.at += timedelta(minutes=31)
    site.watcher.look_if_changed()
    assert site.register.reports() == []
    assert site.register.obstacles() == []


def test_without_a_list_the_threads_that_are_known_stay(site: Site) -> None:
    site.threads(thread(1, SALT))
    site.watcher.look()
    (site.folder / "unsolved.jsonl").unlink()
    site.clock.at += timedelta(days=2)
    site.watcher.look()
    assert len(site.register.reports()) == 1
