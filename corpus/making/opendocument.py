"""ODT with odfpy: real heading styles, footnotes, running head, one or two columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from odf import dc, meta
from odf.opendocument import OpenDocumentText
from odf.table import Table, TableCell, TableColumn, TableHeaderRows, TableRow
from odf.text import H, List, ListItem, Note, NoteBody, NoteCitation, P, Section, Span

from making.blocks import Grid, Heading, Items, Runs
from making.opendocument_styles import COUNTRIES, add_styles
from making.original import Original, with_soft_hyphens


def make(original: Original, target: Path) -> None:
    """Write `original` as ODT; a running head and the page's number stand on every page."""
    document = OpenDocumentText()
    add_styles(document, original)
    _properties(document, original)
    blocks = original.blocks()
    place: Any = document.text
    first = blocks[0]
    if isinstance(first, Heading):
        place.addElement(_filled(H(outlinelevel=1, stylename="Heading1"), first.runs, original, hyphens=False))
        blocks = blocks[1:]
    if "two-columns" in original.layout:
        place = Section(name="Body", stylename="TwoColumns")
        document.text.addElement(place)
    for block in blocks:
        if isinstance(block, Heading):
            level = min(block.level, 3)
            element: Any = _filled(
                H(outlinelevel=level, stylename=f"Heading{level}"), block.runs, original, hyphens=False
            )
        elif isinstance(block, Items):
            element = List(stylename="Numbers" if block.ordered else "Bullets")
            for item in block.items:
                entry = ListItem()
                entry.addElement(_filled(P(stylename="Item"), item, original))
                element.addElement(entry)
        elif isinstance(block, Grid):
            element = _table(block, original)
        else:
            element = _filled(P(stylename="Body"), block.runs, original)
        place.addElement(element)
    document.save(str(target))


def _filled(element: Any, runs: Runs, original: Original, *, hyphens: bool = True) -> Any:
    if hyphens and "hyphenation" in original.layout:
        runs = with_soft_hyphens(runs, original.language)
    for run in runs:
        if run.note:
            element.addElement(_footnote(run.note, original.markdown))
        elif run.bold or run.italic:
            element.addElement(Span(stylename="Bold" if run.bold else "Italic", text=run.text))
        else:
            element.addText(run.text)
    return element


def _footnote(text: str, markdown: str) -> Note:
    number = markdown[: markdown.index(f"^[{text}]")].count("^[") + 1
    note = Note(noteclass="footnote", id=f"ftn{number}")
    note.addElement(NoteCitation(text=str(number)))
    body = NoteBody()
    body.addElement(P(stylename="Footnote", text=text))
    note.addElement(body)
    return note


def _table(grid: Grid, original: Original) -> Table:
    table = Table(name="Table")
    table.addElement(TableColumn(numbercolumnsrepeated=len(grid.rows[0])))
    header = TableHeaderRows()
    for number, cells in enumerate(grid.rows):
        row = TableRow()
        for runs in cells:
            cell = TableCell(stylename="HeadCell" if number == 0 else "Cell", valuetype="string")
            cell.addElement(
                _filled(P(stylename="CellHead" if number == 0 else "CellText"), runs, original, hyphens=False)
            )
            row.addElement(cell)
        if number == 0:
            header.addElement(row)
            table.addElement(header)
        else:
            table.addElement(row)
    return table


def _properties(document: Any, original: Original) -> None:
    published = f"{original.metadata['published']}T09:00:00"
    document.meta.addElement(dc.Title(text=original.title))
    document.meta.addElement(dc.Creator(text=original.author))
    document.meta.addElement(dc.Description(text=original.notice))
    document.meta.addElement(dc.Language(text=f"{original.language}-{COUNTRIES[original.language]}"))
    document.meta.addElement(meta.CreationDate(text=published))
    document.meta.addElement(dc.Date(text=published))
