"""A note as PDF, with its fonts in it: what is printed before a council meets."""

from __future__ import annotations

import io
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from service.files.written import Block, Paragraph, Run, Style, Table, WrittenNote

FONTS: Final = Path(__file__).parent / "fonts"
FACES: Final = {"": "DejaVuSans", "B": "DejaVuSans-Bold", "I": "DejaVuSans-Oblique"}
INK: Final = "#0f5c66"
MARGIN_MM: Final = 22
PAGE_ROOM: Final = 690  # points of a page between its margins, less the space a frame keeps
HEADING_ROOM: Final = 90  # points below which a heading would stand alone at the end of a page
_SIZES: Final = {  # size, leading, space before and after, in points
    Style.TITLE: (18, 23, 0, 8),
    Style.HEADING: (12.5, 16, 14, 4),
    Style.SUBHEADING: (10.5, 14, 8, 3),
    Style.TEXT: (9.5, 13.5, 0, 4),
    Style.QUOTE: (9.5, 13.5, 2, 4),
    Style.CAPTION: (8.5, 11.5, 12, 0),
}


def write_pdf(note: WrittenNote) -> bytes:
    """Return the note on A4 pages with numbers, headings as bookmarks, and links."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm
    from reportlab.platypus import SimpleDocTemplate

    _register_fonts()
    styles, numbers = _styles(), count()
    width = A4[0] - 2 * MARGIN_MM * mm

    class Template(SimpleDocTemplate):  # type: ignore[misc]  # reportlab has no types
        def afterFlowable(self, flowable: Any) -> None:  # reportlab's name
            if getattr(flowable, "style", None) is styles[Style.HEADING]:
                name, text = f"heading-{next(numbers)}", flowable.getPlainText()
                self.canv.bookmarkPage(name)
                self.canv.addOutlineEntry(text, name, 0)

    file = io.BytesIO()
    first_font = FACES[""]  # or the file names Helvetica, which is not in it
    margins = dict.fromkeys(("leftMargin", "rightMargin", "topMargin", "bottomMargin"), MARGIN_MM * mm)
    document = Template(
        file,
        pagesize=A4,
        title=note.title,
        author="Passerelle",
        lang=note.language,
        initialFontName=first_font,
        **margins,
    )
    story = [flowable for block in note.blocks for flowable in _flowables(block, styles, width)]
    document.build(story, onFirstPage=_number_page, onLaterPages=_number_page)
    return file.getvalue()


@cache
def _register_fonts() -> None:
    from reportlab.pdfbase.pdfmetrics import registerFont, registerFontFamily
    from reportlab.pdfbase.ttfonts import TTFont

    for name in FACES.values():
        registerFont(TTFont(name, FONTS / f"{name}.ttf"))
    bold = FACES["B"]
    registerFontFamily(FACES[""], normal=FACES[""], bold=bold, italic=FACES["I"], boldItalic=bold)


def _styles() -> dict[Style, Any]:
    from reportlab.lib.colors import HexColor
    from reportlab.lib.styles import ParagraphStyle

    styles = {}
    for style, (size, leading, before, after) in _SIZES.items():
        is_heading = style in (Style.TITLE, Style.HEADING, Style.SUBHEADING)
        face = FACES["B" if is_heading else "I" if style is Style.QUOTE else ""]
        indent = 16 if style is Style.QUOTE else 0
        styles[style] = ParagraphStyle(
            style.value,
            fontName=face,
            bulletFontName=face,
            fontSize=size,
            leading=leading,
            spaceBefore=before,
            spaceAfter=after,
            leftIndent=indent,
            rightIndent=indent,
            textColor=HexColor(INK) if is_heading else HexColor("#1c2b33"),
        )
    return styles


def _flowables(block: Block, styles: dict[Style, Any], width: float) -> list[Any]:
    """Return a block as reportlab's; a heading near the end of a page begins the next one, with what follows."""
    from reportlab.platypus import CondPageBreak

    if isinstance(block, Table):
        return [_table(block, styles, width)]
    is_heading = block.style in (Style.HEADING, Style.SUBHEADING)
    return [*([CondPageBreak(HEADING_ROOM)] if is_heading else []), _paragraph(block, styles)]


def _paragraph(block: Paragraph, styles: dict[Style, Any]) -> Any:
    from reportlab.platypus import Paragraph as PdfParagraph

    return PdfParagraph("".join(map(_markup, block.runs)), styles[block.style])


def _markup(run: Run) -> str:
    """Return a run in reportlab's markup, where every character of its text means itself."""
    text = escape(run.text)
    if run.address:
        return f'<a href={quoteattr(run.address)} color="{INK}">{text}</a>'
    return f"<b>{text}</b>" if run.is_bold else text


def _table(block: Table, styles: dict[Style, Any], width: float) -> Any:
    """Return a table whose first row is repeated on each page; only a row longer than a page goes on over its end."""
    table = _table_of(block, styles, width)
    table.wrap(width, 0)
    head, *rows = table._rowHeights  # as it wrapped them; it has no other name for them
    is_longer = any(head + height > PAGE_ROOM for height in rows)
    # Where it splits rows, it repeats the header before each that it splits: not where it need not be.
    return _table_of(block, styles, width, splits_rows=is_longer) if is_longer else table


def _table_of(block: Table, styles: dict[Style, Any], width: float, *, splits_rows: bool = False) -> Any:
    from reportlab.lib.colors import HexColor
    from reportlab.platypus import Table as PdfTable

    head = [_paragraph(Paragraph(Style.TEXT, (Run(text, is_bold=True),)), styles) for text in block.header]
    rows = [[[_paragraph(paragraph, styles) for paragraph in cell] for cell in row] for row in block.rows]
    lines = [
        ("GRID", (0, 0), (-1, -1), 0.5, HexColor("#7c8b92")),
        ("BACKGROUND", (0, 0), (-1, 0), HexColor("#eef3f2")),
        ("FONTNAME", (0, 0), (-1, -1), FACES[""]),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
    columns = [width / len(block.header)] * len(block.header)
    return PdfTable([head, *rows], columns, repeatRows=1, splitInRow=int(splits_rows), style=lines, spaceAfter=8)


def _number_page(canvas: Any, document: Any) -> None:
    from reportlab.lib.units import mm

    canvas.setFont(FACES[""], 8)
    canvas.drawRightString(document.pagesize[0] - MARGIN_MM * mm, 12 * mm, str(document.page))
