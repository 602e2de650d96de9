"""Run over the sources: read what changed, cut it and hand it to the index; remove what is gone; report what failed."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from index.documents import Access, Audience, Document, Passage
from index.reasons import Reason
from index.splitting import PassageSplitter
from index.store.database import Connection
from index.store.store import FileRecord, Store
from index.update import NO_EMBEDDINGS, PreparedDocument
from ingest.loaders.loaded_file import LoadedFile, UnreadableFile
from ingest.sources.catalogue import Inventory, take_inventories
from ingest.sources.metadata import InvalidMetadata, Readers
from ingest.sync.assembly import Defaults, make_document, stated_about
from ingest.sync.changes import Comparison, Todo, choices_hasher
from ingest.sync.claims import Claims, keep_former_id
from ingest.sync.corrections import correct, stated_metadata, to_be_read_again
from ingest.sync.hidden import HiddenContent
from ingest.sync.progress import Progress
from ingest.sync.reader_process import ReaderProcess
from ingest.sync.reading import LocalReading, ReadFile, Reading
from ingest.sync.report import Omission, Remark, Report
from ingest.sync.restricting import refused_files, restated_readers
from ingest.sync.withdrawals import WithdrawnFiles
from ingest.sync.writing import WriteQueue, Writer
from ingest.text.duplicates import KnownFiles, text_key


@dataclass(frozen=True, slots=True)
class Options:
    """How a run treats its sources."""

    defaults: Defaults = field(default_factory=Defaults)
    allow_empty: bool = False
    include_hidden: bool = False  # what files hide becomes documents of its own, for staff only
    may_be_empty: frozenset[Path] = frozenset()  # sources of which it is known that they are whole


def run(
    sources: Sequence[Path],
    indexer: Writer,
    splitter: PassageSplitter,
    *,
    options: Options,
    progress: Progress,
    reading: Reading | None = None,
) -> Report:
    """Bring the index up to the sources, read by this process where no `reading` is given.

    Raises SourceUnavailable before anything was touched.
    """
    started = time.monotonic()
    store = indexer.store
    inventories = take_inventories(
        sources,
        lambda name: len(store.files(name)),
        allow_empty=options.allow_empty,
        may_be_empty=options.may_be_empty,
    )
    with ReaderProcess() as reader:
        reading = reading or LocalReading(reader)
        report = _Job(indexer, splitter, options, reading, sources, inventories, progress).run()
    report.seconds = round(time.monotonic() - started, 2)
    return report


@dataclass
class _Job:
    """One run's state: which file has claimed which id, what waits to be written, and what is reported."""

    indexer: Writer
    splitter: PassageSplitter
    options: Options
    reading: Reading
    sources: Sequence[Path]
    inventories: dict[str, Inventory]
    progress: Progress
    store: Store = field(init=False)
    withdrawn: WithdrawnFiles = field(init=False)
    claims: Claims = field(init=False)
    queue: WriteQueue = field(init=False)
    hidden: HiddenContent = field(init=False)
    known: KnownFiles = field(default_factory=KnownFiles)
    duplicates: list[FileRecord] = field(default_factory=list)
    kept: list[Todo] = field(default_factory=list)  # whose originals were kept in this run
    report: Report = field(default_factory=Report)
    former: Report = field(default_factory=Report)  # what this same run wrote before it was cut off

    def __post_init__(self) -> None:
        self.store = self.indexer.store
        self.withdrawn = WithdrawnFiles(self.store.list_withdrawals())
        self.claims = Claims(self.store, self.inventories)
        self.queue = WriteQueue(self.indexer, self.claims)
        is_included = self.options.include_hidden
        self.hidden = HiddenContent(is_included, self.claims, self.withdrawn, self.inventories)

    def run(self) -> Report:
        embedded = self.indexer.embedded
        self._report_inventories()
        self._read_changes()
        self.queue.flush()
        self.indexer.settle()
        self._keep_removed_originals()
        for record in self.duplicates:  # now that the documents they repeat are written
            self.store.touch(record)
        self._remove_gone()
        self.store.record("splitter", self.splitter.name)
        self.indexer.finish()
        self.progress.close()
        self.report.withdrawn = self.withdrawn.remarks
        self.report.passages = self.former.passages + self.queue.passages
        self.report.embedded = self.former.embedded + self.indexer.embedded - embedded
        return self.report

    def _report_inventories(self) -> None:
        self.report.sources = tuple(self.inventories)
        for name, inventory in self.inventories.items():
            self.report.warnings += [Remark(name, warning) for warning in inventory.warnings]
            for path, reason in inventory.refused.items():
                self.report.fail(name, path, reason)

    def _read_changes(self) -> None:
        comparison = Comparison(self.store, self.inventories, self.withdrawn, self.claims, self.report)
        include_hidden = self.options.include_hidden
        hash_choices = choices_hasher(self.splitter.name, self.options.defaults, include_hidden=include_hidden)
        todo, self.known = comparison.find_changes(hash_choices)
        refused = refused_files(self.sources, self.inventories, self.store, hash_choices)
        for file in [*comparison.unreadable, *refused]:
            self._restrict(file, None)
        self._count_former(self.reading.begin(todo))
        self.progress.start(len(todo))
        for file, result in zip(todo, self.reading.results(), strict=True):
            self._process(file, result)
            self.progress.done(file.candidate.path)

    def _count_former(self, reports: Mapping[tuple[str, str], Report]) -> None:
        """Count files that this same run has written before it was cut off as written, not as unchanged."""
        for (source, path), report in reports.items():
            self.former.add(report)
            if source in self.inventories and path in self.inventories[source].paths:
                self.report.unchanged -= 1
                self.report.without_audience -= report.without_audience
        self.report.add(self.former)

    def _process(self, file: Todo, result: ReadFile | UnreadableFile) -> None:
        """Queue a file's document to be written, or report why not."""
        source, path, before = file.record.source, file.record.path, file.before
        loaded = None if isinstance(result, UnreadableFile) else result.loaded
        report = Report()
        try:
            if isinstance(result, UnreadableFile):
                raise result
            report.warnings = [Remark(file.record.location, warning) for warning in result.loaded.warnings]
            report.left_out = [Omission(file.record.location, *part) for part in result.loaded.left_out]
            accepted = self._accept(file, result)
        except (InvalidMetadata, UnreadableFile, OSError) as error:
            self.report.add(report)
            reason = Reason("system-error", detail=str(error)) if isinstance(error, OSError) else error.reason
            self.report.fail(source, path, reason)
            self._restrict(file, loaded)
            return
        self.hidden.read.add(file.record.location)
        if accepted is not None:
            document, record = accepted
            self.known.add(record)
            report.without_audience += record.lacks_audience
            report.new += before is None
            report.changed += before is not None
            self.queue.drop_former_id(before, document.id)
            if (hidden := self.hidden.make(document, result.loaded)) is not None:
                self._add(*hidden, result, report)  # first: with the file's own document the file is done
            self._add(document, record, result, report)
        self.report.add(report)

    def _add(
        self, document: Document, record: FileRecord, result: ReadFile | None = None, report: Report | None = None
    ) -> None:
        """Queue a document; `report` of its file grows by its passages, and is recorded when it is written."""
        document = correct(document, self.store)
        passages = self._cut(document, result)
        embeddings = result.embeddings if result is not None else NO_EMBEDDINGS
        on_write = None
        if report is not None:
            report.passages += len(passages)
            on_write = partial(self._complete, record, report)
        self.queue.add(PreparedDocument(document, passages, record, embeddings, on_write))

    def _cut(self, document: Document, result: ReadFile | None) -> Sequence[Passage]:
        """Return the document's passages, those that came with the file where they are of the same texts."""
        made = result.document if result is not None else None
        if result is None or made is None or _cut_from(made) != _cut_from(document):
            return self.splitter.passages(document)
        return [replace(passage, document_id=document.id) for passage in result.passages]

    def _complete(self, record: FileRecord, report: Report, db: Connection, *, embedded: int) -> None:
        report.embedded += embedded
        self.reading.complete(db, record.source, record.path, report)

    def _accept(self, file: Todo, result: ReadFile) -> tuple[Document, FileRecord] | None:
        """Return a file's document with its record; None for one that is withdrawn or another file's.

        Raises InvalidMetadata, UnreadableFile, OSError.
        """
        stated = stated_about(file.candidate, result.loaded, self.options.defaults)
        document = self._make_document(file, result, stated)
        record = file.record._replace(
            text_key=text_key(document), lacks_audience=not stated.keys() & {"audience", "groups"}
        )
        if self.withdrawn.holds(document.id, record if file.before is None else record._replace(text_key="")):
            return None
        if self._is_duplicate(file, record, document.id if "id" in stated else ""):
            return None
        document = self.claims.claim(document, is_stated="id" in stated)
        self._keep_original(file)
        self.kept.append(file)
        return document, record._replace(document_id=document.id)

    def _keep_original(self, file: Todo) -> None:
        """Keep a file as it was read. Raises UnreadableFile, OSError."""
        with file.candidate.file.open("rb") as content:
            if self.store.keep_original(content) != file.record.sha256:
                raise UnreadableFile(Reason("changed-while-read"))

    def _keep_removed_originals(self) -> None:
        """Keep anew what another job removed before the documents that name it were written: from now on it is safe."""
        for file in self.kept:
            if not self.store.originals.holds(file.record.sha256):
                with suppress(OSError, UnreadableFile):  # the next run reads the file again, since its original is lost
                    self._keep_original(file)

    def _make_document(self, file: Todo, result: ReadFile, stated: dict[str, Any]) -> Document:
        source, original = file.record.source, file.record.sha256
        document = result.document or make_document(
            file.candidate, result.loaded, stated, source=source, original=original
        )
        return document if "id" in stated else keep_former_id(document, file.before)

    def _is_duplicate(self, file: Todo, record: FileRecord, stated_id: str) -> bool:
        """Say whether another file's document is the same; then report it: the document is indexed once.

        A file that states an id ("" for none) is only the same as one that states it too: a copy with its front matter.
        """
        twin = self.known.find_twin(record)
        if twin is None or self.claims.locations.get(twin, record.location) == record.location:
            return False
        if stated_id not in ("", twin):
            return False
        self.queue.drop_former_id(file.before, twin)
        self.duplicates.append(record._replace(document_id=twin, is_duplicate=True))
        self.report.duplicates.append(Remark(record.location, self.claims.describe_duplicate(twin)))
        return True

    def _restrict(self, file: Todo, loaded: LoadedFile | None) -> None:
        """Narrow the readers of the last good text to what is stated now; see `ingest.sync.restricting`."""
        if file.before is None or file.before.is_duplicate:
            return
        stated = restated_readers(file, loaded, self.options.defaults)
        document = self.store.document(file.before.document_id, Access(Audience.STAFF))
        if stated is None:
            return
        metadata = stated_metadata(document, self.store)
        before = Readers(metadata.audience, metadata.groups)
        readers = before.narrowed_by(stated)
        if readers == before:
            return
        document = replace(document, metadata=replace(metadata, **readers._asdict()))
        self._add(document, to_be_read_again(file.before))
        reason = Reason("readers-narrowed", readers=_name_readers(readers))
        self.report.warnings.append(Remark(file.record.location, reason))

    def _remove_gone(self) -> None:
        """Remove the documents whose files are gone from the folders of the run, and what no file hides any more."""
        for name, inventory in self.inventories.items():
            for path, record in self.store.files(name).items():
                if path in inventory.paths or not (inventory.is_folder or self.hidden.is_due(record)):
                    continue
                if self.hidden.keeps(record):
                    self.report.hidden += 1
                    continue
                if record.document_id in self.claims.locations:
                    self.store.forget_file(record)
                else:
                    originals = self.store.originals_of(record.document_id)
                    self.indexer.remove(record.document_id)
                    self.store.drop_originals(originals)
                    self.report.removed += 1


def _name_readers(readers: Readers) -> Reason:
    """Return whom a narrowed document is for, as `str(readers)` does in English."""
    audience = Reason("readers-staff" if readers.audience is Audience.STAFF else "readers-member")
    return Reason("readers-groups", audience=audience, groups=", ".join(readers.groups)) if readers.groups else audience


def _cut_from(document: Document) -> tuple[object, ...]:
    """Return what a document's passages are cut from."""
    return document.text, document.sections, document.metadata.title
