"""What is interrupted: each scenario makes a folder ready, works on it, and says what a reader finds there."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any, Final, NamedTuple

from index.documents import Access, Audience, SectionText
from index.lexical.tantivy_index import TantivyIndex
from index.maintenance.backup import backup, check
from index.maintenance.rebuild import Rebuild
from index.maintenance.restore import restore
from index.maintenance.verify import verify
from index.settings import IndexSettings
from index.splitting import PassageSplitter
from index.store.current_index import current_settings, read_current_index
from index.store.small_files import FolderFiles
from index.store.store import FileRecord, Store
from index.types import Filter
from index.update import Indexer, PreparedDocument
from ingest.forum.inbox import InboxJob
from ingest.forum.thread_store import ThreadStore
from ingest.loaders.loaded_file import LoadedFile
from ingest.sources.metadata import Readers
from ingest.sync.progress import NoProgress
from ingest.sync.reading import LocalReading
from ingest.sync.run import Options, run
from tests.conftest import HashEmbedder, prepared

STAFF: Final = Filter(audience=Audience.STAFF)
Texts = dict[str, tuple[str, ...]]
BEFORE: Final[Texts] = {f"d{number}": ("partie avant", f"numéro {number}") for number in range(4)}
AFTER: Final[Texts] = {
    "d0": ("partie avant", "numéro 0"),
    "d1": ("partie après", "tout à fait autre", "et plus longue"),
    "d2": ("partie après",),
    "d4": ("partie nouvelle", "numéro 4"),
}


class Scenario(NamedTuple):
    """`prepare` and `work` take a data folder; `holds` asserts what must be true of it whenever the work is cut short.

    `read` returns what a reader finds there then.
    """

    prepare: Callable[[Path], None]
    work: Callable[[Path], None]
    holds: Callable[[Path], None]
    read: Callable[[Path], Any]


class SmallEmbedder(HashEmbedder):
    """Directions by hash alone: as true to the promise, and no generator to seed for each word."""

    dimension = 8

    def embed_query(self, text: str) -> Any:
        import numpy as np

        digest = hashlib.sha256(text.encode()).digest()[:8]
        vector = np.frombuffer(digest, np.uint8).astype(np.float32) + 1
        return vector / np.linalg.norm(vector)


class OtherEmbedder(SmallEmbedder):
    name = "other"


def settings_of(folder: Path) -> IndexSettings:
    return IndexSettings(data=folder)


def indexer_of(folder: Path) -> Indexer:
    now = current_settings(settings_of(folder))
    embedder = SmallEmbedder() if now.model == "bundled" else OtherEmbedder()
    store = Store(now.store, create=True, data=now.data)
    store.require("embedder", embedder.name)
    return Indexer(store, embedder, TantivyIndex(now.lexical))


def bring_to(texts: Texts) -> Callable[[Path], None]:
    """Return the work of a job in small: put what differs, remove what is gone, finish."""

    def work(folder: Path) -> None:
        indexer = indexer_of(folder)
        store = indexer.store
        for name, parts in texts.items():
            small = prepared(name, *parts)
            original = store.keep_original(BytesIO("\n".join(parts).encode()))
            document = replace(small.document, original=original)
            record = FileRecord("/s", document.path, 1, 1, original, name)
            if store.fingerprint(name) != document.fingerprint:
                indexer.put([PreparedDocument(document, small.passages, record)])
            store.touch(record)
        for listed in store.list_documents(Access(Audience.STAFF)):
            if listed.card.id not in texts:
                indexer.remove(listed.card.id)
        store.record("splitter", "by section")
        indexer.finish()

    return work


def every_document_is_whole(folder: Path) -> None:
    """Hold the store to all its checksums, and each document to one of its two states."""
    path = current_settings(settings_of(folder)).store
    if not path.is_file() or not _has_tables(path):
        return  # killed before there was anything
    assert_sound(folder)
    with closing(Store(path)) as store:
        for listed in store.list_documents(Access(Audience.STAFF)):
            name = listed.card.id
            before, after = ("\n\n".join(texts.get(name, ())) for texts in (BEFORE, AFTER))
            former = [
                store.version(name, str(finding.number), STAFF.access).text
                for finding in store.versions(name, STAFF.access)
            ]
            assert former in ([before], [after], [before, after]), (name, former)


def assert_sound(folder: Path) -> None:
    """Hold the index to `verify`; the lexical index may be a step behind."""
    findings = verify(settings_of(folder))
    faults = [finding for finding in findings if finding.is_grave or "lexical" not in finding.wrong]
    assert faults == [], faults


def _has_tables(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as db:
        return bool(db.execute("SELECT 1 FROM sqlite_master WHERE name = 'facts'").fetchone())


def what_a_reader_finds(folder: Path) -> Any:
    """Return documents, versions, files and what both indexes find, in words that do not depend on how often it ran."""
    now = current_settings(settings_of(folder))
    with closing(Store(now.store, data=now.data)) as store:
        lexical = TantivyIndex(now.lexical)
        lexical.update(store)
        passages = store.passages(store.rows(STAFF), STAFF.access)
        hits = [passages[hit.row] for hit in lexical.search("partie", 50, STAFF)]
        faults = verify(settings_of(folder))
        assert faults == [], faults
        return (
            [
                (listed.card.id, listed.fingerprint, store.paths(listed.card.id))
                for listed in store.list_documents(Access(Audience.STAFF))
            ],
            [
                [v.metadata.title for v in store.versions(listed.card.id, Access(Audience.STAFF))]
                for listed in store.list_documents(Access(Audience.STAFF))
            ],
            sorted((hit.document_id, hit.start) for hit in hits),
            sorted((passage.document_id, passage.start, passage.text) for passage in passages.values()),
            store.fact("embedder"),
            len(store.passage_table.vectors()[0]),
        )


# the job over files, with its report


class PlainReader:
    """Reads text files in this process: the real reader's workers are no part of what is killed here."""

    def read(self, file: Path, password: str = "") -> LoadedFile:
        text = file.read_text(encoding="utf-8")
        return LoadedFile((SectionText("p. 1", text, language="fr"),), {"audience": "public", "language": "fr"})

    def close(self) -> None:
        return

    def __enter__(self) -> PlainReader:
        return self

    def __exit__(self, *_: object) -> None:
        return


def _write_sources(folder: Path, texts: Texts) -> None:
    source = folder.with_name("source")
    source.mkdir(exist_ok=True)
    for old in source.iterdir():
        old.unlink()
    for name, parts in texts.items():
        (source / f"{name}.txt").write_text("\n\n".join(parts), encoding="utf-8")


def run_job(folder: Path) -> None:
    indexer = indexer_of(folder)
    splitter = PassageSplitter(indexer.embedder.count_tokens)  # type: ignore[attr-defined]
    reader: Any = PlainReader()
    source = folder.with_name("source")
    report = run([source], indexer, splitter, options=Options(), progress=NoProgress(), reading=LocalReading(reader))
    assert report.failures == [], report.failures
    report.write(folder)


def _prepare_job(folder: Path) -> None:
    folder.mkdir()
    _write_sources(folder, BEFORE)
    run_job(folder)
    _write_sources(folder, AFTER)


def stored_is_sound(folder: Path) -> None:
    if current_settings(settings_of(folder)).store.is_file() and _has_tables(
        current_settings(settings_of(folder)).store
    ):
        faults = [
            finding for finding in verify(settings_of(folder)) if finding.is_grave or "lexical" not in finding.wrong
        ]
        assert faults == [], faults
    report = folder / "ingest-report.json"
    if report.is_file():
        json.loads(report.read_text(encoding="utf-8"))


# the inbox


def _deliver(folder: Path) -> None:
    from service.forum.inbox import Delivery, ForumInbox

    inbox = ForumInbox(FolderFiles(folder))
    for number in range(3):
        topic = {
            "what": "topic", "title": f"partie {number}", "categories": ["5"], "url": "https://forum.example/1",
            "created": "2026-01-01T00:00:00Z", "gone": False, "private": False, "language": "fr",
        }  # fmt: skip
        posts = [
            {"what": "post", "post": str(post), "number": post, "text": f"partie {number} message {post}",
             "markup": "markdown", "gone": False}
            for post in (1, 2)
        ]  # fmt: skip
        solution = [{"what": "solution", "post": "2", "accepted": True}] * (number < 2)
        inbox.put(Delivery("forum.example", str(number), number, [topic, *posts, *solution]))


def take_inbox(folder: Path) -> None:
    indexer = indexer_of(folder)
    splitter = PassageSplitter(indexer.embedder.count_tokens)  # type: ignore[attr-defined]
    InboxJob(
        FolderFiles(folder),
        ThreadStore(folder / "threads.sqlite"),
        indexer,
        splitter,
        {"5": Readers(Audience.PUBLIC)},
    ).run()


def what_the_forum_left(folder: Path) -> Any:
    unsolved = (folder / "unsolved.jsonl").read_text(encoding="utf-8").splitlines()
    waiting = sorted(path.name for path in (folder / "inbox").glob("*.json"))
    return what_a_reader_finds(folder), [json.loads(line)["title"] for line in unsolved], waiting


# backup, restore, rebuild


def back_up(folder: Path) -> None:
    backup(settings_of(folder), folder / ".." / "made.zip")


def no_archive_is_half(folder: Path) -> None:
    every_document_is_whole(folder)
    made = folder / ".." / "made.zip"
    if made.exists():
        check(made)


def _prepare_lost(folder: Path) -> None:
    bring_to(AFTER)(folder)
    backup(settings_of(folder), folder / "kept.zip")
    now = settings_of(folder)
    now.store.write_bytes(now.store.read_bytes()[:5000])
    for beside in ("-wal", "-shm"):
        now.store.with_name(now.store.name + beside).unlink(missing_ok=True)


def put_back(folder: Path) -> None:
    if read_current_index(settings_of(folder)).folder == "":
        restore(settings_of(folder), folder / "kept.zip")


def restored_or_not_yet(folder: Path) -> None:
    if read_current_index(settings_of(folder)).folder:
        every_document_is_whole(folder)


def rebuild(folder: Path) -> None:
    embedder = OtherEmbedder()
    splitter = PassageSplitter(embedder.count_tokens)
    made = Rebuild(replace(settings_of(folder), model="other"), embedder, splitter)
    if read_current_index(settings_of(folder)).folder == "":
        made.run()


# migration


def _prepare_old(folder: Path) -> None:
    from tests.index.store.test_migrations import write_version

    folder.mkdir(exist_ok=True)
    write_version(1, folder / "passerelle.sqlite")


def migrate(folder: Path) -> None:
    Store(folder / "passerelle.sqlite").close()


def what_migration_left(folder: Path) -> Any:
    with closing(Store(folder / "passerelle.sqlite")) as store:
        assert [finding for finding in verify(settings_of(folder)) if finding.is_grave] == []
        (version,) = store.database.connection.execute("PRAGMA user_version").fetchone()
        return version, [listed.card.id for listed in store.list_documents(Access(Audience.STAFF))]


def nothing_to_hold(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "passerelle.sqlite")) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


SCENARIOS: Final[dict[str, Scenario]] = {
    "store": Scenario(bring_to(BEFORE), bring_to(AFTER), every_document_is_whole, what_a_reader_finds),
    "first": Scenario(lambda folder: folder.mkdir(), bring_to(AFTER), every_document_is_whole, what_a_reader_finds),
    "job": Scenario(_prepare_job, run_job, stored_is_sound, what_a_reader_finds),
    "inbox": Scenario(_deliver, take_inbox, stored_is_sound, what_the_forum_left),
    "backup": Scenario(bring_to(AFTER), back_up, no_archive_is_half, what_a_reader_finds),
    "restore": Scenario(_prepare_lost, put_back, restored_or_not_yet, what_a_reader_finds),
    "rebuild": Scenario(bring_to(AFTER), rebuild, every_document_is_whole, what_a_reader_finds),
    "migration": Scenario(_prepare_old, migrate, nothing_to_hold, what_migration_left),
}
