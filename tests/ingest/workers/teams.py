"""Commands with several workers over a small resource centre, by a model that takes no time."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, cast

from index.documents import Access, Audience
from index.postgresql.connections import PostgresConnections
from index.settings import IndexSettings
from index.splitting import PassageSplitter
from index.store.opening import open_store
from index.store.store import Store
from index.update import Indexer
from ingest.loaders.dispatch import load
from ingest.loaders.loaded_file import LoadedFile
from ingest.sync.progress import NoProgress
from ingest.sync.reader_process import ReaderProcess
from ingest.sync.reading import Reading
from ingest.sync.report import Report
from ingest.sync.run import Options, run
from ingest.workers.queue import ReadingQueue
from ingest.workers.team import LedReading, Team, open_team
from ingest.workers.worker import Order, Worker
from tests.faults.scenarios import SmallEmbedder
from tests.ingest.centre import NoLexical

PLAIN: Final = Options()
STAFF: Final = Access(Audience.STAFF)
COUNTS: Final = ("new", "changed", "unchanged", "removed", "without_audience", "passages", "embedded", "hidden")
REMARKS: Final = ("failures", "warnings", "duplicates", "withdrawn", "left_out")

MakeSettings = Callable[[str], IndexSettings]
multiprocessing.get_context("forkserver").set_forkserver_preload([__name__])  # each worker forks with all this imported


def open_writer(settings: IndexSettings) -> Indexer:
    return Indexer(open_store(settings, create=True), SmallEmbedder(), NoLexical())


def another_machine(settings: IndexSettings) -> IndexSettings:
    """Return the settings of another machine, which shares the database and the originals."""
    data = settings.data.with_name("other machine")
    if not data.exists():
        data.mkdir()
        settings.originals.mkdir(exist_ok=True)
        (data / "originals").symlink_to(settings.originals)
    return replace(settings, data=data)


@contextmanager
def beside(work: Callable[[], None], ended: threading.Event) -> Iterator[None]:
    """Do the work in a thread while the body runs; the event tells it to end."""
    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def connections_of(store: Store) -> PostgresConnections:
    return cast(PostgresConnections, store.database.connections)


def do_run(
    settings: IndexSettings, folder: Path, options: Options, reading: Reading | None = None, *, writer: Any = None
) -> Report:
    """Do a run over a folder, as the command does under its lock."""
    indexer = writer or open_writer(settings)
    splitter = PassageSplitter(SmallEmbedder().count_tokens)
    return run([folder], indexer, splitter, options=options, progress=NoProgress(), reading=reading)


class ThisProcess(ReaderProcess):
    """Reads files in the process of the worker: these are harmless."""

    def read(self, path: Path, password: str = "") -> LoadedFile:
        return load(path)


@dataclass
class ThreadPool:
    """Workers that are threads of this process: as many takers of the queue, and no process to start."""

    order: Order
    size: int
    threads: list[threading.Thread] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    read: list[int] = field(default_factory=list)  # the number of the worker, for each file
    before_first: Callable[[], object] = lambda: None

    def start(self) -> None:
        while len(self.threads) < self.size:
            thread = threading.Thread(target=self._work, args=(len(self.threads),))
            self.threads.append(thread)
            thread.start()

    def check(self) -> None:
        return

    def close(self) -> None:
        self.ended.set()
        for thread in self.threads:
            thread.join()

    def _work(self, number: int) -> None:
        indexer = self.order.open_writer(self.order.settings)
        with closing(indexer.store), closing(ReadingQueue(connections_of(indexer.store))) as queue:
            worker = Worker(self.order, indexer, queue, ThisProcess())
            self.before_first()
            while not self.ended.is_set():
                if worker.read_next():
                    self.read.append(number)
                else:
                    self.ended.wait(0.01)


def team_of(
    settings: IndexSettings,
    folder: Path,
    size: int,
    options: Options = PLAIN,
    **changed: Any,
) -> Team:
    """Return a command's team over a folder, whose workers are processes."""
    team = open_team(settings, [folder], options, size)
    order = replace(team.order, open_writer=open_writer, open_reader=ThisProcess, **changed)
    return Team(settings, order, size, team.queue)


def team_of_threads(settings: IndexSettings, folder: Path, size: int, options: Options = PLAIN) -> Team:
    """Return a command's team over a folder, whose workers are threads."""
    team = team_of(settings, folder, size, options)
    team.pool = ThreadPool(team.order, size)
    return team


def ingest_with(team: Team, folder: Path, work: Callable[[LedReading], Report] | None = None) -> Report:
    """Do a run with a team and return its report."""
    with team:
        report, _ = team.run(
            work or (lambda reading: do_run(team.settings, folder, team.order.options, reading)), wait=False
        )
        return report


def content(store: Store) -> dict[str, Any]:
    """Return all that a run decides of a store, but for rows, times and generations."""
    documents = {}
    for listed in store.list_documents(STAFF):
        document = store.document(listed.card.id, STAFF)
        passages = store.passage_table.read_with_keys(document.id)
        former = [(version.number, version.until is None) for version in store.versions(document.id, STAFF)]
        vectors = store.vectors_of(document.id, STAFF).tolist()
        documents[document.id] = (document, sorted(passages, key=lambda pair: pair[0].start), vectors, former)
    rows = store.database.as_index.execute("SELECT * FROM files ORDER BY source, path").fetchall()
    return {"documents": documents, "files": [tuple(row) for row in rows], "splitter": store.fact("splitter")}


def counts(report: Report) -> dict[str, Any]:
    """Return all that a report says but times."""
    return {name: getattr(report, name) for name in (*COUNTS, *REMARKS, "exit_code", "sources")}
