"""Lay out a PDF page's lines in paragraphs, by gaps, sizes and edges; tables as rows, footnotes at the end."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ingest.loaders.pdf.characters import Line
from ingest.loaders.pdf.placement import NOTE, PlacedPage
from ingest.loaders.pdf.tables import Table
from ingest.text.pages import ENDS, OPENING, Block


def lay_out(page: PlacedPage) -> list[Block]:
    """Return the page's paragraphs and tables, then its footnotes."""
    text, notes = _separate_footnotes(page)
    spacing = _line_spacing(text)
    unruled = _unruled_rows(page, text)
    blocks: list[Block] = []
    tables_done: set[int] = set()
    before: Line | None = None  # the line of the block that may go on
    for line in text:
        table = _table_of(line, page.tables)
        if id(line) in unruled:
            row = " | ".join(line.cells)
            if before is not None and id(before) in unruled and before.base > line.base:
                blocks[-1] = Block(f"{blocks[-1].lines}\n{row}", is_aside=True)
            else:
                blocks.append(Block(row, is_aside=True))
            before = line
        elif table is not None:
            if table not in tables_done:
                tables_done.add(table)
                blocks.append(Block("\n".join(page.tables[table].rows), is_aside=True))
            before = None
        else:
            if before is None or id(before) in unruled or _is_break(before, line, spacing, _right_edge(before, text)):
                blocks.append(Block(line.text))
            else:
                blocks[-1] = Block(f"{blocks[-1].lines}\n{line.text}")
            before = line
    return blocks + [Block("\n".join(_note_lines(note)), is_aside=True) for note in notes]


def _unruled_rows(page: PlacedPage, text: Sequence[Line]) -> set[int]:
    """Return the ids of the lines of tables without rules: three or more in a row that have as many short cells."""
    rows: set[int] = set()
    run: list[Line] = []
    for line in [*text, None]:
        has_cells = line is not None and len(line.cells) > 1 and len(line.text) < 40 * len(line.cells)
        if line is not None and has_cells and _table_of(line, page.tables) is None:
            if run and abs(len(run[-1].cells) - len(line.cells)) <= 1 and 0 < run[-1].base - line.base < 4 * line.size:
                run.append(line)
                continue
            ended, run = run, [line]
        else:
            ended, run = run, []
        if len(ended) >= 3:
            rows |= {id(row) for row in ended}
    return rows


def _table_of(line: Line, tables: Sequence[Table]) -> int | None:
    """Return the number of the table that holds the line, None for a line of text."""
    x, y = (line.box.left + line.box.right) / 2, line.base + 0.25 * line.size
    for number, table in enumerate(tables):
        if table.box.left <= x <= table.box.right and table.box.bottom <= y <= table.box.top:
            return number
    return None


def _separate_footnotes(page: PlacedPage) -> tuple[list[Line], list[list[Line]]]:
    """Return the lines of the text and those of each footnote: small, low on the page, the first with a mark."""
    text: list[Line] = []
    notes: list[list[Line]] = []
    called = {mark for line in page.lines for mark in line.marks if not line.opens_with_mark}
    for line in page.lines:
        is_small = line.size < 0.93 * page.body_size and _table_of(line, page.tables) is None
        number = NOTE.match(line.text)
        opens_note = line.opens_with_mark or (number is not None and number[1] in called)
        if is_small and opens_note and line.base < 0.6 * page.height:
            notes.append([line])
        elif is_small and notes and abs(line.size - notes[-1][-1].size) < 0.6 and _follows(notes[-1][-1], line):
            notes[-1].append(line)
        else:
            text.append(line)
    return text, notes


def _follows(before: Line, line: Line) -> bool:
    return 0 < before.base - line.base < 1.6 * before.size and line.box.left < before.box.right


def _note_lines(note: Sequence[Line]) -> list[str]:
    """Return the lines of a footnote, the first with its number in brackets."""
    first = note[0]
    number = first.marks[0] if first.opens_with_mark else ""
    text = first.text
    if not number and (match := NOTE.match(text)):
        number, text = match[1], text[match.end() :]
    return [f"({number}) {text}", *(line.text for line in note[1:])]


def _line_spacing(text: Sequence[Line]) -> dict[int, float]:
    """Return the usual distance of two lines, by the size of their letters."""
    gaps_by_size: dict[int, list[float]] = {}
    for line, following in pairwise(text):
        gap = line.base - following.base
        if abs(line.size - following.size) < 0.5 and 0.5 * line.size < gap < 2.2 * line.size:
            gaps_by_size.setdefault(round(line.size), []).append(gap)
    return {size: sorted(gaps)[len(gaps) // 4] if len(gaps) > 3 else min(gaps) for size, gaps in gaps_by_size.items()}


def _right_edge(line: Line, text: Sequence[Line]) -> float:
    """Return how far to the right the lines of this line's column go."""
    edges = [other.box.right for other in text if abs(other.box.left - line.box.left) < 40]
    return sorted(edges)[int(len(edges) * 0.9)] if edges else line.box.right


def _is_break(before: Line, line: Line, spacing: dict[int, float], right: float) -> bool:
    """Say whether a paragraph ends between two lines; `right` is the right edge of their column."""
    is_ended = before.text.endswith(ENDS)
    is_lower = line.text[0].islower()
    width = max(right - before.box.left, 1.0)
    is_short = before.box.width < 0.86 * width
    if abs(before.size - line.size) > 0.04 * max(before.size, line.size):
        return True
    gap = before.base - line.base
    if gap < -1 or gap > 6 * line.size:  # another column, or past a figure
        return is_ended or (not is_lower and is_short)
    usual = spacing.get(round(line.size), 1.35 * line.size)
    if gap > max(1.25 * usual, usual + 2):
        return True
    may_end = is_ended or is_short or before.text.endswith((",", ";"))
    if line.text[0] in "•■▪◦●►‣" or (OPENING.match(line.text) and may_end):
        return True
    is_indented = line.box.left - before.box.left > 0.7 * line.size and is_ended and not is_lower
    return is_indented or (is_short and not is_lower and (is_ended or before.box.width < 0.6 * width))
