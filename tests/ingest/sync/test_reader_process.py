"""Whatever a file does to its reader, the run goes on and the reason is reported."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.loaders.loaded_file import UnreadableFile
from ingest.sync.reader_process import ReaderProcess
from tests.ingest.loaders.real_files import write_docx


@pytest.fixture
def reader() -> Iterator[ReaderProcess]:
    with ReaderProcess(seconds=60) as reader:
        yield reader


def test_a_file_is_read_in_the_child_as_it_would_be_here(tmp_path: Path, reader: ReaderProcess) -> None:
    loaded = reader.read(write_docx(tmp_path / "é note.docx"))
    assert loaded.sections[2].label == "art. 5"
    assert loaded.hints["author"] == "Service juridique"


def test_a_file_that_takes_too_much_memory_is_reported_and_the_next_is_read(tmp_path: Path) -> None:
    huge, small = tmp_path / "huge.txt", tmp_path / "small.txt"
    with huge.open("wb") as file:
        file.truncate(1 << 30)
    small.write_text("Texte.", encoding="utf-8")
    with ReaderProcess(memory=512 << 20) as reader:
        with pytest.raises(UnreadableFile, match="memory"):
            reader.read(huge)
        assert reader.read(small).sections[0].text == "Texte."


def test_a_file_that_takes_too_long_is_reported(tmp_path: Path) -> None:
    small = tmp_path / "small.txt"
    small.write_text("Texte.", encoding="utf-8")
    reader = ReaderProcess(seconds=0.001)  # less than it takes to start
    with reader, pytest.raises(UnreadableFile, match=r"longer than 0\.001 seconds"):
        reader.read(small)


def test_a_child_that_was_killed_is_replaced(tmp_path: Path, reader: ReaderProcess) -> None:
    small = tmp_path / "small.txt"
    small.write_text("Texte.", encoding="utf-8")
    reader.read(small)
    assert reader._child is not None
    reader._child.kill()
    assert reader.read(small).sections[0].text == "Texte."


def test_a_closed_reader_reads_no_more(tmp_path: Path) -> None:
    reader = ReaderProcess()
    reader.close()
    small = tmp_path / "small.txt"
    small.write_text("Texte.", encoding="utf-8")
    with pytest.raises(UnreadableFile, match="stopped"):
        reader.read(small)


def test_nothing_is_left_behind_by_a_reader_whose_child_was_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    abandoned = tmp_path / "passerelle-read-of-last-week"
    abandoned.mkdir()
    os.utime(abandoned, (1_700_000_000, 1_700_000_000))
    small = tmp_path / "small.txt"
    small.write_text("Texte.", encoding="utf-8")
    with ReaderProcess() as reader:
        reader.read(small)
        (scratch,) = tmp_path.glob("passerelle-read-*")
        assert scratch != abandoned
        (scratch / "passerelle-office-x").mkdir()
        assert reader._child is not None
        reader._child.kill()
        reader.read(small)
        assert not scratch.exists()
    assert list(tmp_path.iterdir()) == [small]


def test_a_child_whose_parent_is_gone_tidies_up_after_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    small = tmp_path / "small.txt"
    small.write_text("Texte.", encoding="utf-8")
    with ReaderProcess() as reader:
        reader.read(small)
        child = reader._child
        assert child is not None
        assert child.stdin is not None
        child.stdin.close()  # all that the child sees of a job that was killed
        assert child.wait(30) == 0
        child.stdin = None
        assert list(tmp_path.iterdir()) == [small]
