"""DOCX with python-docx: real heading and list styles, tables, running head with the page's number."""

from __future__ import annotations

from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any, Final

from making.blocks import Grid, Heading, Items, Runs
from making.original import CannotMake, Original, with_soft_hyphens
from making.words import WORDS

_LIST_STYLES: Final = {True: "List Number", False: "List Bullet"}


def make(original: Original, target: Path) -> None:
    """Write `original` as DOCX. Raises CannotMake for footnotes, which python-docx cannot write."""
    from docx import Document
    from docx.shared import Cm, Pt, RGBColor

    document = Document()
    font = "Liberation Serif" if "serif" in original.layout else "Liberation Sans"
    for name in ("Normal", "Title", "Heading 1", "Heading 2", "Heading 3", "Header", "Footer"):
        style = document.styles[name]
        style.font.name = font
        _every_script(style, font)
        if name.startswith("Heading"):
            style.font.color.rgb = (
                RGBColor(0x1F, 0x5C, 0x3A) if "green" in original.layout else RGBColor(0x1B, 0x3A, 0x6B)
            )
    document.styles["Normal"].font.size = Pt(13 if "large" in original.layout else 11)
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.4)
    _running_head(document, original)
    for block in original.blocks():
        if isinstance(block, Heading):
            _fill(document.add_heading(level=min(block.level, 3)), block.runs, original)
        elif isinstance(block, Items):
            for item in block.items:
                _fill(document.add_paragraph(style=_LIST_STYLES[block.ordered]), item, original)
        elif isinstance(block, Grid):
            _table(document, block, original)
        else:
            _fill(document.add_paragraph(), block.runs, original)
    _properties(document, original)
    document.save(str(target))


def _fill(paragraph: Any, runs: Runs, original: Original) -> None:
    if "hyphenation" in original.layout:
        runs = with_soft_hyphens(runs, original.language)
    for run in runs:
        if run.note:
            raise CannotMake(
                f"{original.metadata['id']}: a DOCX is made without footnotes; write the note into the text"
            )
        made = paragraph.add_run(run.text)
        made.bold, made.italic = run.bold or None, run.italic or None


def _table(document: Any, grid: Grid, original: Original) -> None:
    table = document.add_table(rows=len(grid.rows), cols=len(grid.rows[0]))
    table.style = "Light Grid Accent 1"
    for row, cells in zip(table.rows, grid.rows, strict=True):
        for cell, runs in zip(row.cells, cells, strict=True):
            _fill(cell.paragraphs[0], runs, original)
    document.add_paragraph()


def _running_head(document: Any, original: Original) -> None:
    words = WORDS[original.language]
    section = document.sections[0]
    section.header.paragraphs[0].text = f"{words.centre}\t\t{original.metadata['published']:%d/%m/%Y}"
    footer = section.footer.paragraphs[0]
    footer.add_run(f"{original.heading()}\t\t{words.page} ")
    _page_number(footer.add_run())


def _page_number(run: Any) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        element.text = text or None
        run._r.append(element)


def _every_script(style: Any, font: str) -> None:
    """Name `font` for every script: the template's theme fonts would win otherwise."""
    from docx.oxml.ns import qn

    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{name}"), None)
    for name in ("ascii", "hAnsi", "cs"):
        fonts.set(qn(f"w:{name}"), font)


def _properties(document: Any, original: Original) -> None:
    published = datetime.combine(original.metadata["published"], time(9), UTC)
    properties = document.core_properties
    properties.title, properties.author, properties.comments = original.title, original.author, original.notice
    properties.language, properties.subject = original.language, str(original.metadata["kind"])
    properties.created = properties.modified = published
    properties.last_modified_by = ""
