"""Keep out what staff withdrew: its documents are removed, its files are not read, whatever they are called now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Protocol

from index.reasons import Reason
from index.store.store import FileRecord, Store
from index.store.withdrawals import Withdrawal
from ingest.sync.report import Remark
from ingest.text.duplicates import KnownFiles

HIDDEN_PATH: Final = "/hidden"  # after a file's path: where what it hides is a document of its own


class Remover(Protocol):
    """The write side of the index, as far as it removes."""

    def remove(self, document_id: str) -> None: ...

    def finish(self) -> None: ...


def remove_withdrawn(store: Store, indexer: Remover) -> int:
    """Remove withdrawn documents that are still stored, with originals only they had; return how many there were.

    What their files hide goes with them.
    """
    removed = 0
    for hidden in _hidden_documents(store):
        indexer.remove(hidden)
        removed += 1
    for document_id in sorted(store.withdrawn_ids()):
        if store.owner(document_id) is None:
            continue
        originals = store.originals_of(document_id)
        indexer.remove(document_id)
        store.drop_originals(originals)
        removed += 1
    if removed:
        indexer.finish()
    return removed


def _hidden_documents(store: Store) -> list[str]:
    """Return the ids of the stored documents of what withdrawn files hide."""
    files = [file for withdrawal in store.list_withdrawals() for file in withdrawal.files]
    records = (store.files(file.source).get(f"{file.path}{HIDDEN_PATH}") for file in files)
    return sorted({record.document_id for record in records if record is not None})


class WithdrawnFiles:
    """The withdrawals of one run, by what a file may be recognised by: location, content, document id, words."""

    def __init__(self, withdrawals: Iterable[Withdrawal]) -> None:
        self._by_id = {withdrawal.document_id: withdrawal for withdrawal in withdrawals}
        files = [file for withdrawal in self._by_id.values() for file in withdrawal.files]
        self._locations = {(file.source, file.path): file.document_id for file in files}
        self._contents = {file.sha256: file.document_id for file in files if file.sha256}
        self._known = KnownFiles(files)
        self.remarks: list[Remark] = []

    def holds_location(self, source: str, path: str) -> bool:
        """Say, and note, whether the file there is a withdrawn document's; it need not be read."""
        return self._note(f"{source}/{path}", self._locations.get((source, path), ""))

    def holds_content(self, record: FileRecord) -> bool:
        """Say, and note, whether a file has the very bytes of a withdrawn document's."""
        return self._note(record.location, self._contents.get(record.sha256, ""))

    def holds(self, document_id: str, record: FileRecord) -> bool:
        """Say, and note, whether what was read is a withdrawn document, by its id or by the record's text key."""
        twin = self._known.find_twin(record)
        return self._note(record.location, document_id if document_id in self._by_id else twin or "")

    def _note(self, location: str, document_id: str) -> bool:
        withdrawal = self._by_id.get(document_id)
        if withdrawal is None:
            return False
        values = {"id": repr(document_id), "by": withdrawal.by, "day": withdrawal.at[:10]}
        if withdrawal.reason:
            reason = Reason("withdrawn-because", **values, why=withdrawal.reason)
        else:
            reason = Reason("withdrawn", **values)
        self.remarks.append(Remark(location, reason))
        return True
