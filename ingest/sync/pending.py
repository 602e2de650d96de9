"""Documents that wait to be written: in groups, each after the ids its files have left."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from index.store.store import FileRecord
from index.update import Prepared
from ingest.sync.claims import Claims
from ingest.sync.writer import Writer

GROUP: Final = 64  # passages handed to the embedder at a time, at least, so that its batches are full


@dataclass
class Waiting:
    """Hands documents on when they are enough to fill the embedder's batches; counts their passages."""

    indexer: Writer
    claims: Claims
    passages: int = 0
    group: list[Prepared] = field(default_factory=list)
    former_ids: set[str] = field(default_factory=set)

    def add(self, prepared: Prepared) -> None:
        self.passages += len(prepared.passages)
        self.group.append(prepared)
        if sum(len(one.passages) for one in self.group) >= GROUP:
            self.flush()

    def leave(self, before: FileRecord | None, document_id: str) -> None:
        """Have the id go that the file's document bore before, if it bore another."""
        if before is not None and before.document_id not in ("", document_id):
            self.former_ids.add(before.document_id)

    def flush(self) -> None:
        """Have the waiting documents written; one that takes another id than before leaves the old one first."""
        for former in self.former_ids - self.claims.of.keys():
            self.indexer.remove(former)
        if self.group:
            self.indexer.begin(self.group)
        self.former_ids, self.group = set(), []
