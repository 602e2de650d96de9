"""Entries by document id that hold whatever index is current: what each kind of them is, wherever it is kept.

An embedded index keeps them in a file (`index.store.sealed_entries`), one in PostgreSQL in a table that all indexes of
the database share (`index.store.entry_table`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from index.errors import StoreError

Entry = TypeVar("Entry")
Change = Callable[[dict[str, Entry]], object]


@dataclass(frozen=True)
class EntryKind(Generic[Entry]):
    """What entries are as JSON, and back; `without` says what the loss of all of them would mean, for the error."""

    parse: Callable[[str, Any], Entry]
    to_json: Callable[[Entry], Any]
    without: str

    def digest(self, entries: Mapping[str, Entry]) -> str:
        """Return what two collections of the same entries have in common, wherever they are kept."""
        written = {document_id: self.to_json(entry) for document_id, entry in entries.items()}
        return hashlib.sha256(json.dumps(written, sort_keys=True).encode()).hexdigest()


class Entries(Protocol[Entry]):
    """The entries of one kind. Whoever reads them sees the last change; what cannot be read is never taken for none."""

    name: str  # for messages
    kind: EntryKind[Entry]

    @property
    def exist(self) -> bool:
        """Say whether there is something that holds them, readable or not."""
        ...

    def all(self) -> Mapping[str, Entry]:
        """Return the entries: the same mapping until they change. Raises StoreError."""
        ...

    def change(self, change: Change[Entry]) -> Mapping[str, Entry]:
        """Change the entries, alone among all processes, and return them. Raises StoreError."""
        ...


def copy_entries(source: Entries[Entry], to: Entries[Entry]) -> None:
    """Have `to` hold what `source` does. Raises StoreError, also where it does not then."""
    entries = source.all()

    def replace(present: dict[str, Entry]) -> None:
        present.clear()
        present.update(entries)

    if to.all() != entries:
        to.change(replace)
    if to.all() != entries:
        raise StoreError(f"{to.name}: differs from {source.name}; nothing was switched.")
