"""Check that everything is as it was written: the store and derived indexes by checksums, originals by their names."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Final, NamedTuple

from index.documents import Access, Audience
from index.errors import StoreError
from index.lexical.tantivy_index import TantivyIndex
from index.settings import IndexSettings
from index.store.checksums import sha256_of
from index.store.current_index import read_current_index, settings_of
from index.store.store import Store
from index.update import vector_key

RESTORE: Final = "python -m index restore FILE"
REBUILD: Final = "python -m index rebuild"
SHOWN: Final = 5  # of the things wrong in the same way

_RANK: Final = "CASE json_extract(metadata, '$.audience') WHEN 'public' THEN 0 WHEN 'member' THEN 1 ELSE 2 END"
_GROUPS: Final = "coalesce(json_extract(metadata, '$.groups'), '[]')"
Check = tuple[str, str, str]  # what is wrong, the SQL that counts it, the command that repairs it
_CONTRADICTIONS: Final[tuple[Check, ...]] = (  # what is stored twice: to filter by, and to show
    (
        "documents are filtered by what they do not say of themselves",
        f"SELECT count(*) FROM documents WHERE audience <> {_RANK} OR groups <> {_GROUPS}"
        " OR kind <> json_extract(metadata, '$.kind') OR language <> coalesce(json_extract(metadata, '$.language'), '')"
        " OR published IS NOT json_extract(metadata, '$.published')"
        " OR valid_from IS NOT json_extract(metadata, '$.valid_from')"
        " OR valid_to IS NOT json_extract(metadata, '$.valid_to')",
        RESTORE,
    ),
    (
        "former texts do not say who may see them or where their sections lie",
        f"SELECT count(*) FROM versions WHERE audience <> {_RANK} OR groups <> {_GROUPS}"
        " OR json_array_length(sections) = 0 OR json_extract(sections, '$[#-1][2]') IS NOT characters",
        RESTORE,
    ),
)
_DAMAGE: Final[tuple[Check, ...]] = (
    (
        "passages do not lie in their sections",
        "SELECT count(*) FROM passages p LEFT JOIN sections s ON s.document_id = p.document_id"
        ' AND s.position = p.section WHERE s.start IS NULL OR p.start NOT BETWEEN s.start AND s."end" - 1'
        " OR p.language <> s.language"
        ' OR p."end" > (SELECT max("end") FROM sections WHERE document_id = p.document_id)',
        f"{REBUILD} --all",
    ),
    ("vectors are damaged", "SELECT count(*) FROM vectors WHERE crc32(vector) <> checksum", f"{REBUILD} --all"),
    ("token codes are damaged", "SELECT count(*) FROM token_codes WHERE crc32(codes) <> checksum", f"{REBUILD} --all"),
    (
        "passages have no vector",
        "SELECT count(*) FROM passages WHERE embedded NOT IN (SELECT embedded FROM vectors)",
        f"{REBUILD} --all",
    ),
    (
        "numbers of passages that are gone would be given anew, and be taken for known",
        "SELECT count(*) FROM removed_rows"
        " WHERE row > coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'passages'), 0)",
        f"{REBUILD} --all",
    ),
    (
        "vectors belong to no passage",
        "SELECT count(*) FROM vectors WHERE embedded NOT IN (SELECT embedded FROM passages)",
        f"{REBUILD} --all",
    ),
    (
        "vectors are not as long as the others",
        "SELECT count(*) FROM vectors WHERE length(vector) <> (SELECT max(length(vector)) FROM vectors)",
        f"{REBUILD} --all",
    ),
)


class Finding(NamedTuple):
    """Something that is not as it should be, and the command that repairs it. `is_grave`: documents are at stake."""

    wrong: str
    command: str
    is_grave: bool = True


def verify(settings: IndexSettings) -> list[Finding]:
    """Return everything that is wrong with the current index, its originals and what is derived from it."""
    try:
        current = settings_of(settings, read_current_index(settings))
        with closing(Store(current.store, originals=current.originals, hide_withdrawn=False)) as store:
            findings = check_store(store)
            if findings and findings[0].is_grave:
                return findings  # what else could be said would be read from a damaged store
            findings += check_originals(store)
            if fault := TantivyIndex(current.lexical).fault(store):
                wrong = f"lexical index: {fault}; it is made anew by itself"
                findings.append(Finding(wrong, REBUILD, is_grave=False))
            return findings
    except StoreError as error:
        return [Finding(str(error), RESTORE)]
    except (sqlite3.DatabaseError, ValueError) as error:  # text that is no UTF-8, a number that is none
        return [Finding(f"{settings.data}: the store cannot be read ({error})", RESTORE)]


def check_store(store: Store, *, with_texts: bool = True) -> list[Finding]:
    """Return what is wrong with the store; not `with_texts`: its structure and its vectors alone."""
    try:
        with store.snapshot():
            db = store.database.connection
            # Not quick_check: SQLite 3.40's takes the keys of a WITHOUT ROWID table for NULL.
            faults = [str(fault) for (fault,) in db.execute("PRAGMA integrity_check(5)")]
            if faults != ["ok"]:
                return [Finding(f"{store.path}: {'; '.join(faults)}", RESTORE)]
            findings = list(_check_texts(store)) if with_texts else []
            if orphans := db.execute("PRAGMA foreign_key_check").fetchall():
                wrong = f"{store.path}: {len(orphans)} rows refer to documents that are gone"
                findings.append(Finding(wrong, RESTORE))
            for table in ("facts", "files"):
                db.execute(f"SELECT * FROM {table}").fetchall()  # text that is no UTF-8 raises
            findings += _count(store, _CONTRADICTIONS, is_grave=True)
            findings += _count(store, _DAMAGE, is_grave=False)
            return findings
    except Exception as error:  # what is damaged fails its readers in any way: a key that is gone, a date that is none
        return [Finding(f"{store.path}: cannot be read ({type(error).__name__}: {error})", RESTORE)]


def _count(store: Store, checks: tuple[Check, ...], *, is_grave: bool) -> Iterator[Finding]:
    for wrong, query, command in checks:
        (count,) = store.database.connection.execute(query).fetchone()
        if count:
            yield Finding(f"{store.path}: {count} {wrong}", command, is_grave)


def check_originals(store: Store) -> list[Finding]:
    """Return which original files are missing or are not what their names say."""
    names = store.document_table.originals()
    missing = [name for name in names if not store.original(name).is_file()]
    damaged = [name for name in names if name not in missing and sha256_of(store.original(name)) != name]
    return [
        Finding(
            f"{store.originals.folder}: {len(faulty)} originals are {fault}: {_some(faulty)}",
            f"{RESTORE} --originals",
            is_grave=False,
        )
        for faulty, fault in ((missing, "missing"), (damaged, "damaged"))
        if faulty
    ]


def _check_texts(store: Store) -> Iterator[Finding]:
    """Yield a finding for texts that are not what was written: of documents, passages, former versions."""
    documents, passages = [], []
    embedder = store.fact("embedder")
    for listed in store.list_documents(Access(Audience.STAFF)):
        document_id = listed.card.id
        if store.document(document_id, Access(Audience.STAFF)).fingerprint != listed.fingerprint:
            documents.append(document_id)
        keyed = store.passage_table.read_with_keys(document_id)
        if not keyed or any(vector_key(embedder, passage) != key for passage, key in keyed):
            passages.append(document_id)
        for version in store.versions(document_id, Access(Audience.STAFF))[:-1]:
            text = store.version(document_id, str(version.number), Access(Audience.STAFF)).text
            if len(text) != version.characters:
                documents.append(f"{document_id} (version {version.number})")
    if documents:
        yield Finding(f"{store.path}: {len(documents)} texts are not what was written: {_some(documents)}", RESTORE)
    if passages:
        wrong = f"{store.path}: {len(passages)} documents whose passages do not fit their vectors: {_some(passages)}"
        yield Finding(wrong, f"{REBUILD} --all", is_grave=False)


def _some(names: list[str]) -> str:
    return ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else "")
