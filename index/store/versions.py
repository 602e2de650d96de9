"""Former versions of documents: what last year's citations quote. The text is kept compressed.

A version ends when its document is put with another text under the same id; a change of metadata alone makes none. The
stored numbers give the order, the dates only say when: a clock that goes backwards makes a version short, never lost.

What a reader gets is numbered anew over what they may see, and one version lasts until the next they may see: neither
numbers nor dates tell that there is another between them. `key` names a version in links, the same for every reader.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final, NamedTuple

from index.documents import Access, Document, Metadata, Section
from index.errors import UnknownDocument
from index.store.database import Connection, Database
from index.store.records import build_visibility, metadata_from_json

KEY_BYTES: Final = 8


class DocumentVersion(NamedTuple):
    """One state of a document's text, as a reader sees it; the present one has the highest number and no end."""

    number: int
    since: datetime | None  # None: from before such dates were kept
    until: datetime | None
    metadata: Metadata
    characters: int
    original: str
    key: str = ""

    def is_named(self, name: str) -> bool:
        """Say whether a name, a key or a number, is this version's."""
        return name in (self.key, str(self.number))


@dataclass(frozen=True)
class VersionTable:
    """The former versions of documents, and the present one as the last of them."""

    database: Database

    def list_versions(self, document_id: str, access: Access) -> list[DocumentVersion]:
        """Return the versions that may be seen, oldest first, the present one last; none of an unknown one."""
        rows = self._visible_rows(document_id, access)
        ends = [_moment(later["since"]) or _moment(row["until"]) for row, later in pairwise(rows)] + [None]
        return [
            DocumentVersion(
                number,
                _moment(row["since"]),
                until,
                metadata_from_json(row["metadata"]),
                row["characters"],
                row["original"],
                _key(document_id, row["since"]),
            )
            for number, (row, until) in enumerate(zip(rows, ends, strict=False), start=1)
        ]

    def read_former(self, document_id: str, number: int, access: Access) -> Document:
        """Return a former version, by its number among those that may be seen, as the document it was.

        Raises UnknownDocument.
        """
        stored = [row["number"] for row in self._visible_rows(document_id, access)][number - 1 : number]
        row = (
            self.database.as_reader(access)
            .execute(
                "SELECT text, sections, metadata, original, path FROM versions WHERE document_id = ? AND number = ?",
                (document_id, *(stored or [0])),
            )
            .fetchone()
        )
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

    def _visible_rows(self, document_id: str, access: Access) -> Sequence[dict[str, Any]]:
        visible = build_visibility(access, dialect=self.database.dialect)
        columns = ("number", "since", "until", "metadata", "characters", "original")
        rows = self.database.as_reader(access).execute(
            "SELECT number, since, until, metadata, characters, original FROM versions"
            f" WHERE document_id = ? AND {visible.sql}"
            " UNION ALL SELECT NULL, since, NULL, metadata, length(text), original FROM documents"
            f" WHERE id = ? AND {visible.sql} ORDER BY number NULLS LAST",
            (document_id, *visible.values) * 2,
        )
        return [dict(zip(columns, row, strict=True)) for row in rows]


def keep_former(db: Connection, document: Document, now: datetime) -> str:
    """Keep the stored version if its text differs from `document`'s; return since when the latter's text holds."""
    row = db.execute(
        "SELECT text, since, audience, groups, metadata, original, path FROM documents WHERE id = ?", (document.id,)
    ).fetchone()
    if row is None:
        return now.isoformat()
    text, since, audience, groups, metadata, original, path = row
    if text == document.text:
        return str(since)
    sections = db.execute(
        'SELECT label, start, "end", heading, language FROM sections WHERE document_id = ? ORDER BY position',
        (document.id,),
    ).fetchall()
    until = now.isoformat()
    if since:  # each begins at a moment of its own, which is what names it
        until = max(now, datetime.fromisoformat(since) + timedelta(microseconds=1)).isoformat()
    values = {
        "document_id": document.id,
        "number": _last_number(db, document.id) + 1,
        "since": since,
        "until": until,
        "audience": audience,
        "groups": groups,
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


def delete_versions(db: Connection, document_id: str) -> int:
    """Delete a document's former versions and return how many there were."""
    return db.execute("DELETE FROM versions WHERE document_id = ?", (document_id,)).rowcount


def find_version(versions: Sequence[DocumentVersion], document_id: str, name: str) -> DocumentVersion:
    """Return the version of that key or number. Raises UnknownDocument, as for one that is not for this audience."""
    for version in versions:
        if version.is_named(name):
            return version
    raise UnknownDocument(f"No version {name} of {document_id!r}.")


def _last_number(db: Connection, document_id: str) -> int:
    query = "SELECT coalesce(max(number), 0) FROM versions WHERE document_id = ?"
    return int(db.execute(query, (document_id,)).fetchone()[0])


def _key(document_id: str, since: str) -> str:
    """Return a name that says nothing of other versions: it is made of what whoever sees this one may know."""
    content = f"{document_id}\0{since}".encode("utf-8", "surrogatepass")
    return f"v{hashlib.blake2b(content, digest_size=KEY_BYTES).hexdigest()}"


def _moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None
