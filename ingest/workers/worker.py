"""A worker: a process that takes files off the queue, reads and embeds them, and hands in what they say."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Final, cast

from index.errors import PasserelleError
from index.postgresql.connections import PostgresConnections
from index.settings import IndexSettings
from index.splitting import PassageSplitter
from index.types import TokenCounter
from index.update import Indexer, PreparedDocument
from index.wiring import open_indexer
from ingest.loaders.loaded_file import UnreadableFile
from ingest.sources.catalogue import CATALOGUE, Candidate, SourceUnavailable, read_catalogue
from ingest.sources.metadata import InvalidMetadata
from ingest.sync.assembly import make_document, stated_about
from ingest.sync.changes import HashChoices, choices_hasher
from ingest.sync.hidden import make_hidden_document
from ingest.sync.reader_process import ReaderProcess
from ingest.sync.reading import ReadFile
from ingest.sync.run import Options
from ingest.workers.queue import QueuedFile, ReadingQueue
from ingest.workers.results import to_bytes

MOST_TRIES: Final = 3  # workers that may die of a file before it is given up
_SOON_S: Final = 0.05
_LATER_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Order:
    """What the workers of a command are to do: help in the run of these choices, with these options.

    `command` is the number of the command's own session. `open_writer` and `open_reader` are names of modules.
    """

    settings: IndexSettings
    options: Options
    choices: str
    command: int
    open_writer: Callable[[IndexSettings], Indexer] = open_indexer
    open_reader: Callable[[], ReaderProcess] = ReaderProcess
    most_tries: int = MOST_TRIES


def work(order: Order, failure: Pipe) -> None:
    """Be a worker until the command has ended, or ends this process; an error that ends it goes to `failure`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the command ends its workers, in good order
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        indexer = order.open_writer(order.settings)
        connections = cast(PostgresConnections, indexer.store.database.connections)
        with closing(ReadingQueue(connections)) as queue, order.open_reader() as reader:
            Worker(order, indexer, queue, reader).run()
    except (PasserelleError, OSError) as error:
        failure.send(str(error))
        sys.exit(1)


@dataclass
class Worker:
    """Reads one file after another."""

    order: Order
    indexer: Indexer
    queue: ReadingQueue
    reader: ReaderProcess
    splitter: PassageSplitter = field(init=False)
    hash_choices: HashChoices = field(init=False)
    _catalogues: dict[Path, tuple[object, dict[str, dict[str, str]]]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        options = self.order.options
        self.splitter = PassageSplitter(cast(TokenCounter, self.indexer.embedder).count_tokens)
        self.hash_choices = choices_hasher(self.splitter.name, options.defaults, include_hidden=options.include_hidden)

    def run(self) -> None:
        """Read what there is, and look again while the command lives."""
        pause = _SOON_S
        while (command := multiprocessing.parent_process()) is None or command.is_alive():
            if self.read_next():
                pause = _SOON_S
            else:
                time.sleep(pause)
                pause = min(2 * pause, _LATER_S)

    def read_next(self) -> bool:
        """Read the next file of the queue; return whether there was one."""
        file = self.queue.take(self.order.choices, self.order.command, self.order.most_tries)
        if file is None:
            return False
        try:
            candidate = self._find(file)
            result = None if candidate is None else self._read(file, candidate)
        except BaseException:  # SIGTERM among them: no fault of the file's
            self.queue.give_back(file)
            raise
        if result is None:
            self.queue.refuse(file, self.order.command)
        else:
            self.queue.deliver(file, to_bytes(result))
        return True

    def _find(self, file: QueuedFile) -> Candidate | None:
        """Return the file as it is on this machine; None unless content and catalogue are those of the run."""
        path = Path(os.fsdecode(file.file))
        try:
            stated = self._stated(path, file.path)
            with path.open("rb") as content:
                is_same = hashlib.file_digest(content, "sha256").hexdigest() == file.sha256
        except (OSError, SourceUnavailable):
            return None
        if not is_same or self.hash_choices(stated) != file.choices:
            return None
        return Candidate(path, file.path, stated)

    def _stated(self, file: Path, path: str) -> dict[str, str]:
        """Return the file's row of the catalogue here: a row may have a password, which the queue does not hold."""
        folder = file.absolute().parents[path.count("/")]
        catalogue = folder / CATALOGUE
        status = catalogue.stat() if catalogue.is_file() else None
        version = status and (status.st_size, status.st_mtime_ns)
        known = self._catalogues.get(catalogue)
        if known is None or known[0] != version:
            known = self._catalogues[catalogue] = (version, read_catalogue(catalogue))
        return known[1].get(path, {})

    def _read(self, file: QueuedFile, candidate: Candidate) -> ReadFile | UnreadableFile:
        try:
            loaded = self.reader.read(candidate.file, candidate.password)
        except UnreadableFile as error:
            return error
        stated = stated_about(candidate, loaded, self.order.options.defaults)
        try:
            document = make_document(candidate, loaded, stated, source=file.source, original=file.sha256)
        except (InvalidMetadata, UnreadableFile):  # the run says so when it makes the document itself
            return ReadFile(loaded)
        passages = self.splitter.passages(document)
        prepared = [PreparedDocument(document, passages)]
        hidden = make_hidden_document(document, loaded) if self.order.options.include_hidden else None
        if hidden is not None:
            prepared.append(PreparedDocument(hidden, self.splitter.passages(hidden)))
        return ReadFile(loaded, document, tuple(passages), self.indexer.embed(prepared))
