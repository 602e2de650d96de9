"""Former versions of documents: what last year's citations quote. The text is kept compressed.

A version ends when its document is put with another text under the same id; a change of metadata alone makes none. The
numbers give the order, the dates only say when: a clock that goes backwards makes a version short, never lost.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from index.documents import Audience, Document, Metadata, Section
from index.errors import UnknownDocument
from index.store.database import Database
from index.store.records import metadata_from_json


class DocumentVersion(NamedTuple):
    """One state of a document's text; the present one has the highest number and no end."""

    number: int
    since: datetime | None  # None: from before such dates were kept
    until: datetime | None
    metadata: Metadata
    characters: int
    original: str


@dataclass(frozen=True)
class VersionTable:
    """The former versions of documents, and the present one as the last of them."""

    database: Database

    def list_versions(self, document_id: str, audience: Audience) -> list[DocumentVersion]:
        """Return the versions this audience may see, oldest first, the present one last; none of an unknown one."""
        db = self.database.connection
        rows = db.execute(
            "SELECT number, since, until, metadata, characters, original FROM versions"
            " WHERE document_id = ? AND audience <= ? ORDER BY number",
            (document_id, audience.rank),
        ).fetchall()
        rows += db.execute(
            "SELECT ?, since, NULL, metadata, length(text), original FROM documents WHERE id = ? AND audience <= ?",
            (_last_number(db, document_id) + 1, document_id, audience.rank),
        )
        return [
            DocumentVersion(number, _moment(since), _moment(until), metadata_from_json(metadata), characters, original)
            for number, since, until, metadata, characters, original in rows
        ]

    def read_former(self, document_id: str, number: int, audience: Audience) -> Document:
        """Return a former version as the document it was. Raises UnknownDocument, also when it may not be seen."""
        row = self.database.connection.execute(
            "SELECT text, sections, metadata, original, path FROM versions"
            " WHERE document_id = ? AND number = ? AND audience <= ?",
            (document_id, number, audience.rank),
        ).fetchone()
        if row is None:
            raise UnknownDocument(f"No version {number} of {document_id!r}.")
        text, sections, metadata, original, path = row
        return Document(
            document_id,
            zlib.decompress(text).decode("utf-8", "surrogatepass"),
            tuple(Section(*columns) for columns in json.loads(sections)),
            metadata_from_json(metadata),
            path=path,
            original=original,
        )


def keep_former(db: sqlite3.Connection, document: Document, now: datetime) -> str:
    """Keep the stored version if its text differs from `document`'s; return since when the latter's text holds."""
    row = db.execute(
        "SELECT text, since, audience, metadata, original, path FROM documents WHERE id = ?", (document.id,)
    ).fetchone()
    if row is None:
        return now.isoformat()
    text, since, audience, metadata, original, path = row
    if text == document.text:
        return str(since)
    sections = db.execute(
        'SELECT label, start, "end", heading, language FROM sections WHERE document_id = ? ORDER BY position',
        (document.id,),
    ).fetchall()
    until = max(now.isoformat(), str(since))
    values = {
        "document_id": document.id,
        "number": _last_number(db, document.id) + 1,
        "since": since,
        "until": until,
        "audience": audience,
        "metadata": metadata,
        "original": original,
        "path": path,
        "characters": len(text),
        "sections": json.dumps(sections, ensure_ascii=False),
        "text": zlib.compress(text.encode("utf-8", "surrogatepass")),
    }
    names = ", ".join(values)
    db.execute(f"INSERT INTO versions ({names}) VALUES ({', '.join('?' * len(values))})", tuple(values.values()))
    return until


def delete_versions(db: sqlite3.Connection, document_id: str) -> int:
    """Delete a document's former versions and return how many there were."""
    return db.execute("DELETE FROM versions WHERE document_id = ?", (document_id,)).rowcount


def present_number(versions: Iterable[DocumentVersion]) -> int:
    """Return the number of the version without an end, 0 when there is none."""
    return next((version.number for version in versions if version.until is None), 0)


def _last_number(db: sqlite3.Connection, document_id: str) -> int:
    query = "SELECT coalesce(max(number), 0) FROM versions WHERE document_id = ?"
    return int(db.execute(query, (document_id,)).fetchone()[0])


def _moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None
