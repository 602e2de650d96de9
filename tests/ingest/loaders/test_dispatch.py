"""Files are read as what they are, whatever they are called; the others are named with a remedy."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from index.formats import FORMAT_OF_SUFFIX, SUFFIXES_OF_FORMAT
from ingest.loaders.dispatch import REMEDIES, load
from ingest.loaders.loaded_file import UnreadableFile
from tests.ingest.loaders.real_files import load_text, write_docx, write_pdf


def test_an_unknown_suffix_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"“\.xyz” is not a format that is read here: save it as PDF"):
        load_text(tmp_path, "a.xyz", b"abc")


def test_a_file_without_a_suffix_is_read_as_what_it_is_and_reported(tmp_path: Path) -> None:
    word = write_docx(tmp_path / "Note de M. Dupont")
    assert load(word).warnings == ("no suffix: this is a .docx file, and was read as one.",)
    (tmp_path / "LISEZMOI").write_text("Une phrase ordinaire.", encoding="utf-8")
    assert load(tmp_path / "LISEZMOI").sections[0].text == "Une phrase ordinaire."
    (tmp_path / "DONNEES").write_bytes(b"\0\1\2\3" * 50)
    with pytest.raises(UnreadableFile, match="no suffix, and its contents do not tell"):
        load(tmp_path / "DONNEES")


def test_a_file_with_a_wrong_suffix_is_read_as_what_it_is_and_reported(tmp_path: Path) -> None:
    pdf = write_pdf(tmp_path / "vrai.pdf", [["Une phrase ordinaire sur une page."]])
    wrong = pdf.rename(tmp_path / "faux.docx")
    loaded = load(wrong)
    assert loaded.sections[0].text == "Une phrase ordinaire sur une page."
    assert loaded.warnings == ("wrong suffix: this is a .pdf file, and was read as one.",)
    word = write_docx(tmp_path / "vrai.docx").rename(tmp_path / "faux.txt")
    assert "wrong suffix" in load(word).warnings[0]


@pytest.mark.parametrize("suffix", [".zip", ".mp3", ".djvu", ".accdb", ".url", ".xyz"])
def test_what_is_not_read_is_named_with_its_remedy(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"a{suffix}").write_bytes(b"\0\1\2\3")
    with pytest.raises(UnreadableFile, match=rf"“\{suffix}” is not a format that is read here: .*\.ingestignore"):
        load(tmp_path / f"a{suffix}")


def test_no_suffix_is_both_read_and_refused() -> None:
    assert not REMEDIES.keys() & FORMAT_OF_SUFFIX.keys()


@pytest.mark.parametrize("name", SUFFIXES_OF_FORMAT)
def test_every_format_has_a_loader(name: str) -> None:
    assert callable(import_module(f"ingest.loaders.{name}").load)
