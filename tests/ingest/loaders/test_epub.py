"""Books are read chapter by chapter."""

from __future__ import annotations

import zipfile
from pathlib import Path

from ingest.loaders.dispatch import load


def test_a_book_gives_its_chapters_in_the_order_of_the_spine(tmp_path: Path) -> None:
    path = tmp_path / "livre.epub"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr(
            "META-INF/container.xml",
            '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="O/b.opf"/></rootfiles></container>',
        )
        archive.writestr(
            "O/b.opf",
            '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>'
            '<dc:title>Le Rhin</dc:title></metadata><manifest><item id="a" href="z.xhtml"/>'
            '<item id="b" href="a.xhtml"/>'
            '</manifest><spine><itemref idref="a"/><itemref idref="b"/></spine></package>',
        )
        archive.writestr("O/z.xhtml", "<html><body><h1>Un</h1><p>Le fleuve.</p></body></html>")
        archive.writestr("O/a.xhtml", "<html><body><h1>Deux</h1><p>Le pont.</p></body></html>")
    loaded = load(path)
    assert [(section.label, section.text) for section in loaded.sections] == [
        ("Un", "Le fleuve."),
        ("Deux", "Le pont."),
    ]
    assert loaded.hints["title"] == "Le Rhin"
