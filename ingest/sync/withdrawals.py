"""What staff withdrew stays out: its documents are removed, its files are left alone, however they are named now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from index.store.store import FileRecord, Store
from index.store.withdrawals import Withdrawal
from ingest.sync.report import Remark
from ingest.text.duplicates import Known


class Remover(Protocol):
    """The write side, as far as it removes."""

    def remove(self, document_id: str) -> None: ...

    def finish(self) -> None: ...


def sweep(store: Store, indexer: Remover) -> int:
    """Remove what is withdrawn and stored still, with the kept files only it had; return how many documents."""
    swept = 0
    for document_id in sorted(store.withdrawn.ids):
        if store.owner(document_id) is None:
            continue
        originals = store.originals_of(document_id)
        indexer.remove(document_id)
        store.drop_originals(originals)
        swept += 1
    if swept:
        indexer.finish()
    return swept


class Withdrawn:
    """The withdrawals of one run, by what a file may be recognised by: its place, its bytes, its id, its words."""

    def __init__(self, withdrawals: Iterable[Withdrawal]) -> None:
        self._by_id = {one.document_id: one for one in withdrawals}
        files = [file for one in self._by_id.values() for file in one.files]
        self._places = {(file.source, file.path): file.document_id for file in files}
        self._contents = {file.stamp.partition(":")[0]: file.document_id for file in files if file.stamp}
        self._words = Known(files)
        self.remarks: list[Remark] = []

    def holds_place(self, source: str, path: str) -> bool:
        """Say, and note, whether the file at this place is a withdrawn document's; it need not be read."""
        return self._noted(source, path, self._places.get((source, path), ""))

    def holds_content(self, record: FileRecord) -> bool:
        """Say, and note, whether a file has the very bytes of a withdrawn document's."""
        return self._noted(record.source, record.path, self._contents.get(record.stamp.partition(":")[0], ""))

    def holds(self, document_id: str, record: FileRecord, key: str) -> bool:
        """Say, and note, whether what was read is a withdrawn document, by its id or its words."""
        twin = self._words.twin(record.stamp.partition(":")[0], key, f"{record.source}/{record.path}")
        return self._noted(record.source, record.path, document_id if document_id in self._by_id else twin or "")

    def _noted(self, source: str, path: str, document_id: str) -> bool:
        found = self._by_id.get(document_id)
        if found is not None:
            why = f" ({found.reason})" if found.reason else ""
            told = f"document {document_id!r} was withdrawn by {found.by} on {found.at[:10]}{why}; it stays out."
            self.remarks.append(Remark(f"{source}/{path}", told))
        return found is not None
