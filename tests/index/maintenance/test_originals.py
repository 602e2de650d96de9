"""Original files in shared storage, through every command of maintenance: nothing is lost, nothing stays unasked."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from index.__main__ import main
from index.maintenance.backup import backup
from index.maintenance.originals import OriginalCounts, copy_originals, count_originals, remove_unused_originals
from index.maintenance.restore import restore, restore_originals
from index.maintenance.verify import verify
from index.store.current_index import current_settings
from index.store.opening import open_originals, open_store
from tests.index.maintenance.commands import build_index, contents
from tests.s3 import BUCKET, S3Server


@pytest.fixture(params=["folder", "s3"])
def objects(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return an address of an empty place that machines share."""
    if request.param == "folder":
        (tmp_path / "share").mkdir()
        return str(tmp_path / "share")
    server: S3Server = request.getfixturevalue("s3_server")
    for name, value in server.environ.items():
        monkeypatch.setenv(name, value)
    return f"s3://{BUCKET}{server.originals().prefix}"


def test_an_index_moves_its_originals_to_a_shared_place_and_keeps_working(objects: str, tmp_path: Path) -> None:
    before = build_index(tmp_path / "var")
    expected = contents(before)
    settings = replace(before, objects=objects)
    assert count_originals(settings) == OriginalCounts(3, 3, 0)
    assert [finding.is_grave for finding in verify(settings)] == [False]
    assert copy_originals(settings, str(before.originals)) == 3
    assert copy_originals(settings, str(before.originals)) == 0
    assert count_originals(settings) == OriginalCounts(3, 0, 0)
    assert verify(settings) == []
    assert contents(settings) == expected

    archive = tmp_path / "b.zip"
    manifest = backup(settings, archive)
    lost, changed, _ = sorted(open_originals(settings).names())
    open_originals(settings).remove(lost)
    with open_originals(settings).read(changed) as path:
        (tmp_path / "other").write_bytes(path.read_bytes() + b"!")
    if objects.startswith("s3://"):
        from index.store.s3_originals import _file_system

        _file_system().put_file(tmp_path / "other", f"{objects}/{changed[:2]}/{changed}")
    else:
        (tmp_path / "other").replace(Path(objects) / changed[:2] / changed)
    assert [finding.wrong.split("originals are ")[1][:7] for finding in verify(settings)] == ["missing", "damaged"]
    assert len([name for name in backup(settings, tmp_path / "c.zip").files if name.startswith("originals/")]) == 1
    assert restore_originals(settings, archive, manifest) == 2
    assert verify(settings) == []
    assert contents(settings) == expected
    assert restore(settings, archive, force=True).originals == 0
    assert contents(settings) == expected


def test_what_no_document_names_is_removed_and_nothing_else(
    objects: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = replace(build_index(tmp_path / "var"), objects=objects)
    copy_originals(settings, str(tmp_path / "var" / "originals"))
    open_originals(settings).keep(BytesIO(b"of a run that was killed"))
    assert count_originals(settings) == OriginalCounts(3, 0, 1)
    environ = {"PASSERELLE_DATA": str(settings.data), "PASSERELLE_OBJECTS": objects}
    assert main(["originals", "--remove-unused"], environ) == 0
    assert "3 original files are named by documents, 0 are missing, 0 unused." in capsys.readouterr().out
    with closing(open_store(settings)) as store:
        store.remove("b")  # its former text too
    assert remove_unused_originals(settings) == 2
    assert count_originals(settings) == OriginalCounts(1, 0, 0)


def test_an_original_of_an_index_one_can_return_to_stays(tmp_path: Path) -> None:
    settings = build_index(tmp_path / "var")
    backup(settings, tmp_path / "b.zip")
    restore(settings, tmp_path / "b.zip", force=True)
    with closing(open_store(current_settings(settings))) as store:
        store.remove("a")
    assert remove_unused_originals(settings) == 0


def test_what_another_writer_names_meanwhile_is_not_removed(tmp_path: Path) -> None:
    settings = build_index(tmp_path / "var")
    with closing(open_store(settings)) as store:
        named = store.document_table.originals()
        store.drop_originals([*named, store.keep_original(BytesIO(b"nobody's"))])
        assert sorted(store.originals.names()) == named
