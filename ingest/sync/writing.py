"""Hand documents to the index in groups large enough for the embedder's batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from index.store.store import FileRecord, Store
from index.update import PreparedDocument
from ingest.sync.claims import Claims

GROUP: Final = 64  # passages handed to the embedder at a time, at least, so that its batches are full


class Writer(Protocol):
    """The write side of the index (`index.update.Indexer`); tests run without a model."""

    embedded: int  # passages that went through the model so far

    @property
    def store(self) -> Store: ...

    def put(self, group: Sequence[PreparedDocument]) -> None: ...

    def begin(self, group: Sequence[PreparedDocument]) -> None: ...

    def settle(self) -> None: ...

    def remove(self, document_id: str) -> None: ...

    def finish(self) -> None: ...


@dataclass
class WriteQueue:
    """Documents that wait to be written; counts their passages."""

    indexer: Writer
    claims: Claims
    passages: int = 0
    group: list[PreparedDocument] = field(default_factory=list)
    former_ids: set[str] = field(default_factory=set)

    def add(self, prepared: PreparedDocument) -> None:
        self.passages += len(prepared.passages)
        self.group.append(prepared)
        if sum(len(waiting.passages) for waiting in self.group) >= GROUP:
            self.flush()

    def drop_former_id(self, before: FileRecord | None, document_id: str) -> None:
        """Remove, with the next group, the id that the file's document had before if it is another one now."""
        if before is not None and before.document_id not in ("", document_id):
            self.former_ids.add(before.document_id)

    def flush(self) -> None:
        """Remove the former ids that no file has claimed, then begin to write the waiting documents."""
        for former in self.former_ids - self.claims.locations.keys():
            self.indexer.remove(former)
        if self.group:
            self.indexer.begin(self.group)
        self.former_ids, self.group = set(), []
