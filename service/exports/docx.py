"""A note for Word."""

from __future__ import annotations

import io
from typing import Any, Final

from service.exports.listing import ResultList
from service.exports.note import Note, compose_note
from service.web.translating import Translator

_LINK: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"


def write_docx(results: ResultList, t: Translator) -> bytes:
    """Return the note with headings one can navigate by, quotes marked with their language, and links."""
    from docx import Document

    note, document = compose_note(results, t), Document()
    _set_properties(document, note)
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


def _set_properties(document: Any, note: Note) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Mm

    document.sections[0].page_width, document.sections[0].page_height = Mm(210), Mm(297)
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
