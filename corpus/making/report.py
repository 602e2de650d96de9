"""PDF made by reportlab, as a report generator would: frames, tables, running heads, hyphenated columns."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

from making.blocks import Block, Grid, Heading, Items, Runs
from making.original import CannotMake, Original
from making.words import WORDS

_FOLDERS: Final = (Path("/usr/share/fonts/truetype/liberation"), Path("/usr/share/fonts/truetype/liberation2"))
_FACES: Final = {"": "Regular", "-Bold": "Bold", "-Italic": "Italic", "-BoldItalic": "BoldItalic"}
_LANGUAGES: Final = {"fr": "fr_FR", "en": "en_GB", "de": "de_DE", "es": "es_ES", "it": "it_IT", "nl": "nl_NL"}


def make(original: Original, target: Path) -> None:
    """Write `original` as PDF. Raises CannotMake without reportlab, pyphen or the Liberation fonts."""
    try:
        import pyphen  # type: ignore[import-untyped]  # noqa: F401  reportlab hyphenates only where it is installed
        from reportlab import rl_config
        from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate
    except ImportError as error:
        raise CannotMake("reportlab or pyphen is missing: pip install reportlab pyphen") from error
    rl_config.invariant = 1
    font = "LiberationSerif" if "serif" in original.layout else "LiberationSans"
    _register(font)
    width, height, margin = 595.3, 841.9, 62.0
    document = BaseDocTemplate(
        str(target),
        pagesize=(width, height),
        title=original.title,
        author=original.author,
        subject=original.notice,
        lang=_LANGUAGES[original.language],
    )
    count = 2 if "two-columns" in original.layout else 1
    gap = 16.0
    column = (width - 2 * margin - (count - 1) * gap) / count
    frames = [
        Frame(margin + number * (column + gap), margin, column, height - 2 * margin - 10, 0, 0, 0, 0)
        for number in range(count)
    ]
    drawn = partial(_running, original=original, font=font) if "running-head" in original.layout else _nothing
    document.addPageTemplates([PageTemplate(frames=frames, onPage=drawn)])
    styles = _styles(original, font)
    document.build([flowable for block in original.blocks() for flowable in _flowables(block, styles, column)])


def _register(font: str) -> None:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    folder = next((one for one in _FOLDERS if (one / f"{font}-Regular.ttf").is_file()), None)
    if folder is None:
        raise CannotMake("The Liberation fonts are missing: install them (Debian: apt-get install fonts-liberation)")
    for suffix, face in _FACES.items():
        pdfmetrics.registerFont(TTFont(font + suffix, str(folder / f"{font}-{face}.ttf")))
    pdfmetrics.registerFontFamily(
        font, normal=font, bold=f"{font}-Bold", italic=f"{font}-Italic", boldItalic=f"{font}-BoldItalic"
    )


def _nothing(canvas: Any, document: Any) -> None:
    """Draw no running head."""


def _running(canvas: Any, document: Any, *, original: Original, font: str) -> None:
    words = WORDS[original.language]
    canvas.saveState()
    canvas.setFont(font, 8)
    canvas.drawString(62, 805, words.centre)
    canvas.drawRightString(533, 805, f"{original.metadata['published']:%d/%m/%Y}")
    canvas.line(62, 799, 533, 799)
    canvas.drawString(62, 34, original.heading()[:90])
    canvas.drawRightString(533, 34, f"{words.page} {document.page}")
    canvas.restoreState()


def _styles(original: Original, font: str) -> dict[str, Any]:
    from reportlab.lib.colors import HexColor
    from reportlab.lib.enums import TA_JUSTIFY
    from reportlab.lib.styles import ParagraphStyle

    colour = HexColor(0x1F5C3A if "green" in original.layout else 0x1B3A6B)
    divided: dict[str, Any] = {}
    if "hyphenation" in original.layout:
        divided = {
            "hyphenationLang": _LANGUAGES[original.language],
            "alignment": TA_JUSTIFY,
            "hyphenationMinWordLength": 6,
        }
    body = ParagraphStyle("body", fontName=font, fontSize=10.5, leading=15, spaceAfter=6, **divided)
    bold = {"fontName": f"{font}-Bold", "textColor": colour, "keepWithNext": 1}
    return {
        "body": body,
        "item": ParagraphStyle("item", parent=body, leftIndent=14, spaceAfter=3),
        "cell": ParagraphStyle("cell", fontName=font, fontSize=8.5, leading=11),
        "h1": ParagraphStyle("h1", fontSize=17, leading=21, spaceAfter=12, **bold),
        "h2": ParagraphStyle("h2", fontSize=12.5, leading=16, spaceBefore=9, spaceAfter=5, **bold),
        "h3": ParagraphStyle("h3", fontSize=11, leading=14, spaceBefore=6, spaceAfter=4, **bold),
    }


def _flowables(block: Block, styles: dict[str, Any], width: float) -> list[Any]:
    from reportlab.platypus import Paragraph, Spacer

    if isinstance(block, Heading):
        return [Paragraph(_inline(block.runs), styles[f"h{min(block.level, 3)}"])]
    if isinstance(block, Items):
        marks = [f"{number}." if block.ordered else "•" for number, _ in enumerate(block.items, 1)]
        pairs = zip(marks, block.items, strict=True)
        return [Paragraph(_inline(item), styles["item"], bulletText=mark) for mark, item in pairs]
    if isinstance(block, Grid):
        return [Spacer(1, 4), _table(block, styles, width), Spacer(1, 10)]
    return [Paragraph(_inline(block.runs), styles["body"])]


def _table(grid: Grid, styles: dict[str, Any], width: float) -> Any:
    from reportlab.lib.colors import HexColor
    from reportlab.platypus import Paragraph, Table, TableStyle

    rows = [[Paragraph(_inline(runs), styles["cell"]) for runs in row] for row in grid.rows]
    grey, pale = HexColor(0x999999), HexColor(0xE8ECF3)
    style = [
        ("GRID", (0, 0), (-1, -1), 0.5, grey),
        ("BACKGROUND", (0, 0), (-1, 0), pale),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
    return Table(rows, colWidths=[width / len(rows[0])] * len(rows[0]), repeatRows=1, style=TableStyle(style))


def _inline(runs: Runs) -> str:
    parts = []
    for run in runs:
        text = escape(f" ({run.note})" if run.note else run.text)
        text = f"<i>{text}</i>" if run.italic else text
        parts.append(f"<b>{text}</b>" if run.bold else text)
    return "".join(parts)
