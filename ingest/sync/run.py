"""The run: what changed is read, cut and handed to the index; what is gone is removed; what failed is told."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from index.documents import Audience
from index.splitting import PassageSplitter
from index.store.store import FileRecord, Store
from index.update import Prepared
from ingest.loaders import Loaded, UnreadableFile
from ingest.sources.catalogue import Inventory
from ingest.sources.dates import InvalidMetadata
from ingest.sources.inventories import inventories
from ingest.sync.assembly import Defaults, document_of, stated_about
from ingest.sync.changes import UNSAID, Todo, choices_stamp
from ingest.sync.claims import Claims, as_before
from ingest.sync.comparison import Comparison
from ingest.sync.pending import Waiting
from ingest.sync.progress import Progress
from ingest.sync.read_ahead import read_ahead
from ingest.sync.reader_process import Reader
from ingest.sync.report import Remark, Report
from ingest.sync.withdrawals import Withdrawn
from ingest.sync.writer import Writer
from ingest.text.duplicates import Known, stamped, text_key


@dataclass(frozen=True, slots=True)
class Options:
    defaults: Defaults = field(default_factory=Defaults)
    allow_empty: bool = False


def run(
    sources: Sequence[Path],
    store: Store,
    indexer: Writer,
    splitter: PassageSplitter,
    *,
    options: Options,
    progress: Progress,
    reader: Reader | None = None,
) -> Report:
    """Bring the index up to the sources. Raises SourceUnavailable before anything was touched."""
    started = time.monotonic()
    stocks = inventories(sources, lambda name: len(store.files(name)), allow_empty=options.allow_empty)
    with reader or Reader() as open_reader:
        withdrawn = Withdrawn(store.withdrawn.all())
        report = _Job(store, indexer, splitter, options, open_reader, stocks, progress, withdrawn).run()
    report.seconds = round(time.monotonic() - started, 2)
    return report


@dataclass
class _Job:
    """One run's state: which file has claimed which id, what waits to be written, and what is told of it."""

    store: Store
    indexer: Writer
    splitter: PassageSplitter
    options: Options
    reader: Reader
    stocks: dict[str, Inventory]
    progress: Progress
    withdrawn: Withdrawn
    claims: Claims = field(init=False)
    waiting: Waiting = field(init=False)
    known: Known = field(default_factory=Known)
    repeats: list[FileRecord] = field(default_factory=list)  # files whose document is another file's
    report: Report = field(default_factory=Report)

    def __post_init__(self) -> None:
        self.claims = Claims(self.store, self.stocks)
        self.waiting = Waiting(self.indexer, self.claims)

    def run(self) -> Report:
        self.report.sources = tuple(self.stocks)
        embedded = self.indexer.embedded
        for name, stock in self.stocks.items():
            self.report.warnings += [Remark(name, warning) for warning in stock.warnings]
            for path, reason in stock.refused.items():
                self.report.fail(name, path, reason)
        stamp = choices_stamp(self.splitter.name, self.options.defaults)
        todo, self.known = Comparison(self.store, self.stocks, self.withdrawn, self.claims, self.report).todo(stamp)
        self.progress.start(len(todo))
        for one, loaded in read_ahead(self.reader, todo):
            self._take(one, loaded)
            self.progress.done(one.candidate.path)
        self.waiting.flush()
        self.indexer.settle()
        for record in self.repeats:  # now that the documents they repeat are written
            self.store.touch(record)
        self._remove_gone()
        self.store.record("splitter", self.splitter.name)
        self.indexer.finish()
        self.progress.close()
        self.report.withdrawn = self.withdrawn.remarks
        self.report.passages = self.waiting.passages
        self.report.embedded = self.indexer.embedded - embedded
        return self.report

    def _take(self, todo: Todo, loaded: Loaded | UnreadableFile) -> None:
        """Put a file's document among those to be written, or tell why not."""
        name, path = todo.record.source, todo.candidate.path
        if isinstance(loaded, UnreadableFile):
            self.report.fail(name, path, str(loaded))
            return
        self.report.warnings += [Remark(f"{name}/{path}", warning) for warning in loaded.warnings]
        stated = stated_about(todo.candidate, loaded, self.options.defaults)
        try:
            original = todo.record.stamp.partition(":")[0]
            document = document_of(todo.candidate, loaded, stated, source=name, original=original)
            document = document if "id" in stated else as_before(document, todo.before)
            key = text_key(document)
            if self.withdrawn.holds(document.id, todo.record, key if todo.before is None else ""):
                return
            if "id" not in stated and self._is_duplicate(todo, original, key, "audience" not in stated):
                return
            document = self.claims.take(document, is_stated="id" in stated)
            with todo.candidate.file.open("rb") as content:
                is_same = self.store.keep_original(content) == original
            if not is_same:
                raise UnreadableFile("it changed while it was read; the next run takes it.")
        except InvalidMetadata as error:
            self.report.fail(name, path, str(error))
            if error.key == "audience":
                self._restrict(todo)
            return
        except (UnreadableFile, OSError) as error:
            self.report.fail(name, path, str(error))
            return
        is_unsaid = "audience" not in stated
        stamp = stamped(todo.record.stamp + UNSAID * is_unsaid, key, is_same=False)
        record = todo.record._replace(document_id=document.id, stamp=stamp)
        self.known.add(original, key, document.id, f"{name}/{path}")
        self.report.unsaid += is_unsaid
        self.report.new += todo.before is None
        self.report.changed += todo.before is not None
        self.waiting.leave(todo.before, document.id)
        self.waiting.add(Prepared(document, self.splitter.passages(document), record))

    def _is_duplicate(self, todo: Todo, original: str, key: str, is_unsaid: bool) -> bool:
        """Say whether another file's document is the same; then tell it, and index it once."""
        place = f"{todo.record.source}/{todo.candidate.path}"
        twin = self.known.twin(original, key, place)
        if twin is None or self.claims.of.get(twin, place) == place:
            return False
        self.waiting.leave(todo.before, twin)
        stamp = stamped(todo.record.stamp + UNSAID * is_unsaid, key, is_same=True)
        self.repeats.append(todo.record._replace(document_id=twin, stamp=stamp))
        self.report.duplicates.append(Remark(place, self.claims.same_as(twin)))
        return True

    def _restrict(self, todo: Todo) -> None:
        """Leave the last good text to staff alone: what its audience should be cannot be understood any more."""
        if todo.before is None:
            return
        document = self.store.document(todo.before.document_id, Audience.STAFF)
        if document.metadata.audience is not Audience.STAFF:
            document = replace(document, metadata=replace(document.metadata, audience=Audience.STAFF))
            self.waiting.add(Prepared(document, self.splitter.passages(document), todo.before._replace(stamp="")))
            place = f"{todo.record.source}/{todo.candidate.path}"
            self.report.warnings.append(Remark(place, "its last good text is for staff only until that is mended."))

    def _remove_gone(self) -> None:
        """Remove the documents whose files are gone from the sources that were walked."""
        for name, stock in self.stocks.items():
            if not stock.is_folder:
                continue
            for path, record in self.store.files(name).items():
                if path in stock.paths:
                    continue
                if record.document_id in self.claims.of:
                    self.store.forget_file(record)
                else:
                    self.indexer.remove(record.document_id)
                    self.report.removed += 1
