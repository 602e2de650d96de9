"""How a run has its files read: by one process of its own, or by several workers (`ingest.workers`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from index.documents import Document, Passage
from index.store.database import Connection
from index.update import NO_EMBEDDINGS, Embeddings
from ingest.loaders.loaded_file import LoadedFile, UnreadableFile
from ingest.sync.changes import Todo
from ingest.sync.reader_process import ReaderProcess, read_ahead
from ingest.sync.report import Report


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What a file says, and what whoever read it has made of that.

    `document` is what `make_document` gives, None where the run is to make it; `passages` are those of `document`.
    """

    loaded: LoadedFile
    document: Document | None = None
    passages: tuple[Passage, ...] = ()
    embeddings: Embeddings = NO_EMBEDDINGS


class Reading(Protocol):
    """Has the files of a run read, and is told of each whose document is written."""

    def begin(self, todo: Sequence[Todo]) -> Mapping[tuple[str, str], Report]:
        """Begin to read, and return what this same run has written before it was cut off, by source and path."""
        ...

    def results(self) -> Iterator[ReadFile | UnreadableFile]:
        """Yield what each of the files says, in their order."""
        ...

    def complete(self, db: Connection, source: str, path: str, report: Report) -> None:
        """Note, in the transaction that writes a file's document, that it is done, and the report of it."""
        ...


class LocalReading:
    """Reads in a child process, some files ahead of the run."""

    def __init__(self, reader: ReaderProcess) -> None:
        self._reader = reader
        self._todo: Sequence[Todo] = ()

    def begin(self, todo: Sequence[Todo]) -> Mapping[tuple[str, str], Report]:
        self._todo = todo
        return {}

    def results(self) -> Iterator[ReadFile | UnreadableFile]:
        for result in read_ahead(self._reader, [file.candidate for file in self._todo]):
            yield result if isinstance(result, UnreadableFile) else ReadFile(result)

    def complete(self, db: Connection, source: str, path: str, report: Report) -> None:
        return
