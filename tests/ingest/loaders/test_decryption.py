"""Files behind a password: read when the catalogue gives it, else named with what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document as Word
from msoffcrypto.format.ooxml import OOXMLFile
from pypdf import PdfReader, PdfWriter
from reportlab.pdfgen.canvas import Canvas

from ingest.loaders.loaded_file import UnreadableFile
from ingest.sources.catalogue import take_inventory
from ingest.sync.reader_process import ReaderProcess

SECRET = "pont de l’Europe"


def locked_pdf(path: Path) -> None:
    plain = BytesIO()
    canvas = Canvas(plain)
    canvas.drawString(72, 700, "Une phrase derrière un mot de passe.")
    canvas.save()
    writer = PdfWriter(clone_from=PdfReader(plain))
    writer.encrypt(SECRET, algorithm="AES-256")
    writer.write(path)


def locked_word(path: Path) -> None:
    plain = BytesIO()
    word = Word()
    word.add_paragraph("Une phrase derrière un mot de passe.")
    word.save(plain)
    with path.open("wb") as file:
        OOXMLFile(plain).encrypt(SECRET, file)


@pytest.fixture(scope="module")
def reader() -> Iterator[ReaderProcess]:
    with ReaderProcess() as opened:
        yield opened


LOCKED = [("note.pdf", locked_pdf), ("note.docx", locked_word)]


@pytest.mark.parametrize(("name", "make"), LOCKED)
def test_a_locked_file_is_read_with_its_password(
    tmp_path: Path, reader: ReaderProcess, name: str, make: Callable[[Path], None]
) -> None:
    make(tmp_path / name)
    loaded = reader.read(tmp_path / name, SECRET)
    assert "Une phrase derrière un mot de passe." in loaded.sections[0].text


@pytest.mark.parametrize(("name", "make"), LOCKED)
def test_without_it_or_with_a_wrong_one_the_file_is_named_and_the_secret_is_not(
    tmp_path: Path, reader: ReaderProcess, name: str, make: Callable[[Path], None]
) -> None:
    make(tmp_path / name)
    with pytest.raises(UnreadableFile, match=r"column `password` of catalogue\.csv"):
        reader.read(tmp_path / name)
    with pytest.raises(UnreadableFile, match=r"the password in catalogue\.csv does not open it") as wrong:
        reader.read(tmp_path / name, "faux-secret")
    assert "faux-secret" not in str(wrong.value)


def test_a_password_for_a_file_without_one_does_no_harm(tmp_path: Path, reader: ReaderProcess) -> None:
    (tmp_path / "note.md").write_text("# Titre\n\nUne phrase.", encoding="utf-8")
    assert reader.read(tmp_path / "note.md", SECRET).sections


def test_the_password_stands_in_the_catalogue(tmp_path: Path) -> None:
    (tmp_path / "note.pdf").touch()
    (tmp_path / "catalogue.csv").write_text(f"file;password\nnote.pdf;{SECRET}\n", encoding="utf-8")
    (candidate,) = take_inventory(tmp_path).candidates
    assert candidate.password == SECRET


def test_an_encrypted_office_file_is_not_called_an_old_one(tmp_path: Path, reader: ReaderProcess) -> None:
    locked_word(tmp_path / "note.docx")
    with pytest.raises(UnreadableFile, match=r"^encrypted: a password is needed"):
        reader.read(tmp_path / "note.docx")
