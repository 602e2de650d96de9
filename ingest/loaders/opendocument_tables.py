"""Read the tables of OpenDocument texts and slides: a line for each row, merged cells in each row they cover."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from ingest.loaders.opendocument_text import TABLE, Reading, plain_text, read_words
from ingest.loaders.table_rows import MOST_COLUMNS, Merged, fill_merged
from ingest.text.cleaning import one_line

MOST_REPEATED: Final = 1_000  # rows that are alike; what a program repeats more often is blank
HIDDEN: Final = ("collapse", "filter")
_CELLS: Final = (f"{TABLE}table-cell", f"{TABLE}covered-table-cell")


def read_rows(table: Any, reading: Reading) -> Iterator[str]:
    """Yield a line for each row that is shown; tables and shapes in cells are left in `reading.drawn`."""
    hidden = frozenset(hidden_columns(table))
    grid: dict[int, dict[int, str]] = {}
    merged: list[Merged] = []
    for number, row in enumerate(inside(table, f"{TABLE}table-row"), start=1):
        if row.get(f"{TABLE}visibility") in HIDDEN:
            text = plain_text(row)
            reading.omissions.add("hidden row", reading.where, count=int(bool(text)), text=text)
            continue
        for column, cell in place_cells(row):
            if text := one_line(read_words(cell, reading)):
                grid.setdefault(number, {})[column] = text
            merged += spanned(cell, number, column)
    fill_merged(grid, merged)
    shown = {column for row in grid.values() for column in row} - hidden
    left_out = {column: text for number in sorted(grid) for column, text in grid[number].items() if column in hidden}
    text = "\n".join(grid[number][column] for number in sorted(grid) for column in sorted(hidden & grid[number].keys()))
    reading.omissions.add("hidden column", reading.where, count=len(left_out), text=text)
    for number in sorted(grid):
        cells = [grid[number].get(column, "") for column in range(1, max(shown, default=0) + 1) if column not in hidden]
        if any(cells):
            yield " | ".join(cells).rstrip(" |")


def place_cells(row: Any) -> Iterator[tuple[int, Any]]:
    """Yield the cells of a row with their column from 1; a repeated cell once for each column."""
    column = 1
    for cell in row:
        if cell.tag not in _CELLS:
            continue
        repeated = int(cell.get(f"{TABLE}number-columns-repeated") or 1)
        for _ in range(repeated if len(cell) else 0):
            if column > MOST_COLUMNS:
                return
            yield column, cell
            column += 1
        column += 0 if len(cell) else repeated


def spanned(cell: Any, row: int, column: int) -> Iterator[Merged]:
    """Yield the range a cell covers, if it is more than the cell itself."""
    rows, columns = (int(cell.get(f"{TABLE}number-{name}-spanned") or 1) for name in ("rows", "columns"))
    if rows > 1 or columns > 1:
        yield Merged(row, column, row + rows - 1, column + columns - 1)


def hidden_columns(table: Any) -> Iterator[int]:
    """Yield the columns that are not shown, from 1."""
    column = 1
    for element in inside(table, f"{TABLE}table-column"):
        repeated = min(int(element.get(f"{TABLE}number-columns-repeated") or 1), MOST_COLUMNS)
        if element.get(f"{TABLE}visibility") in HIDDEN or is_folded(element):
            yield from range(column, column + repeated)
        column += repeated


def is_folded(element: Any) -> bool:
    """Say whether a group that is folded holds the row or column."""
    return any(
        above.get(f"{TABLE}display") == "false"
        for above in element.iterancestors(f"{TABLE}table-column-group", f"{TABLE}table-row-group")
    )


def inside(node: Any, name: str) -> Iterator[Any]:
    """Yield the elements of this name in the node that are not inside a cell or a table in it."""
    for child in node:
        if child.tag == name:
            yield child
        elif child.tag not in _CELLS and child.tag != f"{TABLE}table":
            yield from inside(child, name)
