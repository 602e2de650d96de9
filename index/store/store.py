"""The store: one SQLite file that holds documents, passages, vectors, and the choices they were made with.

Everything else (FAISS, tantivy) is derived from it. Readers see the state between two transactions, never inside one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO

import numpy as np

from index.documents import Audience, Document
from index.errors import UnknownDocument
from index.store import versions
from index.store.documents import StoreReader
from index.store.originals import Originals
from index.store.records import LISTED, metadata_to_json
from index.store.records import EmbeddedPassage as EmbeddedPassage
from index.store.records import FileRecord as FileRecord
from index.store.withdrawals import NAME, Withdrawal, Withdrawals
from index.types import Codes, Vectors


class Store(StoreReader):
    """Both sides of one store: what stands in it, and the transactions that change it."""

    clock: Callable[[], datetime] = staticmethod(versions.utc_now)  # dates former versions

    def __init__(self, path: Path, *, create: bool = False, originals: Path | None = None) -> None:
        super().__init__(path, create=create)
        self.originals = Originals(originals or path.parent / "originals")
        self.withdrawn = Withdrawals(self.originals.folder.parent / NAME)

    def put(
        self,
        document: Document,
        passages: Sequence[EmbeddedPassage],
        vectors: dict[bytes, Vectors],
        file: FileRecord | None = None,
        codes: dict[bytes, Codes] | None = None,
    ) -> None:
        """Put a document in place of the one with its id, in one transaction. `vectors` holds those not yet stored."""
        with self.writing() as db:
            since = versions.keep_former(db, document, self.clock())
            stale = self._forget(db, document.id)
            _insert(db, document, since)
            db.executemany(
                "INSERT OR IGNORE INTO vectors VALUES (?1, ?2, crc32(?2))",
                [(key, np.asarray(vector, np.float32).tobytes()) for key, vector in vectors.items()],
            )
            db.executemany(
                "INSERT OR IGNORE INTO token_codes VALUES (?1, ?2, crc32(?2))",
                [(key, one.tobytes()) for key, one in (codes or {}).items()],
            )
            db.executemany(
                'INSERT INTO passages (document_id, section, start, "end", language, context, embedded)'
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    (document.id, section, one.start, one.end, one.language, one.context, key)
                    for one, section, key in passages
                ],
            )
            if file is not None:
                db.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?)", file)
            self._drop_unused(db, stale)

    def remove(self, document_id: str) -> None:
        """Remove a document and everything that hangs on it, former versions too, in one transaction."""
        with self.writing() as db:
            versions.forget_versions(db, document_id)
            self._drop_unused(db, self._forget(db, document_id))

    def withdraw(self, document_id: str, by: str, reason: str) -> Withdrawal:
        """Hide a document from everybody at once; the next run removes it and leaves its files alone.

        Repeating it changes nothing. Raises UnknownDocument.
        """
        known = self.withdrawn.find(document_id)
        if known is not None:
            return known
        title = self.document(document_id, Audience.STAFF).metadata.title
        at = self.clock().isoformat(timespec="seconds")
        made = self.withdrawn.add(Withdrawal(document_id, title, at, by, reason, self._files_of(document_id)))
        self._next_generation()
        return made

    def reinstate(self, document_id: str) -> None:
        """Let a withdrawn document be seen again: at once while it is stored, else from the next run on.

        Raises UnknownDocument when it was not withdrawn.
        """
        if not self.withdrawn.undo(document_id):
            raise UnknownDocument(f"{document_id!r} is not withdrawn.")
        self._next_generation()

    def _files_of(self, document_id: str) -> tuple[FileRecord, ...]:
        found = self.db.execute("SELECT * FROM files WHERE document_id = ? ORDER BY source, path", (document_id,))
        return tuple(map(FileRecord._make, found))

    def _next_generation(self) -> None:
        """Have whatever was derived from what could be seen be derived again."""
        with self.writing() as db:
            db.execute("UPDATE facts SET value = CAST(value AS INTEGER) + 1 WHERE name = 'generation'")

    def forget_versions(self, document_id: str) -> int:
        """Delete a document's former versions for good and return how many there were."""
        with self.writing() as db:
            return versions.forget_versions(db, document_id)

    def forget_file(self, file: FileRecord) -> None:
        """Forget a file that is gone while its document stands, found in another one."""
        with self.writing() as db:
            db.execute("DELETE FROM files WHERE source = ? AND path = ?", (file.source, file.path))

    def touch(self, file: FileRecord) -> None:
        """Remember a file whose document did not change."""
        with self.writing() as db:
            db.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?)", file)

    def _forget(self, db: sqlite3.Connection, document_id: str) -> list[tuple[bytes]]:
        """Delete a document, note its rows as removed, and return the keys of the vectors it used."""
        db.execute("UPDATE facts SET value = CAST(value AS INTEGER) + 1 WHERE name = 'generation'")
        db.execute(
            "INSERT INTO removed_rows SELECT (SELECT CAST(value AS INTEGER) FROM facts WHERE name = 'generation'), row"
            " FROM passages WHERE document_id = ?",
            (document_id,),
        )
        used = db.execute("SELECT DISTINCT embedded FROM passages WHERE document_id = ?", (document_id,)).fetchall()
        db.execute("DELETE FROM documents WHERE id = ?", (document_id,))
        return used

    def _drop_unused(self, db: sqlite3.Connection, keys: Iterable[tuple[bytes]]) -> None:
        stale = [key for key in keys if not db.execute("SELECT 1 FROM passages WHERE embedded = ?", key).fetchone()]
        for table in ("vectors", "token_codes"):
            db.executemany(f"DELETE FROM {table} WHERE embedded = ?", stale)

    # originals: the files as they were read

    def original(self, sha256: str) -> Path:
        """Return where the file of this content is kept."""
        return self.originals.path(sha256)

    def originals_of(self, document_id: str) -> set[str]:
        """Return the contents a document and its former versions were read from."""
        named = "SELECT original FROM documents WHERE id = ?1"
        former = "SELECT original FROM versions WHERE document_id = ?1"
        return {one for (one,) in self.db.execute(f"{named} UNION {former}", (document_id,)) if one}

    def drop_originals(self, contents: Iterable[str]) -> None:
        """Delete kept files that no document and no former version was read from."""
        for sha256 in contents:
            named = "SELECT 1 FROM documents WHERE original = ?1 UNION SELECT 1 FROM versions WHERE original = ?1"
            if self.db.execute(named, (sha256,)).fetchone() is None:
                self.original(sha256).unlink(missing_ok=True)

    def keep_original(self, content: IO[bytes]) -> str:
        """Keep a file's content, once, and return its SHA-256. Raises OSError."""
        return self.originals.keep(content)


def _insert(db: sqlite3.Connection, document: Document, since: str) -> None:
    """Write a document and what hangs on it but its passages."""
    meta = document.metadata
    db.execute(
        "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(document.id, document.source, document.path, document.original, document.fingerprint),
            *(meta.audience.rank, meta.kind, meta.language),
            *(str(day) if day else None for day in (meta.published, meta.valid_from, meta.valid_to)),
            *(metadata_to_json(meta), document.text, since),
        ),
    )
    listed = {(document.id, name, value) for name in LISTED for value in getattr(meta, name)}
    db.executemany("INSERT INTO document_values VALUES (?, ?, ?)", sorted(listed))
    db.executemany(
        "INSERT INTO sections VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (document.id, position, one.label, one.heading, one.language, one.start, one.end)
            for position, one in enumerate(document.sections)
        ],
    )
