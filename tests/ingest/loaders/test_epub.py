"""Books are read chapter by chapter."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from ingest.loaders.dispatch import load
from ingest.loaders.loaded_file import UnreadableFile

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="O/b.opf"/></rootfiles></container>'
)
CALL = '<a epub:type="noteref" href="#n1">1</a>'


def write_book(path: Path, chapters: dict[str, str | bytes], **others: str) -> Path:
    """Write a book with these chapters by name; a chapter without content is named only."""
    items = "".join(f'<item id="c{number}" href="{name}"/>' for number, name in enumerate(chapters))
    references = "".join(f'<itemref idref="c{number}"/>' for number in range(len(chapters)))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr("META-INF/container.xml", CONTAINER)
        archive.writestr(
            "O/b.opf",
            '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>'
            f"<dc:title>Le Rhin</dc:title></metadata><manifest>{items}</manifest><spine>{references}</spine></package>",
        )
        for name, content in ({f"O/{name}": content for name, content in chapters.items()} | others).items():
            if content:
                archive.writestr(name, content)
    return path


def test_a_book_gives_its_chapters_in_the_order_of_the_spine(tmp_path: Path) -> None:
    chapters: dict[str, str | bytes] = {
        "z.xhtml": "<html><body><h1>Un</h1><p>Le fleuve.</p></body></html>",
        "a.xhtml": "<html><body><h1>Deux</h1><p>Le pont.</p></body></html>",
    }
    loaded = load(write_book(tmp_path / "livre.epub", chapters))
    assert [(section.label, section.text) for section in loaded.sections] == [
        ("Un", "Le fleuve."),
        ("Deux", "Le pont."),
    ]
    assert loaded.hints["title"] == "Le Rhin"


def test_a_chapter_in_xhtml_is_read_whole_with_its_notes_and_without_its_contents(tmp_path: Path) -> None:
    chapter = (
        '<?xml version="1.0" encoding="ISO-8859-1"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body>'
        '<nav epub:type="toc"><ol><li><a href="x">Un</a></li></ol></nav><a id="p1"/><span epub:type="pagebreak"/>'
        f'<p>L\'été à Bâle{CALL}.</p><aside epub:type="footnote" id="n1" hidden=""><p>Note un.</p></aside>'
        "<p hidden=''>SECRET</p></body></html>"
    )
    loaded = load(write_book(tmp_path / "livre.epub", {"a.xhtml": chapter.encode("iso-8859-1")}))
    assert [section.text for section in loaded.sections] == ["L'été à Bâle.\n\nNote un."]
    assert [(part.what, part.where) for part in loaded.left_out] == [("1 hidden part", "a.xhtml")]


def test_chapters_that_are_missing_or_no_pages_are_told(tmp_path: Path) -> None:
    chapters: dict[str, str | bytes] = {"A.xhtml": "<p>Un.</p>", "b.xhtml": "", "c.jpg": b"x"}
    path = write_book(tmp_path / "livre.epub", chapters)
    assert [(part.where, part.why) for part in load(path).left_out] == [
        ("O/b.xhtml", "the book names it and does not hold it"),
        ("O/c.jpg", "a picture or another file that is no page"),
    ]


def test_a_protected_book_is_refused_for_that_reason(tmp_path: Path) -> None:
    sealed = (
        '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><EncryptedData '
        'xmlns="http://www.w3.org/2001/04/xmlenc#"><CipherData><CipherReference URI="O/a.xhtml"/></CipherData>'
        "</EncryptedData></encryption>"
    )
    path = write_book(tmp_path / "livre.epub", {"a.xhtml": b"\x01\x02\x03"}, **{"META-INF/encryption.xml": sealed})
    with pytest.raises(UnreadableFile, match="protected against copying"):
        load(path)
