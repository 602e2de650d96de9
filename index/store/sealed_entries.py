"""Entries by document id in one small sealed file: several processes change it, and readers see the last change.

Reading costs one look at the file's age. A file that is damaged, or that was there and is gone, is an error and never
taken for an empty one.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Generic

from index.errors import StoreError
from index.store.atomic_files import write_atomically
from index.store.checksums import seal, unseal
from index.store.entries import Change, Entry, EntryKind
from index.store.locks import exclusive_lock

_Age = tuple[int, int, int]  # inode, nanoseconds, bytes


class SealedEntries(Generic[Entry]):
    """The entries of a file, below `key`: an object by document id, or an array of entries that name theirs.

    Not `always_sealed`: files from before there were checksums are read too.
    """

    def __init__(
        self, path: Path, kind: EntryKind[Entry], key: str, *, is_array: bool = False, always_sealed: bool = True
    ) -> None:
        self.path, self.name, self.kind = path, str(path), kind
        self._key, self._is_array, self._always_sealed = key, is_array, always_sealed
        self._lock = threading.Lock()
        self._read: tuple[_Age | None, Mapping[str, Entry]] = None, {}

    @property
    def exist(self) -> bool:
        return self.path.exists()

    def all(self) -> Mapping[str, Entry]:
        """Return the entries: the same mapping until the file changes. Raises StoreError."""
        age, entries = self._read
        try:
            status = self.path.stat()
        except FileNotFoundError as error:
            if age is not None:
                raise self._fault("it was there, and is gone") from error
            return entries
        present = (status.st_ino, status.st_mtime_ns, status.st_size)
        if present == age:
            return entries
        with self._lock:
            try:
                payload = unseal(self.path.read_text(encoding="utf-8"), required=self._always_sealed)
                entries = self._parse(payload[self._key])
            except (OSError, ValueError, TypeError, KeyError) as error:
                raise self._fault(str(error)) from error
            self._read = present, entries
        return entries

    def change(self, change: Change[Entry]) -> Mapping[str, Entry]:
        """Change the entries, alone among all processes, and return them. Raises StoreError."""
        with exclusive_lock(self.path.with_name(f".{self.path.name}.lock")):
            entries = dict(self.all())
            change(entries)
            with write_atomically(self.path, private=True, durable=True) as file:
                file.write(seal({self._key: self._to_json(entries)}).encode())
            return self.all()

    def _parse(self, listed: Any) -> dict[str, Entry]:
        by_id = {entry["document_id"]: entry for entry in listed} if self._is_array else listed
        return {document_id: self.kind.parse(document_id, entry) for document_id, entry in by_id.items()}

    def _to_json(self, entries: Mapping[str, Entry]) -> object:
        by_id = {document_id: self.kind.to_json(entry) for document_id, entry in entries.items()}
        return list(by_id.values()) if self._is_array else by_id

    def _fault(self, reason: str) -> StoreError:
        without = self.kind.without
        return StoreError(f"{self.path}: cannot be read ({reason}). Restore the file from a backup; {without}")
