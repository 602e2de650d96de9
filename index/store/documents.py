"""Documents as the last transaction left them, each only for who may see it; and the files they were read from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from index.documents import Access, Audience, Document, Section
from index.errors import UnknownDocument
from index.store.corrections import HiddenDocuments, hidden_ids
from index.store.database import Connection, Database
from index.store.records import (
    LISTED,
    Condition,
    FileRecord,
    build_condition,
    build_visibility,
    groups_to_json,
    metadata_from_json,
    metadata_to_json,
)
from index.types import DocumentCard, Filter, ListedDocument, WorkLink


@dataclass(frozen=True)
class DocumentTable:
    """The documents. Those hidden from an access (withdrawn, narrowed) are not there for it, though they are stored."""

    database: Database
    hidden: HiddenDocuments | None

    def read(self, document_id: str, access: Access) -> Document:
        """Return a document whole. Raises UnknownDocument, also when it may not be seen."""
        visible = self._visible_to(access)
        with self.database.snapshot():
            db = self.database.as_reader(access)
            row = db.execute(
                f"SELECT text, metadata, source, path, original FROM documents WHERE id = ? AND {visible.sql}",
                (document_id, *visible.values),
            ).fetchone()
            if row is None or document_id in hidden_ids(self.hidden, access):
                raise UnknownDocument(f"No document {document_id!r}.")
            sections = db.execute(
                'SELECT label, start, "end", heading, language FROM sections WHERE document_id = ? ORDER BY position',
                (document_id,),
            ).fetchall()
        text, metadata, source, path, original = row
        return Document(
            document_id,
            text,
            tuple(Section(*columns) for columns in sections),
            metadata_from_json(metadata),
            source=source,
            path=path,
            original=original,
        )

    def cards(self, document_ids: Sequence[str], access: Access) -> dict[str, DocumentCard]:
        """Return the documents of these ids that may be seen, without their texts."""
        if not document_ids:
            return {}
        marks = ", ".join("?" * len(document_ids))
        visible = self._visible_to(access)
        rows = self.database.as_reader(access).execute(
            f"SELECT id, metadata, path, original FROM documents WHERE id IN ({marks}) AND {visible.sql}",
            (*document_ids, *visible.values),
        )
        hidden = hidden_ids(self.hidden, access)
        return {row[0]: _card(*row) for row in rows if row[0] not in hidden}

    def related_by_succession(self, document_id: str, access: Access) -> list[DocumentCard]:
        """Return the documents that say they replaced this one, or were replaced by it, as far as they may be seen."""
        visible, value_of = self._visible_to(access), self.database.dialect.metadata_value
        rows = self.database.as_reader(access).execute(
            "SELECT id, metadata, path, original FROM documents WHERE"
            f" ({value_of('replaces')} = ? OR {value_of('replaced_by')} = ?) AND {visible.sql} ORDER BY id",
            (document_id, document_id, *visible.values),
        )
        hidden = hidden_ids(self.hidden, access)
        return [_card(*row) for row in rows if row[0] not in hidden]

    def list_documents(self, access: Access) -> list[ListedDocument]:
        """Return every document that may be seen, by id, with its fingerprint and when its text came in."""
        visible = self._visible_to(access)
        rows = self.database.as_reader(access).execute(
            f"SELECT id, metadata, path, original, fingerprint, since FROM documents WHERE {visible.sql} ORDER BY id",
            visible.values,
        )
        hidden = hidden_ids(self.hidden, access)
        return [
            ListedDocument(_card(*card), fingerprint, datetime.fromisoformat(since) if since else None)
            for *card, fingerprint, since in rows
            if card[0] not in hidden
        ]

    def links(self, access: Access) -> list[WorkLink]:
        """Return which documents that may be seen are translations, each with the document it names."""
        visible = self._visible_to(access)
        named = self.database.dialect.metadata_value("translation_of")
        rows = self.database.as_reader(access).execute(
            f"SELECT id, {named} FROM documents WHERE {visible.sql} AND {named} IS NOT NULL ORDER BY id",
            visible.values,
        )
        hidden = hidden_ids(self.hidden, access)
        return [WorkLink(*row) for row in rows if row[0] not in hidden]

    def select_ids(self, within: Filter) -> Iterator[str]:
        """Yield the ids of the documents that pass the filter, whatever language their passages are in."""
        visible = within.without_documents(hidden_ids(self.hidden, within.access))
        condition = build_condition(replace(visible, languages=frozenset()), self.database.dialect)
        query = f"SELECT d.id FROM documents d WHERE {condition.sql}"
        return (
            document_id for (document_id,) in self.database.as_reader(within.access).execute(query, condition.values)
        )

    # whatever their audience, for what is derived and for the jobs that write

    def count(self) -> int:
        return int(self.database.as_index.execute("SELECT count(*) FROM documents").fetchone()[0])

    def owner(self, document_id: str) -> tuple[str, str] | None:
        """Return the (source, path) a document came from, None when there is no such document."""
        row = self.database.as_index.execute(
            "SELECT source, path FROM documents WHERE id = ?", (document_id,)
        ).fetchone()
        return (row[0], row[1]) if row else None

    def fingerprint(self, document_id: str) -> str:
        """Return the stored document's fingerprint, "" when there is no such document."""
        row = self.database.as_index.execute(
            "SELECT fingerprint FROM documents WHERE id = ?", (document_id,)
        ).fetchone()
        return str(row[0]) if row else ""

    def fingerprints(self) -> list[tuple[str, str]]:
        """Return every document's id, by id, with its fingerprint."""
        return self.database.as_index.execute("SELECT id, fingerprint FROM documents ORDER BY id").fetchall()

    def member_groups(self) -> list[str]:
        """Return the groups, by name, that have documents their members see."""
        rows = self.database.as_index.execute(
            f"SELECT DISTINCT value FROM documents, {self.database.dialect.elements('documents.groups')}"
            " WHERE audience <= ?",
            (Audience.MEMBER.rank,),
        )
        return sorted(group for (group,) in rows)

    def texts(self, document_ids: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Yield the ids with their texts."""
        for document_id in document_ids:
            yield from self.database.as_index.execute("SELECT id, text FROM documents WHERE id = ?", (document_id,))

    def without_passages(self) -> list[str]:
        """Return the ids of the documents that have no passages: those an index being rebuilt has yet to do."""
        rows = self.database.as_index.execute(
            "SELECT id FROM documents WHERE id NOT IN (SELECT document_id FROM passages) ORDER BY id"
        )
        return [document_id for (document_id,) in rows]

    def originals(self) -> list[str]:
        """Return the SHA-256 of every original file that a document or a former version was read from."""
        rows = self.database.as_index.execute(
            "SELECT original FROM documents WHERE original <> ''"
            " UNION SELECT original FROM versions WHERE original <> '' ORDER BY 1"
        )
        return [sha256 for (sha256,) in rows]

    def originals_of(self, document_id: str) -> set[str]:
        """Return the SHA-256 of the files that a document and its former versions were read from."""
        present = "SELECT original FROM documents WHERE id = ?"
        former = "SELECT original FROM versions WHERE document_id = ?"
        return {
            sha256
            for (sha256,) in self.database.as_index.execute(f"{present} UNION {former}", (document_id,) * 2)
            if sha256
        }

    def needs_original(self, sha256: str) -> bool:
        """Say whether a document or a former version was read from the file of this content."""
        query = "SELECT 1 FROM documents WHERE original = ? UNION SELECT 1 FROM versions WHERE original = ?"
        return self.database.as_index.execute(query, (sha256, sha256)).fetchone() is not None

    def _visible_to(self, access: Access) -> Condition:
        return build_visibility(access, dialect=self.database.dialect)


@dataclass(frozen=True)
class FileTable:
    """What is remembered of the files that became documents."""

    database: Database

    def of_source(self, source: str) -> dict[str, FileRecord]:
        """Return what is remembered of the source's files, by path."""
        rows = self.database.as_index.execute("SELECT * FROM files WHERE source = ?", (source,))
        return {record.path: record for record in map(FileRecord.from_row, rows)}

    def of_document(self, document_id: str) -> tuple[FileRecord, ...]:
        """Return the files a document was found in, by source and path."""
        rows = self.database.as_index.execute(
            "SELECT * FROM files WHERE document_id = ? ORDER BY source, path", (document_id,)
        )
        return tuple(map(FileRecord.from_row, rows))

    def paths_of(self, document_id: str) -> list[str]:
        """Return the paths below their sources of all files this document was found in, its own first."""
        rows = self.database.as_index.execute(
            "SELECT f.path FROM files f JOIN documents d ON d.id = f.document_id WHERE f.document_id = ?"
            " ORDER BY f.path <> d.path, f.source, f.path",
            (document_id,),
        )
        return list(dict.fromkeys(path for (path,) in rows))

    def delete(self, file: FileRecord) -> None:
        """Forget a file that is gone while its document stays, read from another file."""
        with self.database.transaction() as db:
            db.execute("DELETE FROM files WHERE source = ? AND path = ?", (file.source, file.path))


def insert_document(db: Connection, document: Document, since: str) -> None:
    """Write a document, its sections and its filterable values; not its passages."""
    metadata = document.metadata
    values = {
        "id": document.id,
        "source": document.source,
        "path": document.path,
        "original": document.original,
        "fingerprint": document.fingerprint,
        "audience": metadata.audience.rank,
        "groups": groups_to_json(metadata.groups),
        "kind": metadata.kind,
        "language": metadata.language,
        "published": metadata.published and str(metadata.published),
        "valid_from": metadata.valid_from and str(metadata.valid_from),
        "valid_to": metadata.valid_to and str(metadata.valid_to),
        "metadata": metadata_to_json(metadata),
        "text": document.text,
        "since": since,
    }
    names = ", ".join(values)
    db.execute(f"INSERT INTO documents ({names}) VALUES ({', '.join('?' * len(values))})", tuple(values.values()))
    listed = {(document.id, name, value) for name in LISTED for value in getattr(metadata, name)}
    db.executemany("INSERT INTO document_values VALUES (?, ?, ?)", sorted(listed))
    db.executemany(
        "INSERT INTO sections VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (document.id, position, section.label, section.heading, section.language, section.start, section.end)
            for position, section in enumerate(document.sections)
        ],
    )


def insert_file(db: Connection, file: FileRecord) -> None:
    """Remember a file of a document, in place of what was remembered of it."""
    others = ", ".join(f"{name} = excluded.{name}" for name in FileRecord._fields[2:])
    db.execute(
        f"INSERT INTO files VALUES ({', '.join('?' * len(file))}) ON CONFLICT (source, path) DO UPDATE SET {others}",
        file,
    )


def _card(document_id: str, metadata: str, path: str, original: str) -> DocumentCard:
    return DocumentCard(document_id, metadata_from_json(metadata), path, original)
