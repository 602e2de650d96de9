"""Footnotes stand below the section that calls them, in every format."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.loaders.dispatch import load
from tests.ingest.loaders.programs import convert, needs_libreoffice

pytestmark = needs_libreoffice

OFFICE = "urn:oasis:names:tc:opendocument:xmlns:"
WITH_NOTE = (
    f'<office:document xmlns:office="{OFFICE}office:1.0" xmlns:text="{OFFICE}text:1.0" xmlns:table="{OFFICE}table:1.0" '
    'office:version="1.2" office:mimetype="application/vnd.oasis.opendocument.text"><office:body><office:text>'
    '<text:h text:outline-level="1">Les rives</text:h>'
    "<text:p>La convention<text:note text:note-class='footnote'><text:note-citation>1</text:note-citation>"
    "<text:note-body><text:p>Signée à Trèves.</text:p></text:note-body></text:note> lie les deux rives.</text:p>"
    '<text:h text:outline-level="1">Les ponts</text:h><text:p>Ils sont trois.</text:p>'
    "</office:text></office:body></office:document>"
)
EXPECTED = [
    ("Les rives", "La convention lie les deux rives.\n\n(1) Signée à Trèves."),
    ("Les ponts", "Ils sont trois."),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a text that has a footnote, in the formats LibreOffice writes."""
    folder = tmp_path_factory.mktemp("footnotes")
    (folder / "a.fodt").write_text(f'<?xml version="1.0" encoding="UTF-8"?>{WITH_NOTE}', encoding="utf-8")
    for suffix in ("docx", "odt", "rtf", "html"):
        convert(folder / "a.fodt", suffix)
    return folder


@pytest.mark.parametrize("suffix", ["docx", "odt", "rtf"])
def test_a_note_stands_below_the_section_that_calls_it(folder: Path, suffix: str) -> None:
    assert [(section.label, section.text) for section in load(folder / f"a.{suffix}").sections] == EXPECTED


def test_the_number_of_a_note_is_glued_to_no_word_of_a_page(folder: Path) -> None:
    text = "\n\n".join(section.text for section in load(folder / "a.html").sections)
    assert "La convention lie les deux rives." in text
    assert "(1) Signée à Trèves." in text
