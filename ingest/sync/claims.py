"""Decide which file has which document's id: no two files of one run, or of two sources, make one document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from index.documents import Document
from index.reasons import Reason
from index.store.store import FileRecord, Store
from ingest.loaders.loaded_file import UnreadableFile
from ingest.sources.catalogue import Inventory


def keep_former_id(document: Document, before: FileRecord | None) -> Document:
    """Return the document under the longer id its file gave it in an earlier run, if it did: citations stay valid."""
    former = before.document_id if before is not None else ""
    return replace(document, id=former) if former in _longer_ids(document) else document


def _longer_ids(document: Document) -> tuple[str, str]:
    """Return the ids of a document whose own is another file's: rapport.pdf beside rapport.doc."""
    return document.path, _location(document).lstrip("/")


def _location(document: Document) -> str:
    return f"{document.source}/{document.path}"


@dataclass
class Claims:
    """The ids claimed in a run: `locations` gives the file ("source/path") by document id."""

    store: Store
    inventories: Mapping[str, Inventory]
    locations: dict[str, str] = field(default_factory=dict)

    def claim(self, document: Document, *, is_stated: bool) -> Document:
        """Claim the document's id for its file and return the document, under a longer id if its own is taken.

        Raises UnreadableFile if somebody stated the id and another file has it.
        """
        for name in (document.id,) if is_stated else (document.id, *_longer_ids(document)):
            claimed = replace(document, id=name)
            holder = self._other_holder(claimed)
            if holder is None:
                self.locations[name] = _location(document)
                return claimed
        raise UnreadableFile(Reason("id-taken", id=repr(document.id), holder=str(holder)))

    def describe_duplicate(self, document_id: str) -> Reason:
        """Return what to report of a file whose document is another file's."""
        return Reason("duplicate", location=repr(self.locations.get(document_id) or document_id))

    def _other_holder(self, document: Document) -> str | None:
        """Return the other file that has the document's id, None if it is free."""
        holder = self.locations.get(document.id)
        if holder is None:
            owner = self.store.owner(document.id)
            if owner is not None and owner != (document.source, document.path):
                source, path = owner
                inventory = self.inventories.get(source)
                is_gone = inventory is not None and inventory.is_folder and path not in inventory.paths
                holder = None if is_gone else f"{source}/{path}"
        return None if holder == _location(document) else holder
