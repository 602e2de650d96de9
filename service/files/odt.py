"""A note for LibreOffice and every other reader of OpenDocument."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any, Final

from index.documents import LANGUAGES
from service.files.written import Paragraph, Run, Style, Table, WrittenNote

_STYLES: Final = {  # name → (paragraph, text)
    "Title": ({"marginbottom": "0.4cm"}, {"fontsize": "20pt", "fontweight": "bold"}),
    "Heading 1": (
        {"margintop": "0.7cm", "marginbottom": "0.1cm", "keepwithnext": "always"},
        {"fontsize": "14pt", "fontweight": "bold"},
    ),
    "Heading 2": (
        {"margintop": "0.4cm", "marginbottom": "0.1cm", "keepwithnext": "always"},
        {"fontsize": "12pt", "fontweight": "bold"},
    ),
    "Text body": ({"marginbottom": "0.15cm"}, {"fontsize": "11pt"}),
    "Quotations": (
        {"marginleft": "1cm", "marginright": "1cm", "marginbottom": "0.2cm"},
        {"fontsize": "11pt", "fontstyle": "italic"},
    ),
    "Table Contents": ({"marginbottom": "0.05cm"}, {"fontsize": "8pt"}),
}
_NAMES: Final = {
    Style.TITLE: "Title",
    Style.HEADING: "Heading_20_1",
    Style.SUBHEADING: "Heading_20_2",
    Style.TEXT: "Text_20_body",
    Style.QUOTE: "Quotations",
    Style.CAPTION: "Text_20_body",
}

_LEVELS: Final = {Style.HEADING: 1, Style.SUBHEADING: 2}


def write_odt(note: WrittenNote) -> bytes:
    """Return the note with headings one can navigate by, words marked with their language, tables, and links."""
    from odf.dc import Language, Title
    from odf.opendocument import OpenDocumentText

    document = OpenDocumentText()
    document.meta.addElement(Title(text=note.title))
    document.meta.addElement(Language(text=note.language))
    _add_styles(document, note.language, is_wide=note.is_wide)
    for block in note.blocks:
        added = _table(block, is_small=note.is_wide) if isinstance(block, Table) else _paragraph(block)
        document.text.addElement(added)
    file = io.BytesIO()
    document.write(file)
    return file.getvalue()


def _paragraph(block: Paragraph, *, is_small: bool = False) -> Any:
    from odf.text import A, H, P, Span

    style = "Table_20_Contents" if is_small else _NAMES[block.style]
    level = _LEVELS.get(block.style)
    element = H(stylename=style, outlinelevel=level) if level and not is_small else P(stylename=style)
    for run in block.runs:
        if run.address:
            element.addElement(A(href=run.address, type="simple", text=run.text))
        elif run.is_bold:
            element.addElement(Span(stylename="strong", text=run.text))
        elif _language_style(run.language):
            element.addElement(Span(stylename=_language_style(run.language), text=run.text))
        else:
            element.addText(run.text)
    return element


def _table(block: Table, *, is_small: bool = False) -> Any:
    """Return a table whose first row is repeated on each page, and read out as a header."""
    from odf.table import Table as OdfTable
    from odf.table import TableCell, TableColumn, TableHeaderRows, TableRow

    def row(cells: Iterable[Iterable[Paragraph]]) -> Any:
        element = TableRow()
        for cell in cells:
            element.addElement(added := TableCell(stylename="cell", valuetype="string"))
            for paragraph in cell:
                added.addElement(_paragraph(paragraph, is_small=is_small))
        return element

    table, head = OdfTable(), TableHeaderRows()
    table.addElement(TableColumn(numbercolumnsrepeated=len(block.header)))
    titles = [Paragraph(Style.TEXT, (Run(text, is_bold=True),)) for text in block.header]
    head.addElement(row([title] for title in titles))
    table.addElement(head)
    for cells in block.rows:
        table.addElement(row(cells))
    return table


def _language_style(language: str) -> str:
    return f"in-{language}" if language in LANGUAGES else ""


def _add_styles(document: Any, language: str, *, is_wide: bool = False) -> None:
    from odf.style import (
        DefaultStyle,
        MasterPage,
        PageLayout,
        PageLayoutProperties,
        ParagraphProperties,
        TableCellProperties,
        TextProperties,
    )
    from odf.style import Style as OdfStyle

    layout = PageLayout(name="A4")
    width, height, margin = ("29.7cm", "21cm", "1.5cm") if is_wide else ("21cm", "29.7cm", "2.2cm")
    orientation = "landscape" if is_wide else "portrait"
    layout.addElement(
        PageLayoutProperties(pagewidth=width, pageheight=height, margin=margin, printorientation=orientation)
    )
    document.automaticstyles.addElement(layout)
    document.masterstyles.addElement(MasterPage(name="Standard", pagelayoutname=layout))

    default = DefaultStyle(family="paragraph")
    default.addElement(TextProperties(language=language, country="none", fontsize="11pt"))
    document.styles.addElement(default)
    cell = OdfStyle(name="cell", family="table-cell")
    cell.addElement(TableCellProperties(border="0.5pt solid #7c8b92", padding="0.12cm"))
    strong = OdfStyle(name="strong", family="text")
    strong.addElement(TextProperties(fontweight="bold"))
    document.automaticstyles.addElement(cell)
    document.automaticstyles.addElement(strong)
    for name, (paragraph, text) in _STYLES.items():
        style = OdfStyle(name=name.replace(" ", "_20_"), displayname=name, family="paragraph")
        style.addElement(ParagraphProperties(**paragraph))
        style.addElement(TextProperties(**text))
        document.styles.addElement(style)
    for code in LANGUAGES:
        style = OdfStyle(name=_language_style(code), family="text")
        style.addElement(TextProperties(language=code, country="none"))
        document.automaticstyles.addElement(style)
