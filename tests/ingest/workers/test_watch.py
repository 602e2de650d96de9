"""Two commands with `--watch --workers`, on two machines: they meet in each run, and one goes on for the other."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from index.settings import IndexSettings
from index.store.opening import open_store
from index.update import Indexer
from ingest.__main__ import Job, make_parser
from ingest.harvest.schedule import Harvests
from ingest.sync.report import Report
from ingest.sync.watch import Watch
from ingest.workers.team import Team
from tests.ingest.workers.sources import write
from tests.ingest.workers.teams import MakeSettings, another_machine, beside, open_writer, team_of_threads

PAUSE = threading.Event()  # never set: waits between two looks


class SmallJob(Job):
    """The job of the command with a model that takes no time, and workers that are threads."""

    def _open_indexer(self) -> Indexer:
        self._indexer = self._indexer or open_writer(self.settings)
        return self._indexer

    def _open_team(self, own: Sequence[Path]) -> Team:
        return team_of_threads(self.settings, own[0], self.arguments.workers)


@dataclass
class Watcher:
    """A command that watches a folder from a machine; what it reports and what stopped its runs."""

    settings: IndexSettings
    folder: Path
    failures: list[str] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)

    def __call__(self, *, with_sources: bool) -> None:
        self.reports.append(self.job(with_sources=with_sources))

    def __post_init__(self) -> None:
        words = ["--watch", "--workers", "1", str(self.folder), "--data", str(self.settings.data)]
        arguments = make_parser().parse_args(words)
        self.job = SmallJob(arguments, self.settings, {}, Harvests([self.folder], self.settings.data / "harvest"))

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch while the body runs."""
        ended = threading.Event()
        watch = Watch(self, self.failures.append, every_s=0.05, sources_every_s=0.2)
        with beside(partial(watch.run_until, ended.wait), ended):
            yield


def until_documents(settings: IndexSettings, folder: Path) -> None:
    """Wait until the index has what the folder has; two minutes are far more than it takes."""
    expected = {path.stem for path in folder.iterdir()}
    with closing(open_store(settings, create=True)) as store:
        for _ in range(1200):
            rows = store.database.as_index.execute("SELECT id FROM documents").fetchall()
            if {row[0] for row in rows} == expected:
                return
            PAUSE.wait(0.1)
    raise AssertionError(f"{rows} in the index, {sorted(expected)} in the folder")


def test_commands_that_watch_share_each_run_and_one_goes_on_without_the_other(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    folder, settings = tmp_path / "sources", make_settings("several")
    folder.mkdir()
    for number in range(4):
        write(folder / f"note{number}.md", f"Texte numéro {number}.", number)
    first, second = Watcher(settings, folder), Watcher(another_machine(settings), folder)
    with second.watching():
        with first.watching():
            until_documents(settings, folder)
            write(folder / "note4.md", "Un autre texte.", 4)
            (folder / "note0.md").unlink()
            until_documents(settings, folder)
        reported = len(second.reports)
        write(folder / "note5.md", "Encore un texte.", 5)
        (folder / "note1.md").unlink()
        until_documents(settings, folder)
    assert not [failure for failure in (*first.failures, *second.failures) if "writing to this index" not in failure]
    assert sum(report.new for report in second.reports[reported:]) >= 1
