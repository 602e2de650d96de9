"""Check that everything is as it was written: the store and derived indexes by checksums, originals by their names."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Final, NamedTuple

from index.documents import Access, Audience
from index.errors import ChangedOriginal, LostOriginal, ServerUnavailable, StoreError
from index.lexical.tantivy_index import TantivyIndex
from index.settings import IndexSettings
from index.store.current_index import read_current_index, settings_of
from index.store.dialect import Dialect
from index.store.opening import open_store
from index.store.store import Store
from index.update import vector_key

RESTORE: Final = "python -m index restore FILE"
RESTORE_SERVER: Final = "pg_restore (a backup of the database)"
REBUILD: Final = "python -m index rebuild"
SHOWN: Final = 5  # of the things wrong in the same way

Check = tuple[str, str, str]  # what is wrong, the SQL that counts it, the command that repairs it
_DAMAGE: Final[tuple[Check, ...]] = (
    (
        "passages do not lie in their sections",
        "SELECT count(*) FROM passages p LEFT JOIN sections s ON s.document_id = p.document_id"
        ' AND s.position = p.section WHERE s.start IS NULL OR p.start NOT BETWEEN s.start AND s."end" - 1'
        " OR p.language <> s.language"
        ' OR p."end" > (SELECT max("end") FROM sections WHERE document_id = p.document_id)',
        f"{REBUILD} --all",
    ),
    ("token codes are damaged", "SELECT count(*) FROM token_codes WHERE crc32(codes) <> checksum", f"{REBUILD} --all"),
    (
        "passages have no vector",
        "SELECT count(*) FROM passages WHERE embedded NOT IN (SELECT embedded FROM vectors)",
        f"{REBUILD} --all",
    ),
    (
        "vectors belong to no passage",
        "SELECT count(*) FROM vectors WHERE embedded NOT IN (SELECT embedded FROM passages)",
        f"{REBUILD} --all",
    ),
)
_GIVEN_ANEW: Final = "numbers of passages that are gone would be given anew, and be taken for known"
_OTHER_LENGTH: Final = "vectors are not as long as the others"
_SQLITE_DAMAGE: Final[tuple[Check, ...]] = (
    ("vectors are damaged", "SELECT count(*) FROM vectors WHERE crc32(vector) <> checksum", f"{REBUILD} --all"),
    (
        _GIVEN_ANEW,
        "SELECT count(*) FROM removed_rows"
        " WHERE row > coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'passages'), 0)",
        f"{REBUILD} --all",
    ),
    (
        _OTHER_LENGTH,
        "SELECT count(*) FROM vectors WHERE length(vector) <> (SELECT max(length(vector)) FROM vectors)",
        f"{REBUILD} --all",
    ),
)
_UNBOUND: Final[Check] = (
    "tables are not bound by the policies on who sees which document",
    "SELECT count(*) FROM pg_class WHERE relnamespace = CAST(current_schema() AS regnamespace) AND relkind = 'r'"
    " AND relname IN ('documents', 'versions', 'sections', 'passages', 'document_values', 'files', 'vectors',"
    " 'token_codes', 'passage_vectors', 'removed_rows') AND NOT (relrowsecurity AND relforcerowsecurity"
    " AND EXISTS (SELECT 1 FROM pg_policy WHERE polrelid = pg_class.oid))",
    "ALTER TABLE … ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY (policies that were dropped: pg_restore)",
)
_POSTGRESQL_DAMAGE: Final[tuple[Check, ...]] = (  # bytes that changed on its disks are for the server's own checksums
    (
        _GIVEN_ANEW,
        "SELECT count(*) FROM removed_rows"
        " WHERE row > coalesce(pg_sequence_last_value(pg_get_serial_sequence('passages', 'row')::regclass), 0)",
        f"{REBUILD} --all",
    ),
    (
        _OTHER_LENGTH,
        "SELECT count(*) FROM vectors WHERE vector_dims(vector) <> (SELECT max(vector_dims(vector)) FROM vectors)",
        f"{REBUILD} --all",
    ),
    (
        "passages are searched by another vector than theirs",
        "SELECT count(*) FROM passages p JOIN vectors v USING (embedded) LEFT JOIN passage_vectors o USING (row)"
        " WHERE o.vector IS DISTINCT FROM v.vector",
        f"{REBUILD} --all",
    ),
)


class Finding(NamedTuple):
    """Something that is not as it should be, and the command that repairs it. `is_grave`: documents are at stake."""

    wrong: str
    command: str
    is_grave: bool = True


def verify(settings: IndexSettings) -> list[Finding]:
    """Return everything that is wrong with the current index, its originals and what is derived from it.

    Raises StoreError where a server does not let it be looked at.
    """
    try:
        current = settings_of(settings, read_current_index(settings))
        with closing(open_store(current, hide_withdrawn=False)) as store:
            findings = check_store(store)
            if findings and findings[0].is_grave:
                return findings  # what else could be said would be read from a damaged store
            findings += check_originals(store)
            if fault := TantivyIndex(current.lexical).fault(store):
                wrong = f"lexical index: {fault}; it is made anew by itself"
                findings.append(Finding(wrong, REBUILD, is_grave=False))
            return findings
    except StoreError as error:
        if settings.database:
            raise
        return [Finding(str(error), RESTORE)]
    except (sqlite3.DatabaseError, ValueError) as error:  # text that is no UTF-8, a number that is none
        return [Finding(f"{settings.data}: the store cannot be read ({error})", RESTORE)]


def check_store(store: Store, *, with_texts: bool = True) -> list[Finding]:
    """Return what is wrong with the store; not `with_texts`: its structure and its vectors alone.

    Raises ServerUnavailable.
    """
    findings = _check_store(store, with_texts=with_texts)
    if not store.database.connections.is_server:
        return findings
    return [finding._replace(command=RESTORE_SERVER) if finding.command == RESTORE else finding for finding in findings]


def _check_store(store: Store, *, with_texts: bool) -> list[Finding]:
    try:
        with store.snapshot():
            db = store.database.as_index
            is_server = store.database.connections.is_server
            if not is_server and (damage := _check_file(store)):
                return damage
            findings = list(_check_texts(store)) if with_texts else []
            if not is_server and (orphans := db.execute("PRAGMA foreign_key_check").fetchall()):
                wrong = f"{store.name}: {len(orphans)} rows refer to documents that are gone"
                findings.append(Finding(wrong, RESTORE))
            for table in ("facts", "files"):
                db.execute(f"SELECT * FROM {table}").fetchall()  # text that is no UTF-8 raises
            findings += _count(store, _contradictions(store.database.dialect), is_grave=True)
            findings += _count(store, (_UNBOUND,) if is_server else (), is_grave=True)
            findings += _count(store, _DAMAGE, is_grave=False)
            findings += _count(store, _POSTGRESQL_DAMAGE if is_server else _SQLITE_DAMAGE, is_grave=False)
            return findings
    except ServerUnavailable:
        raise
    except Exception as error:  # what is damaged fails its readers in any way: a key that is gone, a date that is none
        return [Finding(f"{store.name}: cannot be read ({type(error).__name__}: {error})", RESTORE)]


def _check_file(store: Store) -> list[Finding]:
    # Not quick_check: SQLite 3.40's takes the keys of a WITHOUT ROWID table for NULL.
    faults = [str(fault) for (fault,) in store.database.connection.execute("PRAGMA integrity_check(5)")]
    return [] if faults == ["ok"] else [Finding(f"{store.name}: {'; '.join(faults)}", RESTORE)]


def _contradictions(dialect: Dialect) -> tuple[Check, ...]:
    """Return the checks of what is stored twice: to filter by, and to show."""
    stated, differ = dialect.metadata_value, dialect.are_different
    rank = f"CASE {stated('audience')} WHEN 'public' THEN 0 WHEN 'member' THEN 1 ELSE 2 END"
    readers = f"audience <> {rank} OR groups <> {dialect.metadata_groups}"
    dates = " OR ".join(differ(name, stated(name)) for name in ("published", "valid_from", "valid_to"))
    return (
        (
            "documents are filtered by what they do not say of themselves",
            f"SELECT count(*) FROM documents WHERE {readers} OR kind <> {stated('kind')}"
            f" OR language <> coalesce({stated('language')}, '') OR {dates}",
            RESTORE,
        ),
        (
            "former texts do not say who may see them or where their sections lie",
            f"SELECT count(*) FROM versions WHERE {readers} OR {differ(dialect.last_section_end, 'characters')}",
            RESTORE,
        ),
    )


def _count(store: Store, checks: tuple[Check, ...], *, is_grave: bool) -> Iterator[Finding]:
    for wrong, query, command in checks:
        (count,) = store.database.as_index.execute(query).fetchone()
        if count:
            yield Finding(f"{store.name}: {count} {wrong}", command, is_grave)


def check_originals(store: Store) -> list[Finding]:
    """Return which original files are missing or are not what their names say. Raises StoreError."""
    missing, damaged = list[str](), list[str]()
    for sha256 in store.document_table.originals():
        try:
            with store.read_original(sha256):
                continue
        except LostOriginal:
            missing.append(sha256)
        except ChangedOriginal:
            damaged.append(sha256)
    return [
        Finding(
            f"{store.originals.name}: {len(faulty)} originals are {fault}: {_some(faulty)}",
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
        yield Finding(f"{store.name}: {len(documents)} texts are not what was written: {_some(documents)}", RESTORE)
    if passages:
        wrong = f"{store.name}: {len(passages)} documents whose passages do not fit their vectors: {_some(passages)}"
        yield Finding(wrong, f"{REBUILD} --all", is_grave=False)


def _some(names: list[str]) -> str:
    return ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else "")
