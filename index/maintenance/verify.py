"""Is everything as it was written? The store by its checksums, originals by their names, derived indexes by theirs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Final, NamedTuple

from index.documents import Audience
from index.errors import StoreError
from index.lexical.tantivy_index import TantivyIndex
from index.maintenance.whole_store import keyed_passages, open_whole, originals_named
from index.settings import IndexSettings
from index.store.checksums import sha256_of
from index.store.current_index import at, place_of
from index.store.store import Store
from index.update import vector_key

RESTORE: Final = "python -m index restore FILE"
REBUILD: Final = "python -m index rebuild"
SHOWN: Final = 5  # of the things wrong in the same way

_RANK: Final = "CASE json_extract(metadata, '$.audience') WHEN 'public' THEN 0 WHEN 'member' THEN 1 ELSE 2 END"
_CONTRADICTIONS: Final = (  # what stands twice, and is filtered by in one place and shown from the other
    (
        "documents are filtered by what they do not say of themselves",
        f"SELECT count(*) FROM documents WHERE audience <> {_RANK} OR kind <> json_extract(metadata, '$.kind')"
        " OR language <> coalesce(json_extract(metadata, '$.language'), '')"
        " OR published IS NOT json_extract(metadata, '$.published')"
        " OR valid_from IS NOT json_extract(metadata, '$.valid_from')"
        " OR valid_to IS NOT json_extract(metadata, '$.valid_to')",
        RESTORE,
    ),
    (
        "former texts do not say who may see them or where their sections lie",
        f"SELECT count(*) FROM versions WHERE audience <> {_RANK} OR json_array_length(sections) = 0"
        " OR json_extract(sections, '$[#-1][2]') IS NOT characters",
        RESTORE,
    ),
)
_COUNTS: Final = (
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
    """Something that is not as it should be, and the command that mends it. `grave`: documents are at stake."""

    wrong: str
    command: str
    grave: bool = True


def verify(settings: IndexSettings) -> list[Finding]:
    """Return everything that is wrong with the current index, its originals and what is derived from it."""
    try:
        now = at(settings, place_of(settings))
        with closing(open_whole(now)) as store:
            found = store_findings(store)
            if found and found[0].grave:
                return found  # what else could be said would be read from a damaged store
            found += original_findings(store)
            if fault := TantivyIndex(now.lexical).fault(store):
                found.append(Finding(f"lexical index: {fault}; it is made anew by itself", REBUILD, grave=False))
            return found
    except StoreError as error:
        return [Finding(str(error), RESTORE)]
    except (sqlite3.DatabaseError, ValueError) as error:  # text that is no UTF-8, a number that is none
        return [Finding(f"{settings.data}: the store cannot be read ({error})", RESTORE)]


def store_findings(store: Store, *, whole: bool = True) -> list[Finding]:
    """Return what is wrong with the store; not `whole`: its structure and its vectors, without reading the texts."""
    try:
        with store.reading():
            # Not quick_check: SQLite 3.40's takes the keys of a WITHOUT ROWID table for NULL.
            said = [str(one) for (one,) in store.db.execute("PRAGMA integrity_check(5)")]
            if said != ["ok"]:
                return [Finding(f"{store.path}: {'; '.join(said)}", RESTORE)]
            broken = store.db.execute("PRAGMA foreign_key_check").fetchall()
            found = [Finding(f"{store.path}: {len(broken)} rows refer to documents that are gone", RESTORE)] * bool(
                broken
            )
            for table in ("facts", "files"):
                store.db.execute(f"SELECT * FROM {table}").fetchall()  # text that is no UTF-8 raises
            found += _counted(store, _CONTRADICTIONS, grave=True)
            texts = list(_texts(store)) if whole else []
            return [*texts, *found, *_counted(store, _COUNTS, grave=False)]
    except Exception as error:  # what is damaged fails its readers in any way: a key that is gone, a date that is none
        return [Finding(f"{store.path}: cannot be read ({type(error).__name__}: {error})", RESTORE)]


def _counted(store: Store, counts: tuple[tuple[str, str, str], ...], *, grave: bool) -> Iterator[Finding]:
    for what, query, command in counts:
        (count,) = store.db.execute(query).fetchone()
        if count:
            yield Finding(f"{store.path}: {count} {what}", command, grave)


def original_findings(store: Store) -> list[Finding]:
    """Return which original files are missing or are not what their names say."""
    names = originals_named(store)
    missing = [name for name in names if not store.original(name).is_file()]
    damaged = [name for name in names if name not in missing and sha256_of(store.original(name)) != name]
    told = ((missing, "missing"), (damaged, "damaged"))
    return [
        Finding(
            f"{store.originals.folder}: {len(found)} originals are {how}: {_some(found)}",
            f"{RESTORE} --originals",
            grave=False,
        )
        for found, how in told
        if found
    ]


def _texts(store: Store) -> Iterator[Finding]:
    """Yield a finding for texts that are not what was written: of documents, passages, former versions."""
    documents, passages = [], []
    embedder = store.fact("embedder")
    for listed in store.listed(Audience.STAFF):
        document_id = listed.card.id
        document = store.document(document_id, Audience.STAFF)
        if document.fingerprint != listed.fingerprint:
            documents.append(document_id)
        keys = [vector_key(embedder, passage) == key for passage, key in keyed_passages(store, document_id)]
        if not keys or not all(keys):
            passages.append(document_id)
        for version in store.versions(document_id, Audience.STAFF)[:-1]:
            text = store.version(document_id, version.number, Audience.STAFF).text
            if len(text) != version.characters:
                documents.append(f"{document_id} (version {version.number})")
    if documents:
        yield Finding(f"{store.path}: {len(documents)} texts are not what was written: {_some(documents)}", RESTORE)
    if passages:
        wrong = f"{store.path}: {len(passages)} documents whose passages do not fit their vectors: {_some(passages)}"
        yield Finding(wrong, f"{REBUILD} --all", grave=False)


def _some(names: list[str]) -> str:
    return ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else "")
