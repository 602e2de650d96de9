"""Backup, restore, verify and rebuild, tested by really losing and damaging what they are for."""

from __future__ import annotations

import json
import shutil
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from index.__main__ import main
from index.backup import BackupError, backup, check
from index.documents import Audience
from index.errors import StoreError
from index.lexical import TantivyIndex
from index.lock import INGESTION, AnotherJob, exclusive
from index.place import POINTER, at, current, place_of
from index.rebuilding import Rebuild
from index.restoring import restore, undo
from index.settings import IndexSettings
from index.splitting import PassageSplitter
from index.store import FileRecord, Store
from index.update import Indexer, Prepared
from index.upkeep import originals_named
from index.verifying import verify
from index.withdrawals import Withdrawal
from tests.conftest import HashEmbedder, prepared


class OtherEmbedder(HashEmbedder):
    name, dimension = "other", 16


def open_here(settings: IndexSettings, embedder: HashEmbedder | None = None) -> Indexer:
    now = current(settings)
    store = Store(now.store, create=True, originals=now.originals)
    store.require("embedder", (embedder or HashEmbedder()).name)
    return Indexer(store, embedder or HashEmbedder(), TantivyIndex(now.lexical))


def put(indexer: Indexer, id: str, *texts: str) -> None:
    """Put a document cut as the job cuts it, with an original file and what is remembered of it."""
    made = prepared(id, *texts).document
    original = indexer.store.keep_original("\n".join(texts).encode())
    document = type(made)(
        made.id, made.text, made.sections, made.metadata, source="/s", path=made.path, original=original
    )
    splitter = PassageSplitter(HashEmbedder().count_tokens)
    record = FileRecord("/s", made.path, 1, 1, original, id)
    indexer.put([Prepared(document, splitter.passages(document), record)])


def rebuild(settings: IndexSettings, embedder: HashEmbedder) -> Rebuild:
    return Rebuild(settings, embedder, PassageSplitter(embedder.count_tokens))


def contents(settings: IndexSettings) -> dict[str, object]:
    """Return everything a reader could notice."""
    now = current(settings)
    with closing(Store(now.store, originals=now.originals)) as store:
        return {
            one.card.id: (
                store.document(one.card.id, Audience.STAFF),
                [(version.number, version.until) for version in store.versions(one.card.id, Audience.STAFF)],
                store.paths(one.card.id),
                store.original(one.card.original).read_bytes(),
            )
            for one in store.listed(Audience.STAFF)
        }


@pytest.fixture
def settings(tmp_path: Path) -> IndexSettings:
    settings = IndexSettings(data=tmp_path / "var")
    indexer = open_here(settings)
    put(indexer, "a", "le tram de Strasbourg passe le Rhin", "il va à Kehl")
    put(indexer, "b", "un hôpital pour deux pays")
    put(indexer, "b", "un hôpital commun pour deux pays")
    indexer.store.record("splitter", PassageSplitter(HashEmbedder().count_tokens).name)
    indexer.store.record("token codes", "")
    indexer.finish()
    indexer.store.close()
    (settings.data / "keys.sqlite").touch()
    with closing(sqlite3.connect(settings.data / "keys.sqlite")) as db:
        db.execute("CREATE TABLE keys (name TEXT)")
        db.execute("INSERT INTO keys VALUES ('Marie')")
        db.commit()
    (settings.data / "models").mkdir()
    (settings.data / "models" / "graph.bin").write_bytes(b"prepared, can be made again")
    return settings


def test_everything_lost_is_there_again_after_restore(settings: IndexSettings, tmp_path: Path) -> None:
    before, file = contents(settings), tmp_path / "backups" / "monday.zip"
    manifest = backup(settings, file)
    assert (manifest.documents, manifest.embedder) == (2, "hash")
    assert not any("models" in name or "lexical" in name for name in manifest.files)
    assert file.stat().st_mode & 0o077 == 0
    shutil.rmtree(settings.data)
    done = restore(settings, file)
    assert contents(settings) == before
    assert (done.originals, done.put_back) == (3, ("keys.sqlite",))  # b's former text too
    with closing(sqlite3.connect(settings.data / "keys.sqlite")) as db:
        assert db.execute("SELECT name FROM keys").fetchall() == [("Marie",)]
    TantivyIndex(current(settings).lexical).update(Store(current(settings).store))
    assert verify(settings) == []


def test_a_backup_taken_while_a_job_writes_is_one_moment_of_the_store(settings: IndexSettings, tmp_path: Path) -> None:
    indexer = open_here(settings)
    with indexer.store.writing() as db:
        db.execute("UPDATE documents SET kind = 'news'")
        manifest = backup(settings, tmp_path / "now.zip")
    assert manifest.generation == indexer.store.generation
    assert check(tmp_path / "now.zip") == manifest


def test_a_sound_index_that_holds_more_is_not_replaced_unless_forced_and_can_be_returned_to(
    settings: IndexSettings, tmp_path: Path
) -> None:
    file = tmp_path / "old.zip"
    old = contents(settings)
    backup(settings, file)
    put(open_here(settings), "c", "un document de plus")
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
    put(open_here(settings), "c", "plus tard")
    lineage = Store(current(settings).store).lineage
    restore(settings, tmp_path / "old.zip", force=True)
    assert Store(current(settings).store).lineage != lineage


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
        content[len(content) // 3] ^= 0x10
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
    with exclusive(settings.data / INGESTION), pytest.raises(AnotherJob, match=r"process \d+ on "):
        restore(settings, tmp_path / "b.zip")


def flip(path: Path, needle: bytes) -> None:
    """Change one bit of `needle` wherever it stands in a file."""
    content = path.read_bytes()
    assert needle in content
    path.write_bytes(content.replace(needle, bytes([needle[0] ^ 0x01]) + needle[1:]))


def whole_in_one_file(settings: IndexSettings) -> Path:
    with closing(sqlite3.connect(settings.store)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return settings.store


def test_verify_finds_a_changed_letter_a_changed_vector_and_a_changed_original(
    settings: IndexSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify(settings) == []
    with closing(Store(settings.store)) as store:
        vector = store.vectors()[1][0].tobytes()
        original = store.original(originals_named(store)[0])
    flip(whole_in_one_file(settings), vector)
    (vectors,) = verify(settings)
    assert (vectors.command, vectors.grave) == ("python -m index rebuild --all", False)
    original.write_bytes(b"another")
    assert [one.command for one in verify(settings)] == [
        "python -m index rebuild --all",
        "python -m index restore FILE --originals",
    ]
    flip(whole_in_one_file(settings), b"tram de Strasbourg")
    assert verify(settings)[0][1:] == ("python -m index restore FILE", True)
    assert main(["verify"], {"PASSERELLE_DATA": str(settings.data)}) == 2
    assert "texts are not what was written: a" in capsys.readouterr().out


@pytest.mark.parametrize("kept", [0.0, 0.5, 0.9])
def test_a_truncated_store_is_refused_with_the_command_and_comes_back_from_the_backup(
    settings: IndexSettings, tmp_path: Path, kept: float
) -> None:
    before = contents(settings)
    backup(settings, tmp_path / "b.zip")
    store = whole_in_one_file(settings)
    for beside in ("-wal", "-shm"):
        store.with_name(store.name + beside).unlink(missing_ok=True)
    store.write_bytes(store.read_bytes()[: int(store.stat().st_size * kept)])
    found = verify(settings)
    assert found
    assert (found[0].grave, found[0].command) == (True, "python -m index restore FILE")
    restore(settings, tmp_path / "b.zip")
    assert contents(settings) == before


def test_a_damaged_lexical_index_is_told_and_made_anew_by_itself(settings: IndexSettings) -> None:
    for damaged in sorted((settings.lexical / "staff").glob("*.idx")):
        content = bytearray(damaged.read_bytes())
        content[len(content) // 2] ^= 0xFF
        damaged.write_bytes(content)
    (found,) = verify(settings)
    assert "damaged" in found.wrong
    assert not found.grave
    TantivyIndex(settings.lexical).update(Store(settings.store))
    assert verify(settings) == []


def test_originals_that_are_gone_come_back_from_the_backup_alone(settings: IndexSettings, tmp_path: Path) -> None:
    before = contents(settings)
    main(["backup", str(tmp_path / "b.zip")], {"PASSERELLE_DATA": str(settings.data)})
    shutil.rmtree(settings.originals)
    assert main(["verify"], {"PASSERELLE_DATA": str(settings.data)}) == 1
    assert main(["restore", "--originals", str(tmp_path / "b.zip")], {"PASSERELLE_DATA": str(settings.data)}) == 0
    assert contents(settings) == before
    assert verify(settings) == []


def test_another_model_makes_a_second_index_beside_the_first_and_back_again(settings: IndexSettings) -> None:
    before, first = contents(settings), place_of(settings)
    said = rebuild(settings, OtherEmbedder()).run()
    assert "rebuild --back" in said
    assert contents(settings) == before
    now = current(settings)
    assert now.store != settings.store
    with closing(Store(now.store)) as store:
        assert store.fact("embedder") == "other"
        assert store.vectors()[1].shape[1] == OtherEmbedder.dimension
    assert verify(settings) == []
    put(open_here(settings, OtherEmbedder()), "c", "venu depuis")
    newer = contents(settings)
    rebuild(at(settings, first), HashEmbedder()).back()
    assert current(settings).store == settings.store
    assert contents(settings) == newer
    assert Store(settings.store).vectors()[1].shape[1] == HashEmbedder.dimension
    assert verify(settings) == []


def test_a_rebuild_takes_what_came_meanwhile_and_what_went(settings: IndexSettings) -> None:
    class Meanwhile(OtherEmbedder):
        def embed_passages(self, texts: list[str]) -> object:  # type: ignore[override]
            if not self.texts:
                indexer = open_here(settings)
                put(indexer, "c", "venu pendant la reconstruction")
                put(indexer, "a", "le tram va plus loin")
                indexer.remove("b")
            return super().embed_passages(texts)

    rebuild(settings, Meanwhile()).run()
    found = contents(settings)
    assert list(found) == ["a", "c"]
    assert "plus loin" in str(found["a"])
    assert verify(settings) == []


def test_a_withdrawn_document_is_rebuilt_and_restored_as_withdrawn(settings: IndexSettings, tmp_path: Path) -> None:
    withdrawal = Withdrawal("a", "a", "2026-01-01T00:00:00+00:00", "Marie", "names somebody")
    Store(settings.store, originals=settings.originals).withdrawn.add(withdrawal)
    assert list(contents(settings)) == ["b"]
    rebuild(settings, OtherEmbedder()).run()
    assert list(contents(settings)) == ["b"]
    assert verify(settings) == []
    backup(settings, tmp_path / "b.zip")
    shutil.rmtree(settings.data)
    restore(settings, tmp_path / "b.zip")
    assert list(contents(settings)) == ["b"]
    now = current(settings)
    assert Store(now.store, originals=now.originals).withdrawn.undo("a")
    assert list(contents(settings)) == ["a", "b"]


def test_a_rebuild_that_was_stopped_goes_on_and_embeds_nothing_twice(settings: IndexSettings) -> None:
    indexer = open_here(settings)
    for number in range(40):
        put(indexer, f"d{number}", f"texte numéro {number}")

    class Stops(OtherEmbedder):
        def embed_passages(self, texts: list[str]) -> object:  # type: ignore[override]
            if len(self.texts) > 20:
                raise KeyboardInterrupt
            return super().embed_passages(texts)

    with pytest.raises(KeyboardInterrupt):
        rebuild(settings, Stops()).run()
    assert place_of(settings).folder == ""
    goes_on = OtherEmbedder()
    rebuild(settings, goes_on).run()
    assert 0 < len(goes_on.texts) < 43
    assert len(contents(settings)) == 42
    assert verify(settings) == []


def test_without_a_change_only_what_is_derived_is_made_anew(settings: IndexSettings) -> None:
    embedder = HashEmbedder()
    rebuild(settings, embedder).run()
    assert embedder.texts == []
    assert place_of(settings).folder == ""
    assert verify(settings) == []


def test_there_is_nothing_to_go_back_to_at_first_and_a_lost_pointer_is_told(settings: IndexSettings) -> None:
    with pytest.raises(StoreError, match="no index from before"):
        undo(settings)
    (settings.data / POINTER).write_text("{")
    with pytest.raises(StoreError, match=r"cannot be read.*index restore FILE"):
        current(settings)
