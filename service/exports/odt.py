"""A note for LibreOffice and every other reader of OpenDocument."""

from __future__ import annotations

import io
from typing import Any, Final

from index.documents import LANGUAGES
from service.exports.listing import ResultList
from service.exports.note import compose_note
from service.web.translating import Translator

_STYLES: Final = {  # name → (paragraph, text)
    "Title": ({"marginbottom": "0.4cm"}, {"fontsize": "20pt", "fontweight": "bold"}),
    "Heading 1": (
        {"margintop": "0.7cm", "marginbottom": "0.1cm", "keepwithnext": "always"},
        {"fontsize": "14pt", "fontweight": "bold"},
    ),
    "Text body": ({"marginbottom": "0.15cm"}, {"fontsize": "11pt"}),
    "Quotations": (
        {"marginleft": "1cm", "marginright": "1cm", "marginbottom": "0.2cm"},
        {"fontsize": "11pt", "fontstyle": "italic"},
    ),
}


def write_odt(results: ResultList, t: Translator) -> bytes:
    """Return the note with headings one can navigate by, quotes marked with their language, and links."""
    from odf.dc import Language, Title
    from odf.opendocument import OpenDocumentText
    from odf.text import A, H, P, Span

    note, document = compose_note(results, t), OpenDocumentText()
    document.meta.addElement(Title(text=note.title))
    document.meta.addElement(Language(text=note.language))
    _add_styles(document, note.language)

    def add(kind: Any, style: str, **attributes: Any) -> Any:
        element = kind(stylename=style, **attributes)
        document.text.addElement(element)
        return element

    def add_line(style: str, text: str) -> Any:
        element = add(P, style)
        element.addText(text)
        return element

    add_line("Title", note.title)
    for line in note.about:
        add_line("Text_20_body", line)
    add(P, "Text_20_body").addElement(A(href=note.address, type="simple", text=note.address))
    for number, item in enumerate(note.items, 1):
        heading = add(H, "Heading_20_1", outlinelevel=1)
        heading.addText(f"{number}. ")
        heading.addElement(Span(stylename=_language_style(item.title_language), text=item.title))
        add_line("Text_20_body", item.facts)
        for point in item.points:
            paragraph = add_line("Text_20_body", f"{point.name}{t('colon')} ")
            paragraph.addElement(Span(stylename=_language_style(item.language), text=point.quote))
            paragraph.addText(" – ")
            paragraph.addElement(A(href=point.url, type="simple", text=point.source or point.url))
        add(P, "Quotations").addElement(Span(stylename=_language_style(item.language), text=item.quote))
        add_line("Text_20_body", f"{item.source} – ").addElement(A(href=item.url, type="simple", text=item.url))
    add_line("Text_20_body", note.closing)
    file = io.BytesIO()
    document.write(file)
    return file.getvalue()


def _language_style(language: str) -> str:
    return f"in-{language}" if language in LANGUAGES else ""


def _add_styles(document: Any, language: str) -> None:
    from odf.style import (
        DefaultStyle,
        MasterPage,
        PageLayout,
        PageLayoutProperties,
        ParagraphProperties,
        Style,
        TextProperties,
    )

    layout = PageLayout(name="A4")
    layout.addElement(PageLayoutProperties(pagewidth="21cm", pageheight="29.7cm", margin="2.2cm"))
    document.automaticstyles.addElement(layout)
    document.masterstyles.addElement(MasterPage(name="Standard", pagelayoutname=layout))

    default = DefaultStyle(family="paragraph")
    default.addElement(TextProperties(language=language, country="none", fontsize="11pt"))
    document.styles.addElement(default)
    for name, (paragraph, text) in _STYLES.items():
        style = Style(name=name.replace(" ", "_20_"), displayname=name, family="paragraph")
        style.addElement(ParagraphProperties(**paragraph))
        style.addElement(TextProperties(**text))
        document.styles.addElement(style)
    for code in LANGUAGES:
        style = Style(name=_language_style(code), family="text")
        style.addElement(TextProperties(language=code, country="none"))
        document.automaticstyles.addElement(style)
