"""The store: one SQLite file that holds documents, passages, vectors, and the choices they were made with.

Everything else (FAISS, tantivy) is derived from it. Readers see the state between two transactions, never inside one.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from index.documents import Audience, Document, Metadata, Passage, Section
from index.errors import IndexMismatch, StoreError, UnknownDocument
from index.interfaces import DocumentCard, Filter, ListedDocument, Rows, StoredPassage, Vectors
from index.late import Codes
from index.records import LISTED, condition, metadata_from_json, metadata_to_json
from index.schema import migrate
from index.works import Link


class FileRecord(NamedTuple):
    """What is remembered of a file that became a document; an equal `stamp` means nothing to do."""

    source: str
    path: str
    size: int
    modified_ns: int
    stamp: str
    document_id: str


class EmbeddedPassage(NamedTuple):
    """A passage with its section's number and the key of its vector: a hash of the embedder and the embedded text."""

    passage: Passage
    section: int
    embedded: bytes


class Store:
    """One store, one connection a thread. Raises StoreError when the file cannot be used."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        if not create and not path.is_file():
            raise StoreError(f"{path}: no index here yet. Run `passerelle-ingest corpus/` (or `make serve`) first.")
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._local = threading.local()
        try:
            migrate(self._db, str(path))
            with self._writing() as db:
                db.execute("INSERT OR IGNORE INTO facts VALUES ('lineage', ?)", (uuid.uuid4().hex,))
                db.execute("INSERT OR IGNORE INTO facts VALUES ('generation', '0')")
        except sqlite3.DatabaseError as error:
            raise StoreError(
                f"{path}: not a usable store ({error}). Restore it from a backup, or remove it."
            ) from error

    @property
    def _db(self) -> sqlite3.Connection:
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        if db is None:
            db = sqlite3.connect(self.path, timeout=30, isolation_level=None)
            db.execute("PRAGMA foreign_keys = ON")
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA mmap_size = 1073741824")
            self._local.db = db
        return db

    def close(self) -> None:
        """Close this thread's connection."""
        if getattr(self._local, "db", None) is not None:
            self._local.db.close()
            self._local.db = None

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        db = self._db
        db.execute("BEGIN IMMEDIATE")
        try:
            yield db
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Hold one snapshot: whatever is read inside belongs to one generation."""
        db = self._db
        if db.in_transaction:
            yield
            return
        db.execute("BEGIN")
        try:
            yield
        finally:
            db.execute("COMMIT")

    # facts

    def fact(self, name: str) -> str:
        """Return a recorded fact, "" when there is none."""
        found = self._db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return str(found[0]) if found else ""

    def record(self, name: str, value: str) -> None:
        with self._writing() as db:
            db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def require(self, name: str, value: str) -> None:
        """Record a choice the index is made with, or hold it to the recorded one. Raises IndexMismatch."""
        recorded = self.fact(name)
        if not recorded:
            self.record(name, value)
        elif recorded != value:
            raise IndexMismatch(
                f"{self.path}: built with {name} {recorded!r}, asked for {value!r}. Set it back, or build the index "
                "anew: set PASSERELLE_DATA to another folder and run `passerelle-ingest` on your sources."
            )

    def centre(self) -> Vectors | None:
        """Return the centre the token codes were made with, None before the first."""
        recorded = self.fact("token centre")
        return np.frombuffer(bytes.fromhex(recorded), np.float32) if recorded else None

    def record_centre(self, centre: Vectors) -> None:
        self.record("token centre", centre.astype(np.float32).tobytes().hex())

    @property
    def generation(self) -> int:
        """Grow by one with each document put or removed."""
        return int(self.fact("generation"))

    @property
    def lineage(self) -> str:
        """Tell this store from any other, so that a derived index is never taken for another's."""
        return self.fact("lineage")

    # writing

    def put(
        self,
        document: Document,
        passages: Sequence[EmbeddedPassage],
        vectors: dict[bytes, Vectors],
        file: FileRecord | None = None,
        codes: dict[bytes, Codes] | None = None,
    ) -> None:
        """Put a document in place of the one with its id, in one transaction. `vectors` holds those not yet stored."""
        meta = document.metadata
        with self._writing() as db:
            stale = self._forget(db, document.id)
            db.execute(
                "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(document.id, document.source, document.path, document.original, document.fingerprint),
                    *(meta.audience.rank, meta.kind, meta.language),
                    *(str(day) if day else None for day in (meta.published, meta.valid_from, meta.valid_to)),
                    *(metadata_to_json(meta), document.text),
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
            db.executemany(
                "INSERT OR IGNORE INTO vectors VALUES (?, ?)",
                [(key, np.asarray(vector, np.float32).tobytes()) for key, vector in vectors.items()],
            )
            db.executemany(
                "INSERT OR IGNORE INTO token_codes VALUES (?, ?)",
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
        """Remove a document and everything that hangs on it, in one transaction."""
        with self._writing() as db:
            self._drop_unused(db, self._forget(db, document_id))

    def touch(self, file: FileRecord) -> None:
        """Remember a file whose document did not change."""
        with self._writing() as db:
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

    # reading

    def files(self, source: str) -> dict[str, FileRecord]:
        """Return what is remembered of the source's files, by path."""
        found = self._db.execute("SELECT * FROM files WHERE source = ?", (source,))
        return {record.path: record for record in map(FileRecord._make, found)}

    def owner(self, document_id: str) -> tuple[str, str] | None:
        """Return the (source, path) a document came from, None when there is no such document."""
        found = self._db.execute("SELECT source, path FROM documents WHERE id = ?", (document_id,)).fetchone()
        return (found[0], found[1]) if found else None

    def fingerprint(self, document_id: str) -> str:
        """Return the stored document's fingerprint, "" when there is no such document."""
        found = self._db.execute("SELECT fingerprint FROM documents WHERE id = ?", (document_id,)).fetchone()
        return str(found[0]) if found else ""

    def unknown_vectors(self, keys: Iterable[bytes]) -> list[bytes]:
        """Return those keys, once each and in order, whose vectors are not stored yet."""
        known = "SELECT 1 FROM vectors WHERE embedded = ?"
        return [key for key in dict.fromkeys(keys) if self._db.execute(known, (key,)).fetchone() is None]

    def count(self) -> tuple[int, int]:
        """Return how many documents and how many passages there are."""
        (documents,) = self._db.execute("SELECT count(*) FROM documents").fetchone()
        (passages,) = self._db.execute("SELECT count(*) FROM passages").fetchone()
        return documents, passages

    def document(self, document_id: str, audience: Audience) -> Document:
        """Return a document whole. Raises UnknownDocument, also when the audience may not see it."""
        with self.reading():
            found = self._db.execute(
                "SELECT id, text, metadata, source, path, original FROM documents WHERE id = ? AND audience <= ?",
                (document_id, audience.rank),
            ).fetchone()
            if found is None:
                raise UnknownDocument(f"No document {document_id!r}.")
            sections = self._db.execute(
                'SELECT label, start, "end", heading, language FROM sections WHERE document_id = ? ORDER BY position',
                (document_id,),
            )
            _, text, metadata, source, path, original = found
            placed = tuple(Section(*one) for one in sections)
        metadata = metadata_from_json(metadata)
        return Document(document_id, text, placed, metadata, source=source, path=path, original=original)

    def cards(self, document_ids: Sequence[str], audience: Audience) -> dict[str, DocumentCard]:
        """Return the documents of these ids that the audience may see, without their texts."""
        marks = ", ".join("?" * len(document_ids))
        found = self._db.execute(
            f"SELECT id, metadata, path, original FROM documents WHERE id IN ({marks}) AND audience <= ?",
            (*document_ids, audience.rank),
        )
        return {one[0]: DocumentCard(one[0], metadata_from_json(one[1]), *one[2:]) for one in found}

    def listed(self, audience: Audience) -> list[ListedDocument]:
        """Return every document the audience may see, by id, with its fingerprint."""
        found = self._db.execute(
            "SELECT id, metadata, path, original, fingerprint FROM documents WHERE audience <= ? ORDER BY id",
            (audience.rank,),
        )
        return [ListedDocument(DocumentCard(one[0], metadata_from_json(one[1]), *one[2:4]), one[4]) for one in found]

    def links(self, audience: Audience) -> list[Link]:
        """Return which documents the audience may see are translations, each with the document it names."""
        found = self._db.execute(
            "SELECT id, json_extract(metadata, '$.translation_of') AS named FROM documents"
            " WHERE audience <= ? AND named IS NOT NULL ORDER BY id",
            (audience.rank,),
        )
        return [Link(*one) for one in found]

    def rows(self, within: Filter) -> Rows:
        """Return the rows of the passages that pass the filter, sorted: the one truth every arm is held to."""
        wanted = condition(within)
        found = self._db.execute(
            f"SELECT p.row FROM passages p JOIN documents d ON d.id = p.document_id WHERE {wanted.sql} ORDER BY p.row",
            wanted.values,
        )
        return np.fromiter((row for (row,) in found), np.int64)

    def passages(self, rows: Iterable[int]) -> dict[int, Passage]:
        """Return the passages of these rows; a row that is gone is left out."""
        query = f"{_PASSAGES} WHERE p.row = ?"
        found = (self._db.execute(query, (int(row),)).fetchone() for row in rows)
        return {one[0]: _passage(one) for one in found if one is not None}

    def passages_after(self, row: int) -> Iterator[StoredPassage]:
        """Yield every passage whose row is higher, in order of row, with the metadata of its document."""
        known: dict[str, Metadata] = {}
        for one in self._db.execute(f"{_PASSAGES_AND_METADATA} WHERE p.row > ? ORDER BY p.row", (row,)):
            if one[1] not in known:
                known = {one[1]: metadata_from_json(one[-1])}
            yield StoredPassage(one[0], _passage(one[:-1]), known[one[1]])

    def token_codes(self, rows: Iterable[int], width: int) -> dict[int, Codes]:
        """Return the token codes of these rows' passages, (tokens, width) each; rows without are left out."""
        query = "SELECT t.codes FROM passages p JOIN token_codes t ON t.embedded = p.embedded WHERE p.row = ?"
        found = ((row, self._db.execute(query, (int(row),)).fetchone()) for row in rows)
        return {row: np.frombuffer(one[0], np.uint8).reshape(-1, width) for row, one in found if one is not None}

    def languages(self) -> dict[int, str]:
        """Return the language of each row's passage."""
        return dict(self._db.execute("SELECT row, language FROM passages"))

    def rows_removed_since(self, generation: int) -> list[int]:
        found = self._db.execute("SELECT row FROM removed_rows WHERE generation > ?", (generation,))
        return [row for (row,) in found]

    def vectors(self) -> tuple[Rows, Vectors]:
        """Return every row, sorted, and their vectors, float32 of shape (rows, dimension)."""
        found = self._db.execute(
            "SELECT p.row, v.vector FROM passages p JOIN vectors v ON v.embedded = p.embedded ORDER BY p.row"
        ).fetchall()
        rows = np.array([row for row, _ in found], np.int64)
        joined = np.frombuffer(b"".join(vector for _, vector in found), np.float32)
        return rows, joined.reshape(len(rows), -1) if len(rows) else np.empty((0, 1), np.float32)

    # originals: the files as they were read, by content

    def original(self, sha256: str) -> Path:
        """Return where the file of this content is kept."""
        return self.path.parent / "originals" / sha256[:2] / sha256

    def keep_original(self, content: bytes) -> str:
        """Keep a file's content as it was read, once, and return its SHA-256."""
        sha256 = hashlib.sha256(content).hexdigest()
        kept = self.original(sha256)
        if not kept.is_file():
            kept.parent.mkdir(parents=True, exist_ok=True)
            unfinished = kept.with_suffix(f".{os.getpid()}")
            unfinished.write_bytes(content)
            unfinished.replace(kept)
        return sha256


_PASSAGES_AND_METADATA = """
    SELECT p.row, p.document_id, p.start, p."end", substr(d.text, p.start + 1, p."end" - p.start),
           s.label, p.language, p.context, d.metadata
    FROM passages p JOIN documents d ON d.id = p.document_id
    JOIN sections s ON s.document_id = p.document_id AND s.position = p.section
"""
_PASSAGES = _PASSAGES_AND_METADATA.replace(", d.metadata", "")


def _passage(columns: tuple[Any, ...]) -> Passage:
    _, document_id, start, end, text, label, language, context = columns
    return Passage(document_id, start, end, text, label, language, context)
