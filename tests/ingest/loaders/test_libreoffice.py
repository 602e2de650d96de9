"""Old office files are read through LibreOffice."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ingest.loaders.dispatch import load
from ingest.loaders.loaded_file import UnreadableFile
from tests.ingest.loaders.programs import convert, needs_libreoffice
from tests.ingest.loaders.real_files import write_docx


def test_an_old_binary_file_is_read_through_libreoffice_or_its_absence_is_reported(tmp_path: Path) -> None:
    (tmp_path / "a.doc").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    with pytest.raises(UnreadableFile, match="LibreOffice"):
        load(tmp_path / "a.doc")


@needs_libreoffice
def test_a_real_old_word_file_is_read(tmp_path: Path) -> None:
    convert(write_docx(tmp_path / "a.docx"), "doc")
    assert "art. 5" in [section.label for section in load(tmp_path / "a.doc").sections]


@needs_libreoffice
@pytest.mark.parametrize(("suffix", "written"), [(".fodt", "docx"), (".sxw", "fodt")])
def test_what_libreoffice_converts_is_read(tmp_path: Path, suffix: str, written: str) -> None:
    convert(write_docx(tmp_path / "a.docx"), "fodt")
    converted = tmp_path / "a.fodt"
    if suffix == ".sxw":  # as old programs named it; LibreOffice goes by the contents
        converted = Path(shutil.copy(converted, tmp_path / "b.sxw"))
    assert "art. 5" in [section.label for section in load(converted).sections]
