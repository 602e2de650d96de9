"""Which file has which document's id: no two files of one run, or of two sources, make one document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from index.documents import Document
from index.store import Store
from ingest.catalogue import Inventory
from ingest.loaders import UnreadableFile


@dataclass
class Claims:
    """The ids taken in a run: `of` tells the file ("source/path") by document id."""

    store: Store
    stocks: Mapping[str, Inventory]
    of: dict[str, str] = field(default_factory=dict)

    def take(self, document: Document) -> None:
        """Take the document's id for its file. Raises UnreadableFile when another file has it."""
        place = f"{document.source}/{document.path}"
        other = self.of.get(document.id)
        if other is None:
            owner = self.store.owner(document.id)
            if owner is not None and owner != (document.source, document.path):
                source, path = owner
                stock = self.stocks.get(source)
                is_gone = stock is not None and stock.is_folder and path not in stock.paths
                other = None if is_gone else f"{source}/{path}"
        if other is not None and other != place:
            raise UnreadableFile(f"its id {document.id!r} is already that of {other}. Give one of them another `id`.")
        self.of[document.id] = place
