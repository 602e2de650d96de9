"""Entries by document id in PostgreSQL, in a table that all indexes of a database share: every machine sees a change.

Each list has a digest of its rows beside them, written with them. Reading costs one look at it; rows that are not what
was written are an error, and never taken for a shorter list.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Generic

from index.errors import StoreError
from index.store.database import Connection, Database
from index.store.entries import Change, Entries, Entry, EntryKind

_READ = """
    SELECT lists.digest, digest_entries(lists.name), entries.document_id, entries.entry
    FROM document_lists lists LEFT JOIN document_list_entries entries ON entries.list = lists.name
    WHERE lists.name = ?
"""


class EntryTable(Generic[Entry]):
    """The entries of the list of this name. A snapshot shows what was in it when that was taken."""

    exist = True

    def __init__(self, database: Database, list_name: str, kind: EntryKind[Entry]) -> None:
        self.database, self.kind, self._list = database, kind, list_name
        self.name = f"{database.name}, {list_name}"
        self._known: tuple[str, Mapping[str, Entry]] = "", {}

    def all(self) -> Mapping[str, Entry]:
        """Return the entries: the same mapping until they change. Raises StoreError."""
        digest, entries = self._known
        return entries if self._fact("digest") == digest else self._read()

    def change(self, change: Change[Entry]) -> Mapping[str, Entry]:
        """Change the entries, alone among all machines, and return them. Raises StoreError."""
        with self.database.transaction() as db:
            db.execute("SELECT name FROM document_lists WHERE name = ? FOR UPDATE", (self._list,))
            before = self.all()
            entries = dict(before)
            change(entries)
            self._write(db, before, entries)
        return self.all()

    def require_copied(self, file: Entries[Entry]) -> None:
        """Raise StoreError where an embedded index's file lists what never came here: nobody would know of it."""
        entries = file.all()
        if not entries or self._fact("copied") == self.kind.digest(entries) or entries.items() <= self.all().items():
            return
        raise StoreError(
            f"{file.name}: lists {len(entries)} documents, and was not copied to {self.name}. Copy it with its index "
            "(`python -m index copy --to`, without PASSERELLE_DATABASE), or move it away if it does not hold here."
        )

    def note_copied(self, file: Entries[Entry]) -> None:
        """Note that an embedded index's file lists what is here: it may lie there from now on."""
        digest = self.kind.digest(file.all())
        with self.database.transaction() as db:
            db.execute("UPDATE document_lists SET copied = ? WHERE name = ?", (digest, self._list))

    def _read(self) -> Mapping[str, Entry]:
        rows = self.database.as_index.execute(_READ, (self._list,)).fetchall()
        if not rows:
            raise self._fault("the list is gone")
        digest, actual, *_ = rows[0]
        if digest != actual:
            raise self._fault("its rows are not what was written")
        try:
            entries = {
                document_id: self.kind.parse(document_id, json.loads(entry))
                for *_, document_id, entry in rows
                if document_id is not None
            }
        except (ValueError, TypeError, KeyError) as error:
            raise self._fault(str(error)) from error
        self._known = digest, entries
        return entries

    def _write(self, db: Connection, before: Mapping[str, Entry], entries: Mapping[str, Entry]) -> None:
        for document_id in before.keys() - entries.keys():
            db.execute(
                "DELETE FROM document_list_entries WHERE list = ? AND document_id = ?", (self._list, document_id)
            )
        for document_id, entry in entries.items():
            if before.get(document_id) != entry:
                db.execute(
                    "INSERT INTO document_list_entries VALUES (?, ?, ?)"
                    " ON CONFLICT (list, document_id) DO UPDATE SET entry = excluded.entry",
                    (self._list, document_id, json.dumps(self.kind.to_json(entry))),
                )
        db.execute("UPDATE document_lists SET digest = digest_entries(name) WHERE name = ?", (self._list,))

    def _fact(self, name: str) -> str:
        row = self.database.as_index.execute(
            f"SELECT {name} FROM document_lists WHERE name = ?", (self._list,)
        ).fetchone()
        if row is None:
            raise self._fault("the list is gone")
        return str(row[0])

    def _fault(self, reason: str) -> StoreError:
        return StoreError(
            f"{self.name}: cannot be read ({reason}). Restore the database from a backup; {self.kind.without}"
        )
