"""The documents that staff withdrew: hidden from everybody at once, and kept out whatever index is current.

The list is a small file of the data folder, not a table of the store: an index that is rebuilt, restored from a
backup or swapped for the one before must bring none of them back. Reading it costs one look at the file's age. In
PostgreSQL it is a table outside the schemas of the indexes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from index.store.database import Database
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


class WithdrawalList(Protocol):
    """The withdrawals, wherever they are kept. Whoever reads them sees the last change. Raises StoreError."""

    @property
    def ids(self) -> frozenset[str]:
        """Return the ids of the documents that nobody may see."""
        ...

    def all(self) -> list[Withdrawal]:
        """Return every withdrawal, the newest first."""
        ...

    def find(self, document_id: str) -> Withdrawal | None: ...

    def add(self, withdrawal: Withdrawal) -> Withdrawal:
        """Add a document and return its entry, which is the first one if it was in the list before."""
        ...

    def remove(self, document_id: str) -> bool:
        """Let a document come back; say whether it was withdrawn."""
        ...


class WithdrawalTable:
    """The list as a table: a row a document. A snapshot shows what was withdrawn when it was taken."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @property
    def ids(self) -> frozenset[str]:
        rows = self.database.as_index.execute("SELECT document_id FROM withdrawals")
        return frozenset(document_id for (document_id,) in rows)

    def all(self) -> list[Withdrawal]:
        rows = self.database.as_index.execute("SELECT entry FROM withdrawals")
        return _newest_first(_parse(json.loads(entry)) for (entry,) in rows)

    def find(self, document_id: str) -> Withdrawal | None:
        query = "SELECT entry FROM withdrawals WHERE document_id = ?"
        row = self.database.as_index.execute(query, (document_id,)).fetchone()
        return _parse(json.loads(row[0])) if row else None

    def add(self, withdrawal: Withdrawal) -> Withdrawal:
        with self.database.transaction() as db:
            db.execute(
                "INSERT INTO withdrawals VALUES (?, ?) ON CONFLICT (document_id) DO NOTHING",
                (withdrawal.document_id, json.dumps(_to_json(withdrawal))),
            )
        return self.find(withdrawal.document_id) or withdrawal

    def remove(self, document_id: str) -> bool:
        with self.database.transaction() as db:
            return db.execute("DELETE FROM withdrawals WHERE document_id = ?", (document_id,)).rowcount > 0


class Withdrawals:
    """The list in one file. Whoever reads it sees the last change, from any thread or process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = SealedEntries(
            path,
            "withdrawn",
            lambda listed: {entry["document_id"]: _parse(entry) for entry in listed},
            lambda entries: [_to_json(entry) for entry in entries.values()],
            without="removing it would show every withdrawn document again.",
            always_sealed=False,
        )
        self._ids: tuple[Mapping[str, Withdrawal], frozenset[str]] = {}, frozenset()

    @property
    def ids(self) -> frozenset[str]:
        """Return the ids of the documents that nobody may see. Raises StoreError when the list cannot be read."""
        entries, (known, ids) = self._file.all(), self._ids
        if entries is not known:
            ids = frozenset(entries)
            self._ids = entries, ids
        return ids

    def all(self) -> list[Withdrawal]:
        """Return every withdrawal, the newest first. Raises StoreError."""
        return _newest_first(self._file.all().values())

    def find(self, document_id: str) -> Withdrawal | None:
        return self._file.all().get(document_id)

    def add(self, withdrawal: Withdrawal) -> Withdrawal:
        """Add a document and return its entry, which is the first one if it was in the list before."""
        return self._file.change(lambda entries: entries.setdefault(withdrawal.document_id, withdrawal))[
            withdrawal.document_id
        ]

    def remove(self, document_id: str) -> bool:
        """Let a document come back; say whether it was withdrawn."""
        was_withdrawn = document_id in self.ids
        self._file.change(lambda entries: entries.pop(document_id, None))
        return was_withdrawn


def withdrawn_ids(withdrawals: WithdrawalList | None) -> frozenset[str]:
    """Return the ids of the withdrawn documents; none without a list. Raises StoreError when it cannot be read."""
    return withdrawals.ids if withdrawals else frozenset()


def _newest_first(entries: Iterable[Withdrawal]) -> list[Withdrawal]:
    return sorted(entries, key=lambda entry: (entry.at, entry.document_id), reverse=True)


def _to_json(entry: Withdrawal) -> dict[str, Any]:
    return asdict(entry) | {"files": [file._asdict() for file in entry.files]}


def _parse(entry: dict[str, object]) -> Withdrawal:
    files = entry.pop("files")
    return Withdrawal(**entry, files=tuple(map(_parse_file, files)))  # type: ignore[arg-type,call-overload]


def _parse_file(stored: dict[str, Any] | list[Any]) -> FileRecord:
    """Return a file of the list; programs before store version 3 wrote a row with a stamp in it."""
    if isinstance(stored, dict):
        return FileRecord(**stored)
    source, path, size, modified_ns, stamp, document_id = stored
    return FileRecord(source, path, size, modified_ns, document_id=document_id, **split_stamp(stamp)._asdict())
