"""A PDF page's placed lines to paragraphs: by gaps, heights and edges; tables as rows, footnotes at the end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from ingest.loaders.pdf.characters import Line
from ingest.loaders.pdf.placement import Placed
from ingest.loaders.pdf.tables import Table
from ingest.text.pages import ENDS, OPENING, Block

_NOTE: Final = re.compile(r"\(?(\d{1,3})\)?\s*(?=[^\d\s.°])")


def blocks(page: Placed) -> list[Block]:
    """Return the page's paragraphs and tables, then its footnotes."""
    flow, notes = _parted(page)
    spacing = _spacing(flow)
    made: list[Block] = []
    told: set[int] = set()
    before: Line | None = None
    unruled = _unruled_rows(page, flow)
    for line in flow:
        table = _table_of(line, page.tables)
        if id(line) in unruled:
            row = " | ".join(line.cells)
            if before is not None and id(before) in unruled and before.base > line.base:
                made[-1] = Block(f"{made[-1].lines}\n{row}", is_aside=True)
            else:
                made.append(Block(row, is_aside=True))
            before = line
        elif table is not None:
            if table not in told:
                told.add(table)
                made.append(Block("\n".join(page.tables[table].rows), is_aside=True))
            before = None
        elif (
            before is None
            or id(before) in unruled
            or _breaks(before, line, spacing, _right_edge(line_before=before, lines=flow))
        ):
            made.append(Block(line.text))
            before = line
        else:
            made[-1] = Block(f"{made[-1].lines}\n{line.text}")
            before = line
    return made + [Block("\n".join(_note(note)), is_aside=True) for note in notes]


def _unruled_rows(page: Placed, flow: Sequence[Line]) -> set[int]:
    """Return the lines (by id) of tables without rules: three or more that follow, parted in short cells alike."""
    found: set[int] = set()
    run: list[Line] = []
    for line in [*flow, None]:
        fits = line is not None and len(line.cells) > 1 and len(line.text) < 40 * len(line.cells)
        if line is not None and fits and _table_of(line, page.tables) is None:
            if run and abs(len(run[-1].cells) - len(line.cells)) <= 1 and 0 < run[-1].base - line.base < 4 * line.size:
                run.append(line)
                continue
            kept, run = run, [line]
        else:
            kept, run = run, []
        if len(kept) >= 3:
            found |= {id(one) for one in kept}
    return found


def _table_of(line: Line, found: Sequence[Table]) -> int | None:
    x, y = (line.box.left + line.box.right) / 2, line.base + 0.25 * line.size
    for number, table in enumerate(found):
        if table.box.left <= x <= table.box.right and table.box.bottom <= y <= table.box.top:
            return number
    return None


def _parted(page: Placed) -> tuple[list[Line], list[list[Line]]]:
    """Return the lines of the text and the footnotes: small lines below the text of their column, the first marked."""
    flow: list[Line] = []
    notes: list[list[Line]] = []
    called = {mark for line in page.lines for mark in line.marks if not line.opens_with_mark}
    for line in page.lines:
        small = line.size < 0.93 * page.body and _table_of(line, page.tables) is None
        number = _NOTE.match(line.text)
        opens = line.opens_with_mark or (number is not None and number[1] in called)
        if small and opens and line.base < 0.6 * page.height:
            notes.append([line])
        elif small and notes and abs(line.size - notes[-1][-1].size) < 0.6 and _follows(notes[-1][-1], line):
            notes[-1].append(line)
        else:
            flow.append(line)
    return flow, notes


def _follows(before: Line, line: Line) -> bool:
    return 0 < before.base - line.base < 1.6 * before.size and line.box.left < before.box.right


def _note(note: Sequence[Line]) -> list[str]:
    first = note[0]
    number = first.marks[0] if first.opens_with_mark else ""
    text = first.text
    if not number and (found := _NOTE.match(text)):
        number, text = found[1], text[found.end() :]
    return [f"({number}) {text}", *(line.text for line in note[1:])]


def _spacing(flow: Sequence[Line]) -> dict[int, float]:
    """Return the usual distance of two lines, by the height of their letters."""
    seen: dict[int, list[float]] = {}
    for one, two in pairwise(flow):
        gap = one.base - two.base
        if abs(one.size - two.size) < 0.5 and 0.5 * one.size < gap < 2.2 * one.size:
            seen.setdefault(round(one.size), []).append(gap)
    return {size: sorted(gaps)[len(gaps) // 4] if len(gaps) > 3 else min(gaps) for size, gaps in seen.items()}


def _right_edge(line_before: Line, lines: Sequence[Line]) -> float:
    """Return how far to the right the lines of this line's column go."""
    near = [one.box.right for one in lines if abs(one.box.left - line_before.box.left) < 40]
    return sorted(near)[int(len(near) * 0.9)] if near else line_before.box.right


def _breaks(before: Line, line: Line, spacing: dict[int, float], right: float) -> bool:
    ended = before.text.endswith(ENDS)
    lower = line.text[0].islower()
    width = max(right - before.box.left, 1.0)
    short = (before.box.right - before.box.left) < 0.86 * width
    if abs(before.size - line.size) > 0.04 * max(before.size, line.size):
        return True
    gap = before.base - line.base
    if gap < -1 or gap > 6 * line.size:  # another column, or past a figure
        return ended or (not lower and short)
    usual = spacing.get(round(line.size), 1.35 * line.size)
    if gap > max(1.25 * usual, usual + 2):
        return True
    if line.text[0] in "•■▪◦●►‣" or (OPENING.match(line.text) and (ended or short or before.text.endswith((",", ";")))):
        return True
    indented = line.box.left - before.box.left > 0.7 * line.size and ended and not lower
    return indented or (short and not lower and (ended or (before.box.right - before.box.left) < 0.6 * width))
