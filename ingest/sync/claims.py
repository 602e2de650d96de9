"""Which file has which document's id: no two files of one run, or of two sources, make one document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from index.documents import Document
from index.store.store import FileRecord, Store
from ingest.loaders import UnreadableFile
from ingest.sources.catalogue import Inventory


def as_before(document: Document, before: FileRecord | None) -> Document:
    """Return the document under the longer name its file gave it in an earlier run, if it did: citations hold."""
    named = before.document_id if before is not None else ""
    return replace(document, id=named) if named in _longer_names(document) else document


def _longer_names(document: Document) -> tuple[str, str]:
    """Return what a document is called whose name another file has taken: rapport.pdf beside rapport.doc."""
    return document.path, f"{document.source}/{document.path}".lstrip("/")


@dataclass
class Claims:
    """The ids taken in a run: `of` tells the file ("source/path") by document id."""

    store: Store
    stocks: Mapping[str, Inventory]
    of: dict[str, str] = field(default_factory=dict)

    def take(self, document: Document, *, is_stated: bool) -> Document:
        """Take the document's id for its file and return the document; one named after its file gives way.

        Raises UnreadableFile when another file has an id that somebody stated.
        """
        for name in (document.id,) if is_stated else (document.id, *_longer_names(document)):
            named = replace(document, id=name)
            other = self._holder(named)
            if other is None:
                self.of[name] = f"{document.source}/{document.path}"
                return named
        raise UnreadableFile(f"its id {document.id!r} is already that of {other}. Give one of them another `id`.")

    def same_as(self, document_id: str) -> str:
        """Return what to tell of a file whose document is another's."""
        return f"the same document as {self.of.get(document_id) or document_id!r}; found there."

    def _holder(self, document: Document) -> str | None:
        """Return the other file that has the document's id, None when it is free."""
        place = f"{document.source}/{document.path}"
        other = self.of.get(document.id)
        if other is None:
            owner = self.store.owner(document.id)
            if owner is not None and owner != (document.source, document.path):
                source, path = owner
                stock = self.stocks.get(source)
                is_gone = stock is not None and stock.is_folder and path not in stock.paths
                other = None if is_gone else f"{source}/{path}"
        return None if other == place else other
