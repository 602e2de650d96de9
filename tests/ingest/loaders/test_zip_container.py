"""The archive that an office file is must be whole, of a sane size and not encrypted."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from ingest.loaders.dispatch import load
from ingest.loaders.loaded_file import UnreadableFile
from ingest.loaders.zip_container import check_zip
from tests.ingest.loaders.real_files import write_docx, write_odt, write_pptx


@pytest.mark.parametrize("suffix", [".docx", ".pptx", ".odt"])
def test_a_file_that_is_not_what_its_suffix_says_is_unreadable(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    path.write_bytes(b"%PDF-1.4 in truth")
    with pytest.raises(UnreadableFile, match="in spite of its suffix"):
        load(path)


@pytest.mark.parametrize("suffix", [".docx", ".pptx", ".odt"])
def test_a_truncated_office_file_is_unreadable(tmp_path: Path, suffix: str) -> None:
    write = {".docx": write_docx, ".pptx": write_pptx, ".odt": write_odt}[suffix]
    path = write(tmp_path / f"x{suffix}")
    path.write_bytes(path.read_bytes()[:-400])
    with pytest.raises(UnreadableFile, match="damaged"):
        load(path)


def test_an_encrypted_or_old_office_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.docx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    with pytest.raises(UnreadableFile, match="encrypted, or an old binary format"):
        load(path)


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.docx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"\0" * (3 << 20))
    check_zip(path, "Word")
    with pytest.raises(UnreadableFile, match="would unpack to 3 MB, more than 2"):
        check_zip(path, "Word", most_bytes=2 << 20)
