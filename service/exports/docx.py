"""A note for Word."""

from __future__ import annotations

import io
from typing import Any, Final

from service.exports.listing import ResultList
from service.exports.note import Note, note
from service.web.translating import Translator

_LINK: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"


def docx(listed: ResultList, t: Translator) -> bytes:
    """Return the note with headings one can navigate by, quotes marked with their language, and links."""
    from docx import Document

    said, document = note(listed, t), Document()
    _describe(document, said)
    document.add_heading(said.title, 0)
    for line in said.about:
        document.add_paragraph(line)
    _link(document.add_paragraph(), said.address, said.address)
    for number, item in enumerate(said.items, 1):
        heading = document.add_heading(f"{number}. ", 1)
        _in_language(heading.add_run(item.title), item.title_language)
        document.add_paragraph(item.facts)
        _in_language(document.add_paragraph(style="Quote").add_run(item.quote), item.language)
        source = document.add_paragraph(f"{item.source} – ")
        _link(source, item.url, item.url)
    document.add_paragraph(said.closing, style="Caption")
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _describe(document: Any, said: Note) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Mm

    document.sections[0].page_width, document.sections[0].page_height = Mm(210), Mm(297)
    document.core_properties.title, document.core_properties.author = said.title[:255], "Passerelle"
    document.core_properties.language, document.core_properties.comments = said.language, ""
    for one in document.styles.element.iter(qn("w:lang")):
        one.set(qn("w:val"), said.language)


def _in_language(run: Any, language: str) -> None:
    """Tell the spelling checker and the screen reader which language the words are in."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    said = OxmlElement("w:lang")
    said.set(qn("w:val"), language)
    run._r.get_or_add_rPr().append(said)


def _link(paragraph: Any, text: str, address: str) -> None:
    """Add a link to a paragraph; python-docx has no word for it (its issue 74)."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import RGBColor

    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), paragraph.part.relate_to(address, _LINK, is_external=True))
    run = paragraph.add_run(text)
    run.font.underline, run.font.color.rgb = True, RGBColor(0x0F, 0x5C, 0x66)
    link.append(run._r)
    paragraph._p.append(link)
