"""PPTX with python-pptx: a title slide, then one slide between two `---`, with bullets, tables and speaker notes."""

from __future__ import annotations

from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any, Final

from making.blocks import Block, Grid, Heading, Items, Paragraph, Runs, blocks_of, plain
from making.original import Original

_NOTE: Final = "Note: "
_TITLE_LAYOUT, _CONTENT_LAYOUT, _TITLE_ONLY_LAYOUT = 0, 1, 5  # of python-pptx's own template


def make(original: Original, target: Path) -> None:
    """Write `original` as a deck; a paragraph that opens with "Note: " goes to the speaker notes."""
    from pptx import Presentation

    deck = Presentation()
    parts = original.markdown.split("\n---\n")
    _title_slide(deck, blocks_of(parts[0]), original)
    for part in parts[1:]:
        _slide(deck, blocks_of(part))
    properties = deck.core_properties
    properties.title, properties.author, properties.comments = original.title, original.author, original.notice
    properties.language, properties.subject = original.language, str(original.metadata["kind"])
    properties.created = properties.modified = datetime.combine(original.metadata["published"], time(9), UTC)
    properties.last_modified_by = ""
    deck.save(str(target))


def _title_slide(deck: Any, blocks: list[Block], original: Original) -> None:
    slide = deck.slides.add_slide(deck.slide_layouts[_TITLE_LAYOUT])
    heading, *rest = blocks
    if isinstance(heading, Heading):
        slide.shapes.title.text = plain(heading.runs)
    lines = [plain(block.runs) for block in rest if isinstance(block, Paragraph) and not _is_note(block)]
    slide.placeholders[1].text = "\n".join([*lines, f"{original.metadata['published']:%d.%m.%Y}"])
    _notes(slide, rest)


def _slide(deck: Any, blocks: list[Block]) -> None:
    grid = next((block for block in blocks if isinstance(block, Grid)), None)
    slide = deck.slides.add_slide(deck.slide_layouts[_TITLE_ONLY_LAYOUT if grid else _CONTENT_LAYOUT])
    if isinstance(blocks[0], Heading):
        slide.shapes.title.text = plain(blocks[0].runs)
    if grid:
        _table(slide, grid)
    else:
        _bullets(slide.placeholders[1].text_frame, blocks[1:])
    _notes(slide, blocks)


def _bullets(frame: Any, blocks: list[Block]) -> None:
    from pptx.util import Pt

    lines: list[Runs] = []
    for block in blocks:
        if isinstance(block, Items):
            lines.extend(block.items)
        elif isinstance(block, Paragraph) and not _is_note(block):
            lines.append(block.runs)
    for number, runs in enumerate(lines):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        for run in runs:
            made = paragraph.add_run()
            made.text, made.font.bold, made.font.size = run.text, run.bold, Pt(22)


def _table(slide: Any, grid: Grid) -> None:
    from pptx.util import Emu, Pt

    left, top, width = Emu(457200), Emu(1600200), Emu(8229600)
    shape = slide.shapes.add_table(len(grid.rows), len(grid.rows[0]), left, top, width, Emu(370840 * len(grid.rows)))
    for row, cells in zip(shape.table.rows, grid.rows, strict=True):
        for cell, runs in zip(row.cells, cells, strict=True):
            cell.text = plain(runs)
            for paragraph in cell.text_frame.paragraphs:
                paragraph.font.size = Pt(14)


def _notes(slide: Any, blocks: list[Block]) -> None:
    said = [
        plain(block.runs).removeprefix(_NOTE) for block in blocks if isinstance(block, Paragraph) and _is_note(block)
    ]
    if said:
        slide.notes_slide.notes_text_frame.text = "\n".join(said)


def _is_note(block: Paragraph) -> bool:
    return plain(block.runs).startswith(_NOTE)
