"""One command in a run of several workers: it leads the run, or helps whoever leads it and succeeds them if need be.

Who leads does what a run of one process does, in the same order, and alone decides and writes: which file has which
document's id, what is a duplicate, what is removed, and the report. Only reading and embedding is done by the workers,
ahead of it. So the result is that of one process, whoever was quicker. A leader that is killed is succeeded by another
command of the same run, which goes on from what was written.
"""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeGuard, cast

from index.errors import PasserelleError
from index.postgresql.connections import PostgresConnections
from index.reasons import Reason
from index.settings import IndexSettings
from index.splitting import PassageSplitter
from index.store.current_index import current_settings
from index.store.database import Connection
from index.store.locks import AnotherJob
from index.store.opening import open_store, writing_lock
from ingest.loaders.loaded_file import UnreadableFile
from ingest.sources.catalogue import source_name
from ingest.sync.changes import READER_VERSION, Todo
from ingest.sync.reader_process import ReaderProcess
from ingest.sync.reading import ReadFile
from ingest.sync.report import Report
from ingest.sync.run import Options
from ingest.workers.pool import Pool, WorkerPool
from ingest.workers.queue import FileState, QueuedFile, ReadingQueue, RunState
from ingest.workers.results import from_bytes
from ingest.workers.worker import Order

_SOON_S: Final = 0.01  # between two looks at the file that is next, later and later
_LATER_S: Final = 0.2
_HELP_S: Final = 0.3  # and at the run that somebody else leads
_TRY_S: Final = 0.2  # and at the lock
_BEGINS_WITHIN_S: Final = 2.0  # a command that has just had the lock says which run it leads

_LOST: Final = "Another command has gone on with this run: the way to the database was interrupted. It does the rest."


class LeadershipLost(PasserelleError):
    """Another command leads this run by now; nothing of this one is written any more."""


def describe_choices(sources: Sequence[Path], options: Options, model: str) -> str:
    """Return what two commands must have in common to share a run."""
    splitter = PassageSplitter(lambda texts: [0] * len(texts)).name
    choices = {
        "sources": [source_name(source) for source in sources],
        "defaults": options.defaults.stated(),
        "options": {"allow_empty": options.allow_empty, "include_hidden": options.include_hidden},
        "made with": [READER_VERSION, splitter, model],
    }
    return json.dumps(choices, sort_keys=True, ensure_ascii=False)


@dataclass
class Team:
    """A command with so many workers, for one run."""

    settings: IndexSettings
    order: Order
    size: int
    queue: ReadingQueue
    pool: Pool = field(init=False)
    _helped: str = field(default="", init=False)  # the run this command helped in, and may go on with

    def __post_init__(self) -> None:
        self.pool = WorkerPool(self.order, self.size, self.queue.count_read)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.pool.close()
        self.queue.close()

    def run(self, work: Callable[[LedReading], Report], *, wait: bool) -> tuple[Report, bool]:
        """Lead the run and do its work, or help whoever leads it until it is over.

        Return its report, and whether this command has led it to its end.

        Raises AnotherJob when another job than this run writes to the index, unless it is to be waited for.
        """
        until = time.monotonic() + _BEGINS_WITHIN_S
        while True:
            with ExitStack() as stack:
                is_late = time.monotonic() >= until
                try:
                    stack.enter_context(writing_lock(self.settings, wait=wait and is_late))
                except AnotherJob:
                    if is_late:
                        raise
                else:
                    return self._lead(work), True
            if self._can_help(self.queue.run()):
                if (report := self.help()) is not None:
                    return report, False
                until = time.monotonic() + _BEGINS_WITHIN_S
            time.sleep(_TRY_S)

    def _lead(self, work: Callable[[LedReading], Report]) -> Report:
        self.queue.lead(uuid.uuid4().hex, self.order.choices, self._helped)
        with LedReading(self.queue, self.pool, self.order) as reading:
            report = work(reading)
        self.queue.finish(report.as_json())
        return report

    def help(self) -> Report | None:
        """Have the workers read for whoever leads this run; return its report once it is over.

        None if nobody leads it, or whoever did has left it.
        """
        run = self.queue.run()
        if not self._can_help(run):
            return None
        self._helped = run.name
        self.pool.start()
        while self._can_help(run) and run.name == self._helped:
            self.pool.check()
            time.sleep(_HELP_S)
            run = self.queue.run()
        if run is None or run.name != self._helped or run.report is None:
            return None
        return Report.from_json(run.report)

    def _can_help(self, run: RunState | None) -> TypeGuard[RunState]:
        return run is not None and run.is_led and run.report is None and run.choices == self.order.choices


def open_team(settings: IndexSettings, sources: Sequence[Path], options: Options, size: int) -> Team:
    """Return the team of a command over these sources. Raises StoreError."""
    current = current_settings(settings)
    store = open_store(current, create=True)
    queue = ReadingQueue(cast(PostgresConnections, store.database.connections))
    store.close()
    choices = describe_choices(sources, options, "|".join(current.model_choice))
    return Team(settings, Order(settings, options, choices, queue.number), size, queue)


@dataclass
class LedReading:
    """What the workers read, in the order of the run; what none of them can read is read here."""

    queue: ReadingQueue
    pool: Pool
    order: Order
    _todo: Sequence[Todo] = field(default=(), init=False)
    _reader: ReaderProcess = field(default_factory=ReaderProcess, init=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._reader.close()

    def begin(self, todo: Sequence[Todo]) -> Mapping[tuple[str, str], Report]:
        self._todo = todo
        reports = self.queue.fill(_queued(file) for file in todo)
        if todo:
            self.pool.start()
        return {key: Report.from_json(report) for key, report in reports.items()}

    def results(self) -> Iterator[ReadFile | UnreadableFile]:
        for file in self._todo:
            yield self._wait_for(file)

    def complete(self, db: Connection, source: str, path: str, report: Report) -> None:
        if not self.queue.leads(db):
            raise LeadershipLost(_LOST)
        self.queue.complete(db, source, path, report.as_json())

    def _wait_for(self, file: Todo) -> ReadFile | UnreadableFile:
        pause = _SOON_S
        while True:
            state = self.queue.state(file.record.source, file.record.path)
            if state is None:
                raise LeadershipLost(_LOST)
            if state.result is not None:
                return from_bytes(state.result)
            if self.queue.number in state.refused_by:
                return self._read(file)
            if self._is_given_up(state):
                return UnreadableFile(Reason("workers-died", tries=state.tries))
            self.pool.check()
            time.sleep(pause)
            pause = min(2 * pause, _LATER_S)

    def _is_given_up(self, state: FileState) -> bool:
        return state.tries >= self.order.most_tries and not state.is_held

    def _read(self, file: Todo) -> ReadFile | UnreadableFile:
        """Return what a file says that changed since it was compared, as a run of one process finds it."""
        try:
            return ReadFile(self._reader.read(file.candidate.file, file.candidate.password))
        except UnreadableFile as error:
            return error


def _queued(file: Todo) -> QueuedFile:
    record = file.record
    return QueuedFile(record.source, record.path, _shared_path(file.candidate.file), record.sha256, record.choices)


def _shared_path(file: Path) -> bytes:
    """Return a file's path as commands of other working folders find it too, by the rule of `source_name`."""
    absolute, here = file.absolute(), Path.cwd()
    return os.fsencode(absolute.relative_to(here) if absolute.is_relative_to(here) else absolute)
