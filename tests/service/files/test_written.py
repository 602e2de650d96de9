"""Notes of any kind as DOCX, ODT and PDF: other programs read every word, every link, and every row of a table."""

from __future__ import annotations

import io
import re
from typing import Any

import docx
import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from odf import opendocument, teletype
from odf.table import TableRow

from service.exports.formats import NOTE_WRITERS, NoteFormat
from service.exports.listing import readable
from service.files.pdf import FACES, FONTS
from service.files.written import Block, Paragraph, Run, Style, Table, WrittenNote, paragraph
from service.web.translating import MESSAGES
from tests.service.exports.test_exports import HOSTILE

ADDRESS = "http://x/documents/é?start=1&end=2#passage"
COVERED = "àâçéèêëîïôùûüÿœæÀÉŒÆ äöüßÄÖÜ ñáíóúÑ¿¡ àèìòù ĳ « » „ “ ” ’ – — … € § ° ² ½ · • → ≤ ≥ × \u202f\u00a0"


LATIN = st.text(st.characters(max_codepoint=0x24F), min_size=1, max_size=60).filter(lambda text: readable(text) != "")


def note(*texts: str, language: str = "fr") -> WrittenNote:
    cells = tuple((paragraph(Style.TEXT, Run(text, "de")),) for text in texts)
    header = tuple(f"colonne {number}" for number, _ in enumerate(texts))
    blocks: tuple[Block, ...] = (
        paragraph(Style.TITLE, "Le titre"),
        *(paragraph(Style.HEADING, text) for text in texts),
        *(paragraph(Style.QUOTE, Run(text, "en"), " [1]") for text in texts),
        Table(header, (cells, cells)),
        paragraph(Style.TEXT, "avant ", Run(ADDRESS, address=ADDRESS), " après"),
        paragraph(Style.CAPTION, "la fin"),
    )
    return WrittenNote(language, "Le titre", blocks)


def write(format: NoteFormat, note: WrittenNote) -> bytes:
    return NOTE_WRITERS[format].write(note)


def words(format: NoteFormat, content: bytes) -> str:
    """Return what another program reads, without blanks: where a line ends is the file's own affair."""
    if format is NoteFormat.PDF:
        text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
    elif format is NoteFormat.ODT:
        text = teletype.extractText(opendocument.load(io.BytesIO(content)).text)
    else:
        text = "".join(element.text or "" for element in docx.Document(io.BytesIO(content)).element.iter())
    return re.sub(r"[\s\ufeff]", "", text)


@pytest.mark.parametrize("format", NoteFormat)
def test_every_word_is_there_whatever_it_holds(format: NoteFormat) -> None:
    for text in map(readable, HOSTILE[:-1]):  # the last has a letter that no font of ours has
        got = words(format, write(format, note(text)))
        expected = re.sub(r"[\s＝]", "", text)
        assert got.replace("＝", "").count(expected) >= 4, text  # heading, quote, and a cell in two rows
    assert re.sub(r"\s", "", f"avant {ADDRESS} après") in got


@pytest.mark.parametrize("format", NoteFormat)
@given(text=LATIN)
@settings(max_examples=15)
def test_a_quote_is_word_for_word(format: NoteFormat, text: str) -> None:
    got = words(format, write(format, note(readable(text))))
    assert re.sub(r"[\s\u00ad]", "", readable(text)) in got.replace("\u00ad", "")


def test_a_pdf_has_its_fonts_a_language_bookmarks_and_links() -> None:
    read: Any = pypdf.PdfReader(io.BytesIO(write(NoteFormat.PDF, note("un", "deux", language="it"))))
    assert read.trailer["/Root"]["/Lang"] == "it"
    assert read.metadata.title == "Le titre"
    assert [entry.title for entry in read.outline] == ["un", "deux"]
    links = [link.get_object() for page in read.pages for link in page.get("/Annots", [])]
    assert {link["/A"]["/URI"] for link in links} == {ADDRESS}
    fonts = [font.get_object() for page in read.pages for font in page["/Resources"]["/Font"].values()]
    assert all("DejaVuSans" in font["/BaseFont"] and "/FontFile2" in font["/FontDescriptor"] for font in fonts)


def test_the_fonts_have_every_character_of_the_six_languages() -> None:
    from reportlab.pdfbase.ttfonts import TTFontFile

    said = "".join(path.read_text("utf-8") for path in MESSAGES.glob("*/*.po"))
    for name in FACES.values():
        characters = TTFontFile(FONTS / f"{name}.ttf").charToGlyph
        assert not {character for character in COVERED + said if ord(character) not in characters} - {"\n"}, name
    assert "Bitstream" in (FONTS / "LICENSE").read_text()


@pytest.mark.parametrize("format", NoteFormat)
def test_a_cell_that_is_longer_than_a_page_is_written_to_its_end(format: NoteFormat) -> None:
    long = " ".join(f"mot{number}" for number in range(1500))
    got = words(format, write(format, note(long, "court", "court")))
    assert "mot1499" in got.split("colonne2")[-1]


def test_a_long_table_begins_below_its_heading_on_the_page_it_is_on() -> None:
    heading = paragraph(Style.HEADING, "Comparaison")
    cell = (paragraph(Style.TEXT, " ".join(["mot"] * 300)),)
    long = WrittenNote("fr", "t", (paragraph(Style.TITLE, "t"), heading, Table(("a", "b"), ((cell, cell),) * 4)))
    pages = pypdf.PdfReader(io.BytesIO(write(NoteFormat.PDF, long))).pages
    texts = [page.extract_text() for page in pages]
    assert "mot" in texts[0]
    assert [text.split().count("b") for text in texts] == [1] * len(texts), "the header once a page"


def test_the_header_of_a_table_is_one() -> None:
    table = docx.Document(io.BytesIO(write(NoteFormat.DOCX, note("un", "deux")))).tables[0]
    assert [cell.text for cell in table.rows[0].cells] == ["colonne 0", "colonne 1"]
    assert "tblHeader" in table.rows[0]._tr.xml
    odt = opendocument.load(io.BytesIO(write(NoteFormat.ODT, note("un", "deux"))))
    rows = odt.getElementsByType(TableRow)
    assert [row.parentNode.tagName for row in rows] == ["table:table-header-rows", "table:table", "table:table"]


def test_a_paragraph_of_texts_is_one_of_runs() -> None:
    assert paragraph(Style.TEXT, "a", Run("b")) == Paragraph(Style.TEXT, (Run("a"), Run("b")))
