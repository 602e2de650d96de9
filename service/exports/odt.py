"""Notes and tables for LibreOffice and every other reader of OpenDocument."""

from __future__ import annotations

import io
from typing import Any, Final

from index.documents import LANGUAGES
from service.exports.listing import ResultList
from service.exports.note import compose_note
from service.exports.table import Table as TableOfQuotes
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
    "Table Heading": ({}, {"fontsize": "8pt", "fontweight": "bold"}),
    "Table Contents": ({"marginbottom": "0.05cm"}, {"fontsize": "8pt"}),
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


def write_table_odt(table: TableOfQuotes, t: Translator) -> bytes:
    """Return the table on A4 across, its head repeated on each page, quotes in their language with links."""
    from odf.dc import Language, Title
    from odf.opendocument import OpenDocumentText
    from odf.table import Table, TableCell, TableColumn, TableHeaderRows, TableRow
    from odf.text import A, P, Span

    document = OpenDocumentText()
    document.meta.addElement(Title(text=table.title))
    document.meta.addElement(Language(text=t.language))
    _add_styles(document, t.language, is_wide=True)

    def paragraph(text: str, style: str = "Text_20_body") -> Any:
        element = P(stylename=style)
        element.addText(text)
        return element

    document.text.addElement(paragraph(table.title, "Title"))
    for line in table.about:
        document.text.addElement(paragraph(line))
    address = P(stylename="Text_20_body")
    address.addElement(A(href=table.address, type="simple", text=table.address))
    document.text.addElement(address)
    grid = Table(name="Passerelle")
    grid.addElement(TableColumn(numbercolumnsrepeated=len(table.head)))
    head, line = TableHeaderRows(), TableRow()
    for name in table.head:
        cell = TableCell(valuetype="string", stylename="grid")
        cell.addElement(paragraph(name, "Table_20_Heading"))
        line.addElement(cell)
    head.addElement(line)
    grid.addElement(head)
    for row in table.rows:
        line = TableRow()
        for part in row:
            cell, words = TableCell(valuetype="string", stylename="grid"), P(stylename="Table_20_Contents")
            words.addElement(Span(stylename=_language_style(part.language), text=part.text))
            cell.addElement(words)
            if part.url:
                source = P(stylename="Table_20_Contents")
                source.addElement(A(href=part.url, type="simple", text=part.source or part.url))
                cell.addElement(source)
            line.addElement(cell)
        grid.addElement(line)
    document.text.addElement(grid)
    document.text.addElement(paragraph(table.closing))
    file = io.BytesIO()
    document.write(file)
    return file.getvalue()


def _language_style(language: str) -> str:
    return f"in-{language}" if language in LANGUAGES else ""


def _add_styles(document: Any, language: str, *, is_wide: bool = False) -> None:
    from odf.style import (
        DefaultStyle,
        MasterPage,
        PageLayout,
        PageLayoutProperties,
        ParagraphProperties,
        Style,
        TableCellProperties,
        TextProperties,
    )

    layout = PageLayout(name="A4")
    width, height, margin = ("29.7cm", "21cm", "1.5cm") if is_wide else ("21cm", "29.7cm", "2.2cm")
    orientation = "landscape" if is_wide else "portrait"
    layout.addElement(
        PageLayoutProperties(pagewidth=width, pageheight=height, margin=margin, printorientation=orientation)
    )
    grid = Style(name="grid", family="table-cell")
    grid.addElement(TableCellProperties(border="0.5pt solid #808080", padding="0.1cm"))
    document.automaticstyles.addElement(grid)
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
