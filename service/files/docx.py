"""A note for Word."""

from __future__ import annotations

import io
from typing import Any, Final

from service.files.written import Paragraph, Style, Table, WrittenNote

_LINK: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"
_HEADINGS: Final = {Style.TITLE: 0, Style.HEADING: 1, Style.SUBHEADING: 2}
_STYLES: Final = {Style.TEXT: None, Style.QUOTE: "Quote", Style.CAPTION: "Caption"}


def write_docx(note: WrittenNote) -> bytes:
    """Return the note with headings one can navigate by, words marked with their language, tables, and links."""
    from docx import Document

    document = Document()
    _set_properties(document, note)
    for block in note.blocks:
        if isinstance(block, Table):
            _add_table(document, block, note)
        elif block.style in _HEADINGS:
            _add_runs(document.add_heading("", _HEADINGS[block.style]), block, note.language)
        else:
            _add_runs(document.add_paragraph(style=_STYLES[block.style]), block, note.language)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _add_runs(paragraph: Any, block: Paragraph, language: str) -> None:
    for words in block.runs:
        if words.address:
            _add_link(paragraph, words.text, words.address)
            continue
        run = paragraph.add_run(words.text)
        run.bold = words.is_bold or None
        if words.language and words.language != language:
            _set_language(run, words.language)


def _add_table(document: Any, block: Table, note: WrittenNote) -> None:
    """Add a table whose first row is repeated on each page, and read out as a header."""
    from docx.oxml import OxmlElement
    from docx.shared import Pt

    table = document.add_table(rows=1, cols=len(block.header), style="Table Grid")
    for cell, text in zip(table.rows[0].cells, block.header, strict=True):
        cell.paragraphs[0].add_run(text).bold = True
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for row in block.rows:
        for cell, paragraphs in zip(table.add_row().cells, row, strict=True):
            for number, paragraph in enumerate(paragraphs):
                added = cell.paragraphs[0] if number == 0 else cell.add_paragraph()
                _add_runs(added, paragraph, note.language)
    if note.is_wide:
        for words in (words for row in table.rows for cell in row.cells for words in cell.paragraphs):
            for run in (*words.runs, *(run for link in words.hyperlinks for run in link.runs)):
                run.font.size = Pt(8)
    document.add_paragraph()


def _set_properties(document: Any, note: WrittenNote) -> None:
    from docx.enum.section import WD_ORIENT
    from docx.oxml.ns import qn
    from docx.shared import Mm

    section = document.sections[0]
    section.page_width, section.page_height = (Mm(297), Mm(210)) if note.is_wide else (Mm(210), Mm(297))
    if note.is_wide:
        section.orientation, section.left_margin, section.right_margin = WD_ORIENT.LANDSCAPE, Mm(15), Mm(15)
    document.core_properties.title, document.core_properties.author = note.title[:255], "Passerelle"
    document.core_properties.language, document.core_properties.comments = note.language, ""
    for element in document.styles.element.iter(qn("w:lang")):
        element.set(qn("w:val"), note.language)


def _set_language(run: Any, language: str) -> None:
    """Say to spelling checkers and screen readers which language the words are in."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    element = OxmlElement("w:lang")
    element.set(qn("w:val"), language)
    run._r.get_or_add_rPr().append(element)


def _add_link(paragraph: Any, text: str, address: str) -> None:
    """Add a link to a paragraph, which python-docx cannot do itself (its issue 74)."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import RGBColor

    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), paragraph.part.relate_to(address, _LINK, is_external=True))
    run = paragraph.add_run(text)
    run.font.underline, run.font.color.rgb = True, RGBColor(0x0F, 0x5C, 0x66)
    link.append(run._r)
    paragraph._p.append(link)
