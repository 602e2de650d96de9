"""Notes and tables for Word."""

from __future__ import annotations

import io
from typing import Any, Final

from service.exports.listing import ResultList
from service.exports.note import compose_note
from service.exports.table import Table
from service.web.translating import Translator

_LINK: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"


def write_docx(results: ResultList, t: Translator) -> bytes:
    """Return the note with headings one can navigate by, quotes marked with their language, and links."""
    from docx import Document

    note, document = compose_note(results, t), Document()
    _set_properties(document, note.title, note.language)
    document.add_heading(note.title, 0)
    for line in note.about:
        document.add_paragraph(line)
    _add_link(document.add_paragraph(), note.address, note.address)
    for number, item in enumerate(note.items, 1):
        heading = document.add_heading(f"{number}. ", 1)
        _set_language(heading.add_run(item.title), item.title_language)
        document.add_paragraph(item.facts)
        for point in item.points:
            paragraph = document.add_paragraph()
            paragraph.add_run(f"{point.name}{t('colon')} ").bold = True
            _set_language(paragraph.add_run(point.quote), item.language)
            paragraph.add_run(" – ")
            _add_link(paragraph, point.source or point.url, point.url)
        _set_language(document.add_paragraph(style="Quote").add_run(item.quote), item.language)
        source = document.add_paragraph(f"{item.source} – ")
        _add_link(source, item.url, item.url)
    document.add_paragraph(note.closing, style="Caption")
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def write_table_docx(table: Table, t: Translator) -> bytes:
    """Return the table on A4 across, its head repeated on each page, quotes in their language with links."""
    from docx import Document
    from docx.enum.section import WD_ORIENT
    from docx.shared import Mm, Pt

    document = Document()
    _set_properties(document, table.title, t.language)
    section = document.sections[0]
    section.orientation, section.page_width, section.page_height = WD_ORIENT.LANDSCAPE, Mm(297), Mm(210)
    section.left_margin = section.right_margin = Mm(15)
    document.add_heading(table.title, 0)
    for line in table.about:
        document.add_paragraph(line)
    _add_link(document.add_paragraph(), table.address, table.address)
    grid = document.add_table(rows=1, cols=len(table.head), style="Table Grid")
    for cell, name in zip(grid.rows[0].cells, table.head, strict=True):
        cell.paragraphs[0].add_run(name).bold = True
    _repeat_on_each_page(grid.rows[0])
    for row in table.rows:
        for cell, part in zip(grid.add_row().cells, row, strict=True):
            _set_language(cell.paragraphs[0].add_run(part.text), part.language or t.language)
            if part.url:
                _add_link(cell.add_paragraph(), part.source or part.url, part.url)
    for row in grid.rows:
        for run in (run for cell in row.cells for paragraph in cell.paragraphs for run in paragraph.runs):
            run.font.size = Pt(8)
    document.add_paragraph(table.closing, style="Caption")
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _repeat_on_each_page(row: Any) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    element = OxmlElement("w:tblHeader")
    element.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(element)


def _set_properties(document: Any, title: str, language: str) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Mm

    document.sections[0].page_width, document.sections[0].page_height = Mm(210), Mm(297)
    document.core_properties.title, document.core_properties.author = title[:255], "Passerelle"
    document.core_properties.language, document.core_properties.comments = language, ""
    for element in document.styles.element.iter(qn("w:lang")):
        element.set(qn("w:val"), language)


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
