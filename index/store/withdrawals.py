"""The documents that staff withdrew: hidden from everybody at once, and kept out whatever index is current.

The list is a small file beside the originals, not a table of the store: an index that is rebuilt, restored from a
backup or swapped for the one before must bring none of them back. Reading it costs one look at the file's age. In
PostgreSQL it is a table outside the schemas of the indexes.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from index.errors import StoreError
from index.store.atomic_files import write_atomically
from index.store.checksums import seal, unseal
from index.store.database import Database
from index.store.locks import exclusive_lock
from index.store.records import FileRecord
from index.store.schema import split_stamp

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
        rows = self.database.connection.execute("SELECT document_id FROM withdrawals")
        return frozenset(document_id for (document_id,) in rows)

    def all(self) -> list[Withdrawal]:
        rows = self.database.connection.execute("SELECT entry FROM withdrawals")
        return _newest_first(_parse(json.loads(entry)) for (entry,) in rows)

    def find(self, document_id: str) -> Withdrawal | None:
        query = "SELECT entry FROM withdrawals WHERE document_id = ?"
        row = self.database.connection.execute(query, (document_id,)).fetchone()
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
        self._lock = threading.Lock()
        self._read_state: tuple[int, int, int] | None = None  # of the file when it was last read
        self._all: dict[str, Withdrawal] = {}
        self._ids: frozenset[str] = frozenset()

    @property
    def ids(self) -> frozenset[str]:
        """Return the ids of the documents that nobody may see. Raises StoreError when the list cannot be read."""
        self._read()
        return self._ids

    def all(self) -> list[Withdrawal]:
        """Return every withdrawal, the newest first. Raises StoreError."""
        self._read()
        return _newest_first(self._all.values())

    def find(self, document_id: str) -> Withdrawal | None:
        self._read()
        return self._all.get(document_id)

    def add(self, withdrawal: Withdrawal) -> Withdrawal:
        """Add a document and return its entry, which is the first one if it was in the list before."""

        def change(entries: dict[str, Withdrawal]) -> None:
            entries.setdefault(withdrawal.document_id, withdrawal)

        return self._change(change)[withdrawal.document_id]

    def remove(self, document_id: str) -> bool:
        """Let a document come back; say whether it was withdrawn."""
        was_withdrawn = document_id in self.ids
        self._change(lambda entries: entries.pop(document_id, None))
        return was_withdrawn

    def _change(self, change: Callable[[dict[str, Withdrawal]], object]) -> dict[str, Withdrawal]:
        with exclusive_lock(self.path.with_name(f".{NAME}.lock")):
            self._read()
            entries = dict(self._all)
            change(entries)
            payload = [_to_json(entry) for entry in entries.values()]
            with write_atomically(self.path, private=True, durable=True) as file:
                file.write(seal({"withdrawn": payload}).encode())
            self._read()
        return entries

    def _read(self) -> None:
        try:
            status = self.path.stat()
        except FileNotFoundError:
            self._read_state, self._all, self._ids = None, {}, frozenset()
            return
        state = (status.st_ino, status.st_mtime_ns, status.st_size)
        if state == self._read_state:
            return
        with self._lock:
            try:
                payload = unseal(self.path.read_text(encoding="utf-8"), required=False)["withdrawn"]
                entries = {entry["document_id"]: _parse(entry) for entry in payload}
            except (OSError, ValueError, TypeError, KeyError) as error:  # never guess that nothing is withdrawn
                raise StoreError(
                    f"{self.path}: what was withdrawn cannot be read ({error}). Restore the file from a backup; "
                    "removing it would show every withdrawn document again."
                ) from error
            self._all, self._ids, self._read_state = entries, frozenset(entries), state


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
