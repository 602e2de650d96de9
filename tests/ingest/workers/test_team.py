"""Several workers come to what one comes to: the same documents, decisions and report, whoever was quicker."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from index.errors import ModelUnavailable
from index.settings import IndexSettings
from index.store.database import Connection
from index.store.locks import AnotherJob
from index.store.opening import open_store, writing_lock
from index.types import Vectors
from index.update import Indexer
from ingest.sources.catalogue import SourceUnavailable
from ingest.sync.assembly import Defaults
from ingest.sync.reading import Reading
from ingest.sync.report import Report
from ingest.sync.run import Options
from ingest.workers.pool import WorkersFailed
from ingest.workers.queue import ReadingQueue
from ingest.workers.team import LeadershipLost, LedReading
from tests.faults.scenarios import SmallEmbedder
from tests.ingest.centre import NoLexical
from tests.ingest.workers.sources import change_sources, write, write_sources
from tests.ingest.workers.teams import (
    COUNTS,
    PLAIN,
    REMARKS,
    MakeSettings,
    ThreadPool,
    another_machine,
    connections_of,
    content,
    counts,
    do_run,
    ingest_with,
    team_of,
    team_of_threads,
)


@pytest.mark.parametrize("seed", range(2))
def test_several_workers_come_to_what_one_comes_to(seed: int, make_settings: MakeSettings, tmp_path: Path) -> None:
    draw, folder, options = random.Random(seed), tmp_path / "sources", Options(Defaults(), include_hidden=seed % 2 == 0)
    write_sources(folder, 24, draw)
    one, several = make_settings("one"), make_settings("several")
    kinds_of_news: set[str] = set()
    for _ in range(3):
        report = do_run(one, folder, options)
        team = team_of_threads(several, folder, 3, options)
        assert counts(ingest_with(team, folder)) == counts(report)
        with closing(open_store(one)) as expected, closing(open_store(several)) as store:
            assert content(store) == content(expected)
            assert store.database.as_index.execute("SELECT count(*) FROM reading_queue").fetchone() == (0,)
        kinds_of_news |= {name for name in (*COUNTS, *REMARKS) if getattr(report, name)}
        change_sources(folder, draw)
    assert {"new", "changed", "unchanged", "removed", "failures", "duplicates", "without_audience"} <= kinds_of_news


def test_the_same_command_elsewhere_helps_and_reports_the_same(make_settings: MakeSettings, tmp_path: Path) -> None:
    folder, settings = tmp_path / "sources", make_settings("several")
    write_sources(folder, 30, random.Random(1))
    expected = do_run(make_settings("one"), folder, PLAIN)
    teams = [team_of_threads(settings, folder, 1), team_of_threads(another_machine(settings), folder, 1)]
    meeting = threading.Barrier(2)
    for team in teams:
        cast(ThreadPool, team.pool).before_first = meeting.wait  # so that neither is done before the other has begun
    with ThreadPoolExecutor(2) as pool:
        reports = [counts(report) for report in pool.map(lambda team: ingest_with(team, folder), teams)]
    assert reports == [counts(expected)] * 2
    assert all(cast(ThreadPool, team.pool).read for team in teams)


def test_whoever_helped_goes_on_for_a_leader_that_stops_and_reports_the_whole_run(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    folder, settings = tmp_path / "sources", make_settings("several")
    write_sources(folder, 40, random.Random(20))
    expected, expected_settings = do_run(make_settings("one"), folder, PLAIN), make_settings("one")
    leader, successor = team_of_threads(settings, folder, 1), team_of_threads(another_machine(settings), folder, 1)
    helping = threading.Event()
    cast(ThreadPool, successor.pool).before_first = helping.set
    written: list[str] = []

    class Stopping(LedReading):
        def complete(self, db: Connection, source: str, path: str, report: Report) -> None:
            if len(written) == 8:
                raise OSError("disk full")
            written.append(path)
            super().complete(db, source, path, report)

    def lead(reading: LedReading) -> Report:
        future.append(pool.submit(ingest_with, successor, folder))
        assert helping.wait(60)
        return do_run(settings, folder, PLAIN, Stopping(reading.queue, reading.pool, reading.order))

    future: list[Future[Report]] = []
    with ThreadPoolExecutor(1) as pool:
        with pytest.raises(OSError, match="disk full"):
            ingest_with(leader, folder, lead)
        report = future[0].result()
    assert counts(report) == counts(expected)
    with closing(open_store(settings)) as store, closing(open_store(expected_settings)) as other:
        assert content(store) == content(other)


def test_a_command_over_other_sources_or_with_other_options_is_told_to_wait(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    folder, settings = tmp_path / "sources", make_settings("several")
    write_sources(folder, 3, random.Random(1))

    def try_another(reading: Reading) -> Report:
        for options in (Options(Defaults("public")), Options(include_hidden=True)):
            with pytest.raises(AnotherJob):
                ingest_with(team_of_threads(settings, folder, 1, options), folder)
        return do_run(settings, folder, PLAIN, reading)

    assert ingest_with(team_of_threads(settings, folder, 1), folder, try_another).new
    with writing_lock(settings), pytest.raises(AnotherJob):
        ingest_with(team_of_threads(settings, folder, 1), folder)


def test_nothing_is_removed_before_every_file_is_read(make_settings: MakeSettings, tmp_path: Path) -> None:
    folder, settings = tmp_path / "sources", make_settings("several")
    folder.mkdir()
    for number in range(6):
        write(folder / f"note{number}.md", f"Texte {number}.", number)
    ingest_with(team_of_threads(settings, folder, 2), folder)
    (folder / "note0.md").unlink()
    for number in range(1, 6):
        write(folder / f"note{number}.md", f"Autre texte {number}.", 10 + number)
    team = team_of_threads(settings, folder, 2)
    with closing(open_store(settings)) as store, closing(ReadingQueue(connections_of(store))) as queue:
        removing: list[int] = []

        class Watching(Indexer):
            def remove(self, document_id: str) -> None:
                removing.append(queue.count_read())
                super().remove(document_id)

        writer = Watching(store, SmallEmbedder(), NoLexical())
        report = ingest_with(team, folder, lambda reading: do_run(settings, folder, PLAIN, reading, writer=writer))
    assert (report.changed, report.removed, removing) == (5, 1, [5])


def test_a_source_that_is_suddenly_empty_is_left_alone(make_settings: MakeSettings, tmp_path: Path) -> None:
    folder, settings = tmp_path / "sources", make_settings("several")
    folder.mkdir()
    write(folder / "note.md", "Texte.", 1)
    ingest_with(team_of_threads(settings, folder, 1), folder)
    (folder / "note.md").unlink()
    with pytest.raises(SourceUnavailable, match="empty"):
        ingest_with(team_of_threads(settings, folder, 1), folder)
    with closing(open_store(settings)) as store:
        assert store.count() == (1, 1)


def test_a_file_that_changes_while_the_run_is_on_is_left_for_the_next_one(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    folder, settings = tmp_path / "sources", make_settings("several")
    folder.mkdir()
    write(folder / "note.md", "Avant.", 1)
    write(folder / "other.md", "Autre.", 2)

    class Changing(LedReading):
        def begin(self, todo: Sequence[Any]) -> Any:
            write(folder / "note.md", "Changé entre-temps.", 3)
            return super().begin(todo)

    def change(reading: LedReading) -> Report:
        with Changing(reading.queue, reading.pool, reading.order) as changing:
            return do_run(settings, folder, PLAIN, changing)

    report = ingest_with(team_of_threads(settings, folder, 2), folder, change)
    assert [reason for _, reason in report.failures] == ["it changed while it was read; the next run takes it."]
    assert ingest_with(team_of_threads(settings, folder, 2), folder).new == 1


def test_what_was_read_for_a_run_that_was_cut_off_is_not_read_again(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    folder, settings = tmp_path / "sources", make_settings("several")
    write_sources(folder, 20, random.Random(1))

    class Stopping(LedReading):
        def complete(self, *_: Any) -> None:
            raise OSError("disk full")

    team = team_of_threads(settings, folder, 2)
    with pytest.raises(OSError, match="disk full"):
        ingest_with(
            team,
            folder,
            lambda reading: do_run(settings, folder, PLAIN, Stopping(reading.queue, reading.pool, reading.order)),
        )
    with closing(open_store(settings)) as store, closing(ReadingQueue(connections_of(store))) as queue:
        read_before = queue.count_read()
        assert store.count() == (0, 0)
    team = team_of_threads(settings, folder, 2)
    report = ingest_with(team, folder)
    assert read_before > 0
    assert counts(report) == counts(do_run(make_settings("one"), folder, PLAIN))


def test_a_leader_that_was_succeeded_writes_nothing_more(make_settings: MakeSettings, tmp_path: Path) -> None:
    folder, settings = tmp_path / "sources", make_settings("several")
    folder.mkdir()
    write(folder / "note.md", "Texte.", 1)

    def lose(reading: LedReading) -> Report:
        with closing(open_store(settings)) as store, closing(ReadingQueue(connections_of(store))) as other:
            run = other.run()
            assert run is not None
            assert run.is_led
            other.lead("another", run.choices, left=run.name)
            return do_run(settings, folder, PLAIN, reading)

    with pytest.raises(LeadershipLost):
        ingest_with(team_of_threads(settings, folder, 1), folder, lose)
    with closing(open_store(settings)) as store:
        assert store.count() == (0, 0)
        assert store.generation == 0


class Deadly(SmallEmbedder):
    """Ends its process at a text that says so, as the kernel ends a process that takes too much memory."""

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        if any("mortel" in text for text in texts):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().embed_passages(texts)


def open_deadly(settings: IndexSettings) -> Indexer:
    return Indexer(open_store(settings, create=True), Deadly(), NoLexical())


def test_a_file_that_ends_its_workers_is_given_up_after_three_and_all_others_are_read(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    folder, settings = tmp_path / "sources", make_settings("several")
    folder.mkdir()
    for number in range(8):
        write(folder / f"note{number}.md", "Un texte mortel." if number == 2 else f"Texte {number}.", number)
    team = team_of(settings, folder, 2)
    team.pool = type(team.pool)(replace(team.order, open_writer=open_deadly), 2, team.queue.count_read)  # type: ignore[call-arg]
    report = ingest_with(team, folder)
    assert (report.new, report.exit_code) == (7, 1)
    ((path, reason),) = report.failures
    assert path.endswith("/note2.md")
    assert reason.startswith("3 workers ended while they read or embedded it: given up.")


def open_without_model(settings: IndexSettings) -> Indexer:
    raise ModelUnavailable("The model 'x' cannot be had.")


def test_an_error_of_the_workers_ends_the_run_with_their_words(make_settings: MakeSettings, tmp_path: Path) -> None:
    folder, settings = tmp_path / "sources", make_settings("several")
    folder.mkdir()
    write(folder / "note.md", "Texte.", 1)
    team = team_of(settings, folder, 1)
    team.pool = type(team.pool)(replace(team.order, open_writer=open_without_model), 1, team.queue.count_read)  # type: ignore[call-arg]
    with pytest.raises(WorkersFailed, match="The model 'x' cannot be had"):
        ingest_with(team, folder)


def test_a_password_is_in_no_row_of_the_queue(make_settings: MakeSettings, tmp_path: Path) -> None:
    folder, settings = tmp_path / "sources", make_settings("several")
    folder.mkdir()
    (folder / "catalogue.csv").write_text("file,title,password\nnote.md,Note,geheim\n", encoding="utf-8")
    write(folder / "note.md", "Texte.", 1)

    def look(reading: LedReading) -> Report:
        report = do_run(settings, folder, PLAIN, reading)
        rows = reading.queue._session.execute("SELECT CAST(q AS text) FROM reading_queue q").fetchall()
        assert len(rows) == 1
        assert "geheim" not in str(rows)
        return report

    assert ingest_with(team_of_threads(settings, folder, 1), folder, look).new == 1
