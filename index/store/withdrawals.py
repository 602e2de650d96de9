"""The documents that staff withdrew: hidden from everybody at once, and kept out whatever index is current.

The list is a small file of the data folder, not a table of the store: an index that is rebuilt, restored from a
backup or swapped for the one before must bring none of them back. Reading it costs one look at the file's age. In
PostgreSQL it is in a table outside the schemas of the indexes, which costs one look at its digest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from index.store.database import Database
from index.store.entries import Entries, EntryKind
from index.store.entry_table import EntryTable
from index.store.records import FileRecord
from index.store.schema import split_stamp
from index.store.sealed_entries import SealedEntries

NAME: Final = "withdrawn.json"


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A document that was withdrawn: when (ISO 8601, UTC), by whom and why; `files` are those it was read from."""

    document_id: str
    title: str
    at: str
    by: str
    reason: str
    files: tuple[FileRecord, ...] = field(default=(), repr=False)


class Withdrawals:
    """The list. Whoever reads it sees the last change, from any thread or process."""

    def __init__(self, entries: Entries[Withdrawal]) -> None:
        self.entries = entries
        self._ids: tuple[Mapping[str, Withdrawal], frozenset[str]] = {}, frozenset()

    @classmethod
    def of_file(cls, path: Path) -> Withdrawals:
        """Return the list of embedded indexes."""
        return cls(SealedEntries(path, _KIND, "withdrawn", is_array=True, always_sealed=False))

    @classmethod
    def of_table(cls, database: Database) -> Withdrawals:
        """Return the list of all indexes in one PostgreSQL database."""
        return cls(EntryTable(database, "withdrawals", _KIND))

    @property
    def ids(self) -> frozenset[str]:
        """Return the ids of the documents that nobody may see. Raises StoreError when the list cannot be read."""
        entries, (known, ids) = self.entries.all(), self._ids
        if entries is not known:
            ids = frozenset(entries)
            self._ids = entries, ids
        return ids

    def all(self) -> list[Withdrawal]:
        """Return every withdrawal, the newest first. Raises StoreError."""
        withdrawals = self.entries.all().values()
        return sorted(withdrawals, key=lambda entry: (entry.at, entry.document_id), reverse=True)

    def find(self, document_id: str) -> Withdrawal | None:
        return self.entries.all().get(document_id)

    def add(self, withdrawal: Withdrawal) -> Withdrawal:
        """Add a document and return its entry, which is the first one if it was in the list before."""
        return self.entries.change(lambda entries: entries.setdefault(withdrawal.document_id, withdrawal))[
            withdrawal.document_id
        ]

    def remove(self, document_id: str) -> bool:
        """Let a document come back; say whether it was withdrawn."""
        removed: list[Withdrawal | None] = []
        self.entries.change(lambda entries: removed.append(entries.pop(document_id, None)))
        return removed != [None]


def withdrawn_ids(withdrawals: Withdrawals | None) -> frozenset[str]:
    """Return the ids of the withdrawn documents; none without a list. Raises StoreError when it cannot be read."""
    return withdrawals.ids if withdrawals else frozenset()


def _to_json(entry: Withdrawal) -> dict[str, Any]:
    return asdict(entry) | {"files": [file._asdict() for file in entry.files]}


def _parse(document_id: str, entry: dict[str, Any]) -> Withdrawal:
    values = {name: value for name, value in entry.items() if name != "files"}
    return Withdrawal(**values, files=tuple(map(_parse_file, entry["files"])))


def _parse_file(stored: dict[str, Any] | list[Any]) -> FileRecord:
    """Return a file of the list; programs before store version 3 wrote a row with a stamp in it."""
    if isinstance(stored, dict):
        return FileRecord(**stored)
    source, path, size, modified_ns, stamp, document_id = stored
    return FileRecord(source, path, size, modified_ns, document_id=document_id, **split_stamp(stamp)._asdict())


_KIND: Final = EntryKind(_parse, _to_json, "removing it would show every withdrawn document again.")
