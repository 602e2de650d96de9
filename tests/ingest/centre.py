"""A resource centre with a folder of documents and an index of its own, for the tests of the run."""

from __future__ import annotations

import atexit
import json
import os
from functools import cache
from pathlib import Path

from index.documents import Access, Audience, Document
from index.splitting import PassageSplitter
from index.store.store import Store
from index.update import Indexer
from ingest.sync.assembly import Defaults
from ingest.sync.progress import NoProgress
from ingest.sync.reader_process import ReaderProcess
from ingest.sync.reading import LocalReading
from ingest.sync.report import Report
from ingest.sync.run import Options, run
from tests.conftest import HashEmbedder
from tests.databases import Sqlite


class NoLexical:
    def update(self, store: Store) -> None:
        return


class LastingReader(ReaderProcess):
    """Outlives the runs whose files it reads, each of which closes its reader."""

    def close(self) -> None:
        return

    def end(self) -> None:
        super().close()


@cache
def _reader() -> ReaderProcess:
    """Return the process that reads the files of every centre: starting one takes longer than most runs."""
    reader = LastingReader()
    atexit.register(reader.end)
    return reader


class Centre:
    """A resource centre with a folder of documents and an index of its own."""

    def __init__(self, root: Path, backend: Sqlite | None = None) -> None:
        self.folder = root / "documents"
        self.folder.mkdir()
        self.store = backend.make_store(root / "var") if backend else Store(root / "var" / "p.sqlite", create=True)
        self.indexer = Indexer(self.store, HashEmbedder(), NoLexical())

    def write(self, name: str, text: str = "Texte.", **stated: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        front = "".join(f"{key}: {json.dumps(value)}\n" for key, value in stated.items())
        path.write_text(f"---\n{front}---\n{text}\n" if front else text, encoding="utf-8")
        os.utime(path, (1_600_000_000 + len(text), 1_600_000_000 + len(text)))
        return path

    def ingest(
        self, *sources: Path, allow_empty: bool = False, include_hidden: bool = False, **defaults: str
    ) -> Report:
        splitter = PassageSplitter(lambda texts: [len(text.split()) for text in texts])
        options = Options(Defaults(**defaults), allow_empty=allow_empty, include_hidden=include_hidden)
        reading = LocalReading(_reader())
        return run(
            sources or [self.folder], self.indexer, splitter, options=options, progress=NoProgress(), reading=reading
        )

    def document(self, name: str) -> Document:
        return self.store.document(name, Access(Audience.STAFF))

    @property
    def documents(self) -> int:
        return self.store.count()[0]
