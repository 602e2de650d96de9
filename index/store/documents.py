"""The read side of the store: what stands in it between two transactions, never inside one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from index.documents import Audience, Document, Section
from index.errors import UnknownDocument
from index.ranking.works import Link
from index.store import versions
from index.store.passages import PassageReader
from index.store.records import FileRecord, condition, metadata_from_json
from index.store.versions import DocumentVersion
from index.types import DocumentCard, Filter, ListedDocument, Rows, Vectors


class StoreReader(PassageReader):
    """Documents, passages and vectors as the last transaction left them, each only for those who may see it.

    What is withdrawn is for nobody, whether it is stored still or not.
    """

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
