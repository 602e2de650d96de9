"""A job that watches runs over the inbox each time and over the sources when they are due, whatever stops a run."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from index.errors import StoreError
from index.settings import IndexSettings
from ingest.__main__ import Job, main, make_parser, watch
from ingest.harvest.schedule import Harvests
from ingest.sync.report import Report
from ingest.sync.watch import Watch, heartbeat


class RecordedRuns:
    """Records each run; a source may be away."""

    def __init__(self, *, is_away: bool = False) -> None:
        self.runs: list[bool] = []
        self.is_away = is_away

    def __call__(self, *, with_sources: bool) -> None:
        self.runs.append(with_sources)
        if with_sources and self.is_away:
            raise StoreError("the source is away.")


def test_the_inbox_is_read_each_time_and_the_sources_when_they_are_due() -> None:
    recorded, now = RecordedRuns(), [0.0]
    watch = Watch(recorded, print, every_s=10, sources_every_s=30, clock=lambda: now[0])
    for now[0] in (0, 10, 20, 30, 40):
        watch.run_once()
    assert recorded.runs == [True, False, False, True, False]


def test_a_source_that_is_away_does_not_keep_the_inbox_waiting() -> None:
    recorded, failures = RecordedRuns(is_away=True), list[str]()
    Watch(recorded, failures.append, clock=lambda: 0.0).run_once()
    assert recorded.runs == [True, False]
    assert "the source is away" in failures[0]


def test_it_goes_on_until_it_is_over() -> None:
    recorded, answers = RecordedRuns(), iter([False, False, True])
    Watch(recorded, print, every_s=5).run_until(lambda seconds: next(answers))
    assert len(recorded.runs) == 3


class EndedJob(Job):
    """Receives SIGTERM in the middle of its first run."""

    def __call__(self, *, with_sources: bool) -> Report:
        os.kill(os.getpid(), signal.SIGTERM)
        return Report()


def test_a_signal_ends_it_after_the_run(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)
    arguments = make_parser().parse_args(["--watch", "--every", "60"])
    try:
        assert watch(EndedJob(arguments, IndexSettings(data=tmp_path), {}, Harvests([], tmp_path))) == 0
    finally:
        signal.signal(signal.SIGTERM, before)


def test_without_a_source_and_without_watching_there_is_nothing_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([], {})
    assert ended.value.code == 2
    assert "--watch" in capsys.readouterr().err


def test_a_wrong_mapping_stops_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--watch", "--data", str(tmp_path)], {"PASSERELLE_FORUM_AUDIENCES": "5"}) == 2
    assert "PASSERELLE_FORUM_AUDIENCES" in capsys.readouterr().err


def test_the_heart_beats_while_the_job_watches_and_stops_with_it(tmp_path: Path) -> None:
    file = tmp_path / "data" / "watching"
    with heartbeat(file, every_s=0.01):
        while not file.exists():
            pass
    assert not file.exists()
