"""Backup and restore, tested by really losing and damaging what they are for."""

from __future__ import annotations

import json
import shutil
import sqlite3
import threading
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from index.errors import StoreError
from index.lexical.tantivy_index import TantivyIndex
from index.maintenance.backup import BackupError, backup, check
from index.maintenance.restore import restore, undo
from index.maintenance.verify import verify
from index.settings import IndexSettings
from index.store.current_index import POINTER, current_settings
from index.store.locks import INGEST_LOCK, AnotherJob, job_lock
from index.store.store import Store
from tests.index.maintenance.commands import build_index, contents, open_indexer_for, put


@pytest.fixture
def settings(tmp_path: Path) -> IndexSettings:
    return build_index(tmp_path / "var")


def test_everything_lost_is_there_again_after_restore(settings: IndexSettings, tmp_path: Path) -> None:
    before, file = contents(settings), tmp_path / "backups" / "monday.zip"
    settings.thesaurus_additions.write_text("# what staff added", encoding="utf-8")
    manifest = backup(settings, file)
    assert (manifest.documents, manifest.embedder) == (2, "hash")
    assert not any("models" in name or "lexical" in name for name in manifest.files)
    assert file.stat().st_mode & 0o077 == 0
    shutil.rmtree(settings.data)
    done = restore(settings, file)
    assert contents(settings) == before
    assert (done.originals, set(done.put_back)) == (
        3,
        {"keys.sqlite", "thesaurus-additions.ttl"},
    )  # b's former text too
    assert settings.thesaurus_additions.read_text("utf-8") == "# what staff added"
    with closing(sqlite3.connect(settings.data / "keys.sqlite")) as db:
        assert db.execute("SELECT name FROM keys").fetchall() == [("Marie",)]
    TantivyIndex(current_settings(settings).lexical).update(Store(current_settings(settings).store))
    assert verify(settings) == []


def test_a_backup_taken_while_a_job_writes_is_one_moment_of_the_store(settings: IndexSettings, tmp_path: Path) -> None:
    indexer = open_indexer_for(settings)
    with indexer.store.database.transaction() as db:
        db.execute("UPDATE documents SET kind = 'news'")
        manifest = backup(settings, tmp_path / "now.zip")
    assert manifest.generation == indexer.store.generation
    assert check(tmp_path / "now.zip") == manifest


def test_a_log_that_grows_while_it_is_read_leaves_the_backup_whole(settings: IndexSettings, tmp_path: Path) -> None:
    log, ended = settings.data / "audit" / "today.jsonl", threading.Event()
    log.parent.mkdir()
    log.write_text("a line\n" * 200_000)

    def append() -> None:
        with log.open("a", buffering=1) as lines:
            while not ended.is_set():
                lines.write("one more line\n")

    writer = threading.Thread(target=append)
    writer.start()
    try:
        for number in range(3):
            backup(settings, tmp_path / f"{number}.zip")
            check(tmp_path / f"{number}.zip")
    finally:
        ended.set()
        writer.join()


def test_a_sound_index_that_holds_more_is_not_replaced_unless_forced_and_can_be_returned_to(
    settings: IndexSettings, tmp_path: Path
) -> None:
    file = tmp_path / "old.zip"
    old = contents(settings)
    backup(settings, file)
    put(open_indexer_for(settings), "c", "un document de plus")
    newer = contents(settings)
    with pytest.raises(BackupError, match=r"3 documents, 1 changes newer.*--force"):
        restore(settings, file)
    assert contents(settings) == newer
    restore(settings, file, force=True)
    assert contents(settings) == old
    undo(settings)
    assert contents(settings) == newer


def test_a_restored_index_is_never_searched_with_what_was_derived_from_the_lost_one(
    settings: IndexSettings, tmp_path: Path
) -> None:
    backup(settings, tmp_path / "old.zip")
    put(open_indexer_for(settings), "c", "plus tard")
    lineage = Store(current_settings(settings).store).lineage
    restore(settings, tmp_path / "old.zip", force=True)
    assert Store(current_settings(settings).store).lineage != lineage


@pytest.mark.parametrize("damage", ["cut", "flipped", "none of ours"])
def test_a_damaged_archive_is_refused_and_nothing_is_changed(
    settings: IndexSettings, tmp_path: Path, damage: str
) -> None:
    file = tmp_path / "b.zip"
    backup(settings, file)
    content = bytearray(file.read_bytes())
    if damage == "cut":
        file.write_bytes(content[: len(content) // 2])
    elif damage == "flipped":
        content[content.index("un hôpital".encode())] ^= 0x10  # an original is stored as it is
        file.write_bytes(content)
    else:
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("manifest.json", json.dumps({"format": 7}))
    before = contents(settings)
    with pytest.raises(BackupError):
        restore(settings, file, force=True)
    assert contents(settings) == before
    assert not (settings.data / POINTER).exists()


def test_what_was_revoked_since_the_backup_stays_revoked(settings: IndexSettings, tmp_path: Path) -> None:
    backup(settings, tmp_path / "b.zip")
    with closing(sqlite3.connect(settings.data / "keys.sqlite")) as db:
        db.execute("DELETE FROM keys")
        db.commit()
    assert restore(settings, tmp_path / "b.zip").kept == ("keys.sqlite",)
    with closing(sqlite3.connect(settings.data / "keys.sqlite")) as db:
        assert db.execute("SELECT * FROM keys").fetchall() == []


def test_a_job_that_is_writing_is_not_restored_over(settings: IndexSettings, tmp_path: Path) -> None:
    backup(settings, tmp_path / "b.zip")
    with job_lock(settings.data / INGEST_LOCK), pytest.raises(AnotherJob, match=r"process \d+ on "):
        restore(settings, tmp_path / "b.zip")


def test_there_is_nothing_to_go_back_to_at_first_and_a_damaged_pointer_is_an_error(settings: IndexSettings) -> None:
    with pytest.raises(StoreError, match="no index from before"):
        undo(settings)
    (settings.data / POINTER).write_text("{")
    with pytest.raises(StoreError, match=r"cannot be read.*index restore FILE"):
        current_settings(settings)
