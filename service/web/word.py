"""Documents for Word: headings one can navigate by, words marked with their language, links."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

_LINK: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"


class Section(NamedTuple):
    """A heading and its paragraphs, which are in `language`."""

    heading: str
    paragraphs: tuple[str, ...]
    language: str


def write_sections(
    title: str, about: Sequence[str], address: str, sections: Sequence[Section], closing: str, language: str
) -> bytes:
    """Return a document of sections under a title, the lines about it and a link; headings are in `language`."""
    document = new_document(title, language)
    for line in about:
        document.add_paragraph(line)
    add_link(document.add_paragraph(), address, address)
    for section in sections:
        document.add_heading(section.heading, 1)
        for text in section.paragraphs:
            set_language(document.add_paragraph().add_run(text), section.language)
    document.add_paragraph(closing, style="Caption")
    return as_bytes(document)


def new_document(title: str, language: str) -> Any:
    """Return a document of A4 pages in a language that begins with its title."""
    from docx import Document
    from docx.oxml.ns import qn
    from docx.shared import Mm

    document = Document()
    document.sections[0].page_width, document.sections[0].page_height = Mm(210), Mm(297)
    document.core_properties.title, document.core_properties.author = title[:255], "Passerelle"
    document.core_properties.language, document.core_properties.comments = language, ""
    for element in document.styles.element.iter(qn("w:lang")):
        element.set(qn("w:val"), language)
    document.add_heading(title, 0)
    return document


def as_bytes(document: Any) -> bytes:
    """Return a document as the file it is saved as."""
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def set_language(run: Any, language: str) -> None:
    """Say to spelling checkers and screen readers which language the words are in."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    element = OxmlElement("w:lang")
    element.set(qn("w:val"), language)
    run._r.get_or_add_rPr().append(element)


def add_link(paragraph: Any, text: str, address: str) -> None:
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
