"""Passages by their rows: their offsets and texts, vectors and token codes."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from index.documents import Access, Audience, Metadata, Passage
from index.store.corrections import HiddenDocuments, hidden_ids
from index.store.database import Connection, Cursor, Database
from index.store.records import EmbeddedPassage, build_condition, metadata_from_json
from index.types import Codes, Filter, Rows, StoredPassage, StoredVector, Vectors

_PASSAGES_AND_METADATA: Final = """
    SELECT p.row, p.document_id, p.start, p."end", substr(d.text, p.start + 1, p."end" - p.start),
           s.label, p.language, p.context, d.metadata
    FROM passages p JOIN documents d ON d.id = p.document_id
    JOIN sections s ON s.document_id = p.document_id AND s.position = p.section
"""
_PASSAGES_WITHOUT_TEXT: Final = """
    SELECT p.row, p.document_id, p.start, p."end", s.label, p.language, p.context
    FROM passages p JOIN sections s ON s.document_id = p.document_id AND s.position = p.section
"""
_TOKEN_CENTRE: Final = "token centre"  # the fact


@dataclass(frozen=True)
class PassageTable:
    """The passages. Their rows come from a filter (`select_rows`); whoever reads them by row says for whom once more.

    Passages of withdrawn documents are left out all the same.
    """

    database: Database
    hidden: HiddenDocuments | None

    # by row

    def read(self, rows: Iterable[int], access: Access) -> dict[int, Passage]:
        """Return the passages of these rows, chosen by a filter of this access; a row that is gone is left out.

        A server leaves out what the access may not see, should the rows be wrong.
        """
        passages = self.read_without_texts(rows, access)
        return dict(zip(passages, self.fill_texts(passages.values(), access), strict=True))

    def read_without_texts(self, rows: Iterable[int], access: Access) -> dict[int, Passage]:
        """Return the passages of these rows as `read` does, but without their texts: for what may not be shown."""
        withdrawn = self.hidden.withdrawals.ids if self.hidden else frozenset()
        query = f"{_PASSAGES_WITHOUT_TEXT} WHERE {self._among_rows}"
        selected = self.database.as_reader(access).execute(query, (_as_json(rows),))
        return {
            row: Passage(document_id, start, end, "", label, language, context)
            for row, document_id, start, end, label, language, context in selected
            if document_id not in withdrawn
        }

    def fill_texts(self, passages: Iterable[Passage], access: Access) -> list[Passage]:
        """Return the passages with their texts, in the order given.

        A document is read once for all of its passages: a slice in SQL reads the whole text each time.
        """
        passages = list(passages)
        texts = self._texts({passage.document_id for passage in passages}, access)
        return [replace(passage, text=texts[passage.document_id][passage.start : passage.end]) for passage in passages]

    def token_codes(self, rows: Iterable[int], width: int) -> dict[int, Codes]:
        """Return the token codes of these rows' passages, (tokens, width) each; rows without are left out."""
        query = (
            "SELECT p.row, t.codes FROM passages p JOIN token_codes t ON t.embedded = p.embedded"
            f" WHERE {self._among_rows}"
        )
        coded = self._execute(query, (_as_json(rows),))
        return {row: np.frombuffer(codes, np.uint8).reshape(-1, width) for row, codes in coded}

    def select_rows(self, within: Filter) -> Rows:
        """Return the rows of the passages that pass the filter, sorted: the one truth every arm is held to."""
        visible = within.without_documents(hidden_ids(self.hidden, within.access))
        condition = build_condition(visible, self.database.dialect)
        selected = self.database.as_reader(within.access).execute(
            "SELECT p.row FROM passages p JOIN documents d ON d.id = p.document_id"
            f" WHERE {condition.sql} ORDER BY p.row",
            condition.values,
        )
        return np.fromiter((row for (row,) in selected), np.int64)

    # of a document

    def vectors_of(self, document_id: str) -> Vectors:
        """Return the vectors of a document's passages in the text's order."""
        query = (
            "SELECT v.vector FROM passages p JOIN vectors v ON v.embedded = p.embedded"
            " WHERE p.document_id = ? ORDER BY p.start"
        )
        vectors = [np.frombuffer(vector, np.float32) for (vector,) in self._execute(query, (document_id,))]
        return np.array(vectors, np.float32) if vectors else np.empty((0, 1), np.float32)

    def read_with_keys(self, document_id: str) -> list[tuple[Passage, bytes]]:
        """Return a document's passages, each with the key of its vector."""
        keys = dict(self._execute("SELECT row, embedded FROM passages WHERE document_id = ?", (document_id,)))
        return [(passage, keys[row]) for row, passage in self.read(keys, Access(Audience.STAFF)).items()]

    # all, for what is derived from them

    def count(self) -> int:
        return int(self._execute("SELECT count(*) FROM passages").fetchone()[0])

    def iterate_rows(self) -> Iterator[tuple[int, str, str]]:
        """Yield each passage's row, document and language, in order of row."""
        return self.database.stream("SELECT row, document_id, language FROM passages ORDER BY row")

    def iterate_after(self, row: int) -> Iterator[StoredPassage]:
        """Yield every passage whose row is higher, in order of row, with the metadata of its document."""
        last: dict[str, Metadata] = {}
        query = f"{_PASSAGES_AND_METADATA} WHERE p.row > ? ORDER BY p.row"
        for number, *columns, metadata in self.database.stream(query, (row,)):
            passage = Passage(*columns)
            if passage.document_id not in last:
                last = {passage.document_id: metadata_from_json(metadata)}
            yield StoredPassage(number, passage, last[passage.document_id])

    def removed_since(self, generation: int) -> list[int]:
        """Return the rows that were removed after that generation."""
        removed = self._execute("SELECT row FROM removed_rows WHERE generation > ?", (generation,))
        return [row for (row,) in removed]

    def iterate_vectors_after(self, row: int) -> Iterator[tuple[int, bytes]]:
        """Yield each row that is higher, in order, with its vector's float32."""
        query = "SELECT p.row, v.vector FROM passages p JOIN vectors v ON v.embedded = p.embedded WHERE p.row > ?"
        return self.database.stream(f"{query} ORDER BY p.row", (row,))

    def vectors(self) -> tuple[Rows, Vectors]:
        """Return every row, sorted, and their vectors, float32 of shape (rows, dimension)."""
        stored = list(self.iterate_vectors_after(0))
        rows = np.array([row for row, _ in stored], np.int64)
        joined = np.frombuffer(b"".join(vector for _, vector in stored), np.float32)
        return rows, joined.reshape(len(rows), -1) if len(rows) else np.empty((0, 1), np.float32)

    def unknown_vectors(self, keys: Iterable[bytes]) -> list[bytes]:
        """Return those keys, once each and in order, whose vectors are not stored yet."""
        query = "SELECT 1 FROM vectors WHERE embedded = ?"
        return [key for key in dict.fromkeys(keys) if self._execute(query, (key,)).fetchone() is None]

    def token_centre(self) -> Vectors | None:
        """Return the centre the token codes were made with, None before the first."""
        recorded = self.database.fact(_TOKEN_CENTRE)
        return np.frombuffer(bytes.fromhex(recorded), np.float32) if recorded else None

    def record_token_centre(self, centre: Vectors) -> Vectors:
        """Record the centre unless another process was quicker, and return the recorded one."""
        recorded = self.database.record_first(_TOKEN_CENTRE, centre.astype(np.float32).tobytes().hex())
        return np.frombuffer(bytes.fromhex(recorded), np.float32)

    # writing

    def drop_unused_vectors(self) -> None:
        """Delete the vectors and token codes that no passage uses."""
        with self.database.transaction() as db:
            for table in ("vectors", "token_codes"):
                db.execute(f"DELETE FROM {table} WHERE embedded NOT IN (SELECT embedded FROM passages)")

    def _execute(self, query: str, values: Sequence[Any] = ()) -> Cursor:
        """Read for the index itself: what is computed with, and shown to nobody."""
        return self.database.as_index.execute(query, values)

    @property
    def _among_rows(self) -> str:
        """Return the condition that a passage `p` is of the rows in a JSON array."""
        return self.database.dialect.is_among("p.row", "?")

    def _texts(self, document_ids: Iterable[str], access: Access) -> dict[str, str]:
        """Return the texts of these documents by id, in one statement: a server is asked once."""
        dialect = self.database.dialect
        query = f"SELECT id, text FROM documents WHERE {dialect.among('id', dialect.texts('?'))}"
        return dict(self.database.as_reader(access).execute(query, (json.dumps(sorted(document_ids)),)).fetchall())


def insert_passages(
    db: Connection,
    document_id: str,
    passages: Sequence[EmbeddedPassage],
    vectors: Mapping[bytes, Vectors],
    codes: Mapping[bytes, Codes],
) -> None:
    """Write a document's passages, and the vectors and token codes that are not stored yet, by their keys."""
    db.executemany(
        "INSERT INTO vectors VALUES (?, ?, ?) ON CONFLICT (embedded) DO NOTHING",
        [
            _with_checksum(key, StoredVector(np.asarray(vector, np.float32).tobytes()))
            for key, vector in vectors.items()
        ],
    )
    db.executemany(
        "INSERT INTO token_codes VALUES (?, ?, ?) ON CONFLICT (embedded) DO NOTHING",
        [_with_checksum(key, code.tobytes()) for key, code in codes.items()],
    )
    db.executemany(
        'INSERT INTO passages (document_id, section, start, "end", language, context, embedded)'
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (document_id, section, passage.start, passage.end, passage.language, passage.context, key)
            for passage, section, key in passages
        ],
    )


def _as_json(rows: Iterable[int]) -> str:
    return json.dumps([int(row) for row in rows])


def _with_checksum(key: bytes, content: bytes) -> tuple[bytes, bytes, int]:
    return key, content, zlib.crc32(content)


def mark_removed(db: Connection, document_id: str) -> list[tuple[bytes]]:
    """Note the rows of a document's passages as removed, and return the keys of the vectors they used."""
    db.execute(
        "INSERT INTO removed_rows SELECT (SELECT CAST(value AS bigint) FROM facts WHERE name = 'generation'), row"
        " FROM passages WHERE document_id = ?",
        (document_id,),
    )
    return db.execute("SELECT DISTINCT embedded FROM passages WHERE document_id = ?", (document_id,)).fetchall()


def delete_unused_vectors(db: Connection, keys: Iterable[tuple[bytes]]) -> None:
    """Delete the vectors and token codes of these keys that no passage uses any more."""
    stale = [key for key in keys if not db.execute("SELECT 1 FROM passages WHERE embedded = ?", key).fetchone()]
    for table in ("vectors", "token_codes"):
        db.executemany(f"DELETE FROM {table} WHERE embedded = ?", stale)
