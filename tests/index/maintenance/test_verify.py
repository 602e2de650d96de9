"""What is damaged is found, told with the command that mends it, and mended by it."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from index.__main__ import main
from index.lexical.tantivy_index import TantivyIndex
from index.maintenance.backup import backup
from index.maintenance.restore import restore
from index.maintenance.verify import verify
from index.settings import IndexSettings
from index.store.originals import FolderOriginals
from index.store.store import Store
from tests.conftest import prepared
from tests.index.maintenance.commands import build_index, contents, open_indexer_for


@pytest.fixture
def settings(tmp_path: Path) -> IndexSettings:
    return build_index(tmp_path / "var")


def flip(path: Path, needle: bytes) -> None:
    """Change one bit of `needle` wherever it stands in a file."""
    content = path.read_bytes()
    assert needle in content
    path.write_bytes(content.replace(needle, bytes([needle[0] ^ 0x01]) + needle[1:]))


def checkpoint(settings: IndexSettings) -> Path:
    with closing(sqlite3.connect(settings.store)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return settings.store


def test_verify_finds_a_changed_letter_a_changed_vector_and_a_changed_original(
    settings: IndexSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify(settings) == []
    with closing(Store(settings.store)) as store:
        vector = store.passage_table.vectors()[1][0].tobytes()
        original = FolderOriginals(settings.originals).path(store.document_table.originals()[0])
    flip(checkpoint(settings), vector)
    (vectors,) = verify(settings)
    assert (vectors.command, vectors.is_grave) == ("python -m index rebuild --all", False)
    original.write_bytes(b"another")
    assert [finding.command for finding in verify(settings)] == [
        "python -m index rebuild --all",
        "python -m index restore FILE --originals",
    ]
    flip(checkpoint(settings), b"tram de Strasbourg")
    assert verify(settings)[0][1:] == ("python -m index restore FILE", True)
    assert main(["verify"], {"PASSERELLE_DATA": str(settings.data)}) == 2
    assert "texts are not what was written: a" in capsys.readouterr().out


@pytest.mark.parametrize("table", ["documents", "versions"])
def test_groups_that_are_filtered_by_and_not_stated_are_found(settings: IndexSettings, table: str) -> None:
    indexer = open_indexer_for(settings)
    for text in ("un texte", "un autre"):
        indexer.put([prepared("reserved", text, groups=("gt-a",))])
    indexer.finish()
    indexer.store.close()
    assert verify(settings) == []
    with closing(sqlite3.connect(settings.store)) as db:
        db.execute(f"UPDATE {table} SET groups = '[]' WHERE groups <> '[]'")
        db.commit()
    (finding,) = verify(settings)
    assert (finding.command, finding.is_grave) == ("python -m index restore FILE", True)


@pytest.mark.parametrize("kept", [0.0, 0.5, 0.9])
def test_a_truncated_store_is_refused_with_the_command_and_comes_back_from_the_backup(
    settings: IndexSettings, tmp_path: Path, kept: float
) -> None:
    before = contents(settings)
    backup(settings, tmp_path / "b.zip")
    store = checkpoint(settings)
    for beside in ("-wal", "-shm"):
        store.with_name(store.name + beside).unlink(missing_ok=True)
    store.write_bytes(store.read_bytes()[: int(store.stat().st_size * kept)])
    findings = verify(settings)
    assert findings
    assert (findings[0].is_grave, findings[0].command) == (True, "python -m index restore FILE")
    restore(settings, tmp_path / "b.zip")
    assert contents(settings) == before


def test_a_damaged_lexical_index_is_reported_and_made_anew_by_itself(settings: IndexSettings) -> None:
    for damaged in sorted((settings.lexical / "staff").glob("*.idx")):
        content = bytearray(damaged.read_bytes())
        content[len(content) // 2] ^= 0xFF
        damaged.write_bytes(content)
    (finding,) = verify(settings)
    assert "damaged" in finding.wrong
    assert not finding.is_grave
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
