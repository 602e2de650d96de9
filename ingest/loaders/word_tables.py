"""Read the tables of Word files: a line for each row, merged cells in each row they cover."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ingest.loaders.omissions import DELETED, Omissions
from ingest.loaders.table_rows import Merged, fill_merged
from ingest.loaders.word_text import W, words_of
from ingest.text.cleaning import one_line

_OFF = ("0", "false", "off")


class _Cell(NamedTuple):
    """A cell as it stands in its row."""

    element: Any
    span: int  # columns
    continues: bool  # the cell above


def read_rows(table: Any, text_of: Callable[[Any], str], omissions: Omissions) -> Iterator[str]:
    """Yield a line for each row; the rows of a table in a cell follow that cell's row."""
    rows = [row for row in table.iter(f"{W}tr") if _nearest(row, "tbl") is table and _is_shown(row, omissions)]
    cells_by_row = [_cells(row) for row in rows]
    is_even = len({len(cells) for cells in cells_by_row}) == 1  # then spans only say where borders are out of line
    grid: dict[int, dict[int, str]] = {}
    merged: dict[tuple[int, int], Merged] = {}
    open_cells: dict[int, tuple[int, int]] = {}  # by column, where the cell began that goes on below
    for number, (row, cells) in enumerate(zip(rows, cells_by_row, strict=True), start=1):
        column = 1 if is_even else 1 + _before(row)
        for cell in cells:
            width = 1 if is_even else cell.span
            if cell.continues and column in open_cells:
                start = open_cells[column]
                merged[start] = merged[start]._replace(bottom=number)
            else:
                open_cells[column] = (number, column)
                merged[number, column] = Merged(number, column, number, column + width - 1)
                if text := _cell_text(cell.element, text_of):
                    grid.setdefault(number, {})[column] = text
            column += width
    fill_merged(grid, [span for span in merged.values() if span.bottom > span.top or span.right > span.left])
    yield from _lines(rows, grid, text_of, omissions)


def _lines(
    rows: list[Any], grid: dict[int, dict[int, str]], text_of: Callable[[Any], str], omissions: Omissions
) -> Iterator[str]:
    for number, row in enumerate(rows, start=1):
        cells = grid.get(number, {})
        if cells:
            yield " | ".join(cells.get(column, "") for column in range(1, max(cells) + 1))
        for inner in row.iter(f"{W}tbl"):
            if _nearest(inner, "tr") is row:
                yield from read_rows(inner, text_of, omissions)


def _is_shown(row: Any, omissions: Omissions) -> bool:
    """Say whether a row is neither hidden nor deleted; count it if it is."""
    hidden = row.find(f"{W}trPr/{W}hidden")
    if hidden is not None and hidden.get(f"{W}val") not in _OFF:
        omissions.add("hidden row", text=" | ".join(words_of(cell) for cell in row.iter(f"{W}tc")))
        return False
    if row.find(f"{W}trPr/{W}del") is not None:
        omissions.add("deleted row", "", DELETED)
        return False
    return True


def _cells(row: Any) -> list[_Cell]:
    cells = []
    for cell in row.iter(f"{W}tc"):
        if _nearest(cell, "tr") is not row or cell.find(f"{W}tcPr/{W}cellDel") is not None:
            continue
        span, merge = cell.find(f"{W}tcPr/{W}gridSpan"), cell.find(f"{W}tcPr/{W}vMerge")
        width = int(span.get(f"{W}val", "1")) if span is not None else 1
        cells.append(_Cell(cell, max(1, min(width, 63)), merge is not None and merge.get(f"{W}val") != "restart"))
    return cells


def _before(row: Any) -> int:
    """Return how many columns a row leaves out at its start."""
    before = row.find(f"{W}trPr/{W}gridBefore")
    return min(int(before.get(f"{W}val", "0")), 63) if before is not None else 0


def _cell_text(cell: Any, text_of: Callable[[Any], str]) -> str:
    """Return the text of a cell without that of tables and text boxes in it."""
    paragraphs = (paragraph for paragraph in cell.iter(f"{W}p") if _nearest(paragraph, "tc") is cell)
    return one_line(" ".join(text_of(paragraph) for paragraph in paragraphs if _nearest_is_no_box(paragraph, cell)))


def _nearest_is_no_box(paragraph: Any, cell: Any) -> bool:
    box = _nearest(paragraph, "txbxContent")
    return box is None or cell not in box.iterancestors()


def _nearest(element: Any, name: str) -> Any:
    return next(element.iterancestors(f"{W}{name}"), None)
