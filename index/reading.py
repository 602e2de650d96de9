"""The read side of the store: what stands in it between two transactions, never inside one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from index import versions
from index.database import Database
from index.documents import Audience, Document, Metadata, Passage, Section
from index.errors import UnknownDocument
from index.interfaces import DocumentCard, Filter, ListedDocument, Rows, StoredPassage, Vectors
from index.late import Codes
from index.records import FileRecord, condition, metadata_from_json
from index.versions import DocumentVersion
from index.withdrawals import Withdrawals
from index.works import Link


class StoreReader(Database):
    """Documents, passages and vectors as the last transaction left them, each only for those who may see it.

    What is withdrawn is for nobody, whether it is stored still or not.
    """

    withdrawn: Withdrawals

    def standing(self, within: Filter) -> Filter:
        """Return the filter that also leaves out what is withdrawn now: the one every arm is to search within."""
        return replace(within, without=within.without | self.withdrawn.ids) if self.withdrawn.ids else within

    def files(self, source: str) -> dict[str, FileRecord]:
        """Return what is remembered of the source's files, by path."""
        found = self.db.execute("SELECT * FROM files WHERE source = ?", (source,))
        return {record.path: record for record in map(FileRecord._make, found)}

    def owner(self, document_id: str) -> tuple[str, str] | None:
        """Return the (source, path) a document came from, None when there is no such document."""
        found = self.db.execute("SELECT source, path FROM documents WHERE id = ?", (document_id,)).fetchone()
        return (found[0], found[1]) if found else None

    def fingerprint(self, document_id: str) -> str:
        """Return the stored document's fingerprint, "" when there is no such document."""
        found = self.db.execute("SELECT fingerprint FROM documents WHERE id = ?", (document_id,)).fetchone()
        return str(found[0]) if found else ""

    def unknown_vectors(self, keys: Iterable[bytes]) -> list[bytes]:
        """Return those keys, once each and in order, whose vectors are not stored yet."""
        known = "SELECT 1 FROM vectors WHERE embedded = ?"
        return [key for key in dict.fromkeys(keys) if self.db.execute(known, (key,)).fetchone() is None]

    def count(self) -> tuple[int, int]:
        """Return how many documents and how many passages there are."""
        (documents,) = self.db.execute("SELECT count(*) FROM documents").fetchone()
        (passages,) = self.db.execute("SELECT count(*) FROM passages").fetchone()
        return documents, passages

    def document(self, document_id: str, audience: Audience) -> Document:
        """Return a document whole. Raises UnknownDocument, also when the audience may not see it."""
        with self.reading():
            found = self.db.execute(
                "SELECT id, text, metadata, source, path, original FROM documents WHERE id = ? AND audience <= ?",
                (document_id, audience.rank),
            ).fetchone()
            if found is None or document_id in self.withdrawn.ids:
                raise UnknownDocument(f"No document {document_id!r}.")
            sections = self.db.execute(
                'SELECT label, start, "end", heading, language FROM sections WHERE document_id = ? ORDER BY position',
                (document_id,),
            )
            _, text, metadata, source, path, original = found
            placed = tuple(Section(*one) for one in sections)
        metadata = metadata_from_json(metadata)
        return Document(document_id, text, placed, metadata, source=source, path=path, original=original)

    def versions(self, document_id: str, audience: Audience) -> list[DocumentVersion]:
        """Return the versions of a document that the audience may see, oldest first. Raises UnknownDocument."""
        with self.reading():
            if not self.cards([document_id], audience):
                raise UnknownDocument(f"No document {document_id!r}.")
            return versions.all_versions(self.db, document_id, audience)

    def version(self, document_id: str, number: int, audience: Audience) -> Document:
        """Return a version whole, for those who may see both it and the present one. Raises UnknownDocument."""
        with self.reading():
            if number == versions.present_number(self.versions(document_id, audience)):
                return self.document(document_id, audience)
            return versions.former_version(self.db, document_id, number, audience)

    def paths(self, document_id: str) -> list[str]:
        """Return the paths below their sources of all files this document was found in, its own first."""
        found = self.db.execute(
            "SELECT f.path FROM files f JOIN documents d ON d.id = f.document_id WHERE f.document_id = ?"
            " ORDER BY f.path <> d.path, f.source, f.path",
            (document_id,),
        )
        return list(dict.fromkeys(path for (path,) in found))

    def cards(self, document_ids: Sequence[str], audience: Audience) -> dict[str, DocumentCard]:
        """Return the documents of these ids that the audience may see, without their texts."""
        marks = ", ".join("?" * len(document_ids))
        found = self.db.execute(
            f"SELECT id, metadata, path, original FROM documents WHERE id IN ({marks}) AND audience <= ?",
            (*document_ids, audience.rank),
        )
        hidden = self.withdrawn.ids
        return {
            one[0]: DocumentCard(one[0], metadata_from_json(one[1]), *one[2:]) for one in found if one[0] not in hidden
        }

    def listed(self, audience: Audience) -> list[ListedDocument]:
        """Return every document the audience may see, by id, with its fingerprint."""
        found = self.db.execute(
            "SELECT id, metadata, path, original, fingerprint FROM documents WHERE audience <= ? ORDER BY id",
            (audience.rank,),
        )
        hidden = self.withdrawn.ids
        return [
            ListedDocument(DocumentCard(one[0], metadata_from_json(one[1]), *one[2:4]), one[4])
            for one in found
            if one[0] not in hidden
        ]

    def links(self, audience: Audience) -> list[Link]:
        """Return which documents the audience may see are translations, each with the document it names."""
        found = self.db.execute(
            "SELECT id, json_extract(metadata, '$.translation_of') AS named FROM documents"
            " WHERE audience <= ? AND named IS NOT NULL ORDER BY id",
            (audience.rank,),
        )
        hidden = self.withdrawn.ids
        return [Link(*one) for one in found if one[0] not in hidden]

    def fingerprints(self) -> list[tuple[str, str, int]]:
        """Return every document's id, by id, with its fingerprint and the rank of its audience."""
        return self.db.execute("SELECT id, fingerprint, audience FROM documents ORDER BY id").fetchall()

    def texts(self, document_ids: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Yield the ids with their texts, whatever their audience: for what is derived, never for a reader."""
        for one in document_ids:
            yield from self.db.execute("SELECT id, text FROM documents WHERE id = ?", (one,))

    def rows(self, within: Filter) -> Rows:
        """Return the rows of the passages that pass the filter, sorted: the one truth every arm is held to."""
        wanted = condition(self.standing(within))
        found = self.db.execute(
            f"SELECT p.row FROM passages p JOIN documents d ON d.id = p.document_id WHERE {wanted.sql} ORDER BY p.row",
            wanted.values,
        )
        return np.fromiter((row for (row,) in found), np.int64)

    def documents_within(self, within: Filter) -> Iterator[str]:
        """Yield the ids of the documents that pass the filter, whatever language their passages are in."""
        wanted = condition(replace(self.standing(within), languages=frozenset()))
        return (one for (one,) in self.db.execute(f"SELECT d.id FROM documents d WHERE {wanted.sql}", wanted.values))

    def placed(self) -> Iterator[tuple[int, str, str]]:
        """Yield each passage's row, document and language, in order of row."""
        return iter(self.db.execute("SELECT row, document_id, language FROM passages ORDER BY row"))

    def passages(self, rows: Iterable[int]) -> dict[int, Passage]:
        """Return the passages of these rows; a row that is gone is left out."""
        places = self.places(rows)
        return dict(zip(places, self.with_texts(places.values()), strict=True))

    def places(self, rows: Iterable[int]) -> dict[int, Passage]:
        """Return the passages of these rows as `passages` does, but without their texts: for what may not be shown."""
        hidden = self.withdrawn.ids
        return {
            row: Passage(document_id, start, end, "", label, language, context)
            for row, document_id, start, end, label, language, context in self._of_rows(_PLACES, rows)
            if document_id not in hidden
        }

    def with_texts(self, places: Iterable[Passage]) -> list[Passage]:
        """Return passages with their texts, in the order given.

        A document is read once for all of its passages: a slice in SQL reads the whole text each time.
        """
        wanted = list(places)
        texts = {document_id: self._text(document_id) for document_id in {one.document_id for one in wanted}}
        return [replace(one, text=texts[one.document_id][one.start : one.end]) for one in wanted]

    def _text(self, document_id: str) -> str:
        (text,) = self.db.execute("SELECT text FROM documents WHERE id = ?", (document_id,)).fetchone()
        return str(text)

    def _of_rows(self, query: str, rows: Iterable[int]) -> Iterator[tuple[Any, ...]]:
        """Yield what the query finds of the passages `p` of these rows, in no order."""
        among = json.dumps([int(row) for row in rows])
        return iter(self.db.execute(f"{query} WHERE p.row IN (SELECT value FROM json_each(?))", (among,)))

    def passages_after(self, row: int) -> Iterator[StoredPassage]:
        """Yield every passage whose row is higher, in order of row, with the metadata of its document."""
        known: dict[str, Metadata] = {}
        for one in self.db.execute(f"{_PASSAGES_AND_METADATA} WHERE p.row > ? ORDER BY p.row", (row,)):
            if one[1] not in known:
                known = {one[1]: metadata_from_json(one[-1])}
            yield StoredPassage(one[0], _passage(one[:-1]), known[one[1]])

    def token_codes(self, rows: Iterable[int], width: int) -> dict[int, Codes]:
        """Return the token codes of these rows' passages, (tokens, width) each; rows without are left out."""
        query = "SELECT p.row, t.codes FROM passages p JOIN token_codes t ON t.embedded = p.embedded"
        found = self._of_rows(query, rows)
        return {row: np.frombuffer(codes, np.uint8).reshape(-1, width) for row, codes in found}

    def rows_removed_since(self, generation: int) -> list[int]:
        found = self.db.execute("SELECT row FROM removed_rows WHERE generation > ?", (generation,))
        return [row for (row,) in found]

    def vectors_after(self, row: int) -> Iterator[tuple[int, bytes]]:
        """Yield each row that is higher, in order, with its vector's float32."""
        query = "SELECT p.row, v.vector FROM passages p JOIN vectors v ON v.embedded = p.embedded WHERE p.row > ?"
        return iter(self.db.execute(f"{query} ORDER BY p.row", (row,)))

    def vectors(self) -> tuple[Rows, Vectors]:
        """Return every row, sorted, and their vectors, float32 of shape (rows, dimension)."""
        found = list(self.vectors_after(0))
        rows = np.array([row for row, _ in found], np.int64)
        joined = np.frombuffer(b"".join(vector for _, vector in found), np.float32)
        return rows, joined.reshape(len(rows), -1) if len(rows) else np.empty((0, 1), np.float32)

    def vectors_of(self, document_id: str, audience: Audience) -> Vectors:
        """Return the vectors of a document's passages in the text's order. Raises UnknownDocument."""
        if not self.cards([document_id], audience):
            raise UnknownDocument(f"No document {document_id!r}.")
        query = (
            "SELECT v.vector FROM passages p JOIN vectors v ON v.embedded = p.embedded"
            " WHERE p.document_id = ? ORDER BY p.start"
        )
        found = [np.frombuffer(vector, np.float32) for (vector,) in self.db.execute(query, (document_id,))]
        return np.array(found, np.float32) if found else np.empty((0, 1), np.float32)


_PASSAGES_AND_METADATA = """
    SELECT p.row, p.document_id, p.start, p."end", substr(d.text, p.start + 1, p."end" - p.start),
           s.label, p.language, p.context, d.metadata
    FROM passages p JOIN documents d ON d.id = p.document_id
    JOIN sections s ON s.document_id = p.document_id AND s.position = p.section
"""
_PLACES = """
    SELECT p.row, p.document_id, p.start, p."end", s.label, p.language, p.context
    FROM passages p JOIN sections s ON s.document_id = p.document_id AND s.position = p.section
"""


def _passage(columns: tuple[Any, ...]) -> Passage:
    _, document_id, start, end, text, label, language, context = columns
    return Passage(document_id, start, end, text, label, language, context)
