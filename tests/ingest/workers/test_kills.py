"""Workers and leaders killed at random moments: nothing is lost, nothing is there twice, no row is skipped."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from index.settings import IndexSettings
from index.store.opening import open_store
from ingest.sync.report import Report
from ingest.workers.pool import WorkerPool
from ingest.workers.queue import ReadingQueue
from ingest.workers.team import Team
from tests.ingest.workers import command
from tests.ingest.workers.sources import write_sources
from tests.ingest.workers.teams import (
    PLAIN,
    MakeSettings,
    another_machine,
    beside,
    connections_of,
    content,
    counts,
    do_run,
    ingest_with,
    team_of,
)


@contextmanager
def killing(team: Team, draw: random.Random, killed: list[int]) -> Iterator[None]:
    """Kill workers of the team at random moments while the body runs, each after something was read."""
    pool, ended = team.pool, threading.Event()
    assert isinstance(pool, WorkerPool)

    def kill() -> None:
        with closing(open_store(team.settings)) as store, closing(ReadingQueue(connections_of(store))) as queue:
            read = 0
            while not ended.wait(draw.uniform(0, 0.02)):
                if (now := queue.count_read()) <= read:
                    continue
                ended.wait(draw.uniform(0, 0.05))
                for pid in draw.sample(pool.pids, 1) if pool.pids else ():
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                        killed.append(pid)
                        read = now

    with beside(kill, ended):
        yield


def assert_like(settings: IndexSettings, report: Report, expected: IndexSettings, expected_report: Report) -> None:
    """Hold a run of several workers to that of one; rows may have other numbers, but none was given twice."""
    assert counts(report) == counts(expected_report)
    with closing(open_store(settings)) as store, closing(open_store(expected)) as other:
        assert content(store) == content(other)
        assert store.count() == other.count()
        assert store.generation == other.generation
        assert store.passage_table.vectors()[1].shape == other.passage_table.vectors()[1].shape
        for table in ("reading_queue", "removed_rows"):
            assert store.database.as_index.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def kill_workers(moments: int, make_settings: MakeSettings, folder: Path) -> None:
    draw = random.Random(moments)
    write_sources(folder, 40, draw)
    expected = make_settings("one")
    expected_report = do_run(expected, folder, PLAIN)
    killed: list[int] = []
    number = 0
    while len(killed) < moments:
        settings = make_settings(f"several{number}")
        team = team_of(settings, folder, 3, most_tries=10_000)
        with killing(team, draw, killed):
            report = ingest_with(team, folder)
        assert_like(settings, report, expected, expected_report)
        number += 1


def kill_leaders(moments: int, make_settings: MakeSettings, folder: Path) -> None:
    """Kill the older of two commands when some documents more are there; the other one goes on, another one joins."""
    draw = random.Random(moments)
    write_sources(folder, 40 * moments, draw)
    expected = make_settings("one")
    expected_report = do_run(expected, folder, PLAIN)
    settings = make_settings("several")
    machines = settings, another_machine(settings)
    commands = [command.start(settings, folder, 2)]
    runs: set[str] = set()
    with closing(open_store(settings, create=True)) as store, closing(ReadingQueue(connections_of(store))) as queue:
        for moment in range(1, moments + 1):
            commands.append(command.start(machines[moment % 2], folder, 2))
            while commands[-2].poll() is None and store.count()[0] < expected_report.new * moment // (moments + 1):
                threading.Event().wait(0.01)
            commands[-2].kill()
            commands[-2].communicate()
            if (run := queue.run()) is not None:
                runs.add(run.name)
        report = command.report_of(commands[-1])
        if (run := queue.run()) is not None:
            runs.add(run.name)
    if len(runs) > 1:  # one was over before the next began
        report = expected_report
    assert_like(settings, report, expected, expected_report)


def test_twenty_killed_workers_change_nothing(make_settings: MakeSettings, tmp_path: Path) -> None:
    kill_workers(20, make_settings, tmp_path / "sources")


def test_another_command_goes_on_for_a_leader_that_was_killed(make_settings: MakeSettings, tmp_path: Path) -> None:
    kill_leaders(2, make_settings, tmp_path / "sources")


@pytest.mark.soak
def test_two_hundred_killed_workers_change_nothing(make_settings: MakeSettings, tmp_path: Path) -> None:
    kill_workers(200, make_settings, tmp_path / "sources")


@pytest.mark.soak
def test_twenty_killed_leaders_change_nothing(make_settings: MakeSettings, tmp_path: Path) -> None:
    kill_leaders(20, make_settings, tmp_path / "sources")
