"""Read the tables of a page as lines, one for each row; a cell that spans rows or columns belongs to each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from ingest.loaders.outline import shorten
from ingest.loaders.web.parsing import HEADINGS, nearest

if TYPE_CHECKING:
    from bs4 import Tag

MOST_COLUMNS: Final = 200
_LONG: Final = 80  # characters; a longer cell is shortened in the further rows it belongs to
_MOST_CELL: Final = 1_000  # characters; with a longer one and without headings a table lays out a page
_GROUPS: Final = ("thead", "tbody", "tfoot")


def is_data(table: Tag) -> bool:
    """Say whether a table holds data; one with headings or tables in it, or one column, lays out a page."""
    rows = _rows_of(table)
    cells = [_cells_of(row) for row in rows]
    if max(map(len, cells), default=0) < 2:
        return False
    has_names = any(cell.name == "th" for row in cells for cell in row) or table.find("caption") is not None
    if str(table.get("role")) in ("presentation", "none") and not has_names:
        return False
    if table.find("table") is not None and not has_names:
        return False
    headings = table.find_all(list(HEADINGS))
    if any(nearest(heading, ("th", "caption", "table")) is table for heading in headings):
        return bool(rows) and all(nearest(heading, ("tr",)) is rows[0] for heading in headings) and len(rows) > 1
    return has_names or all(len(cell.get_text()) <= _MOST_CELL for row in cells for cell in row)


def read_rows(table: Tag, cell_text: Callable[[Tag], str]) -> Iterator[str]:
    """Yield a line for each row that is not blank, its cells between bars, after the table's caption."""
    for caption in table.find_all("caption"):
        if nearest(caption, ("table",)) is table and (text := cell_text(caption)):
            yield text
    spans: dict[int, tuple[int, str]] = {}  # by column: how many more rows a cell belongs to, and its text
    group: object = None
    for row in _rows_of(table):
        if row.parent is not group:
            group, spans = row.parent, {}
        cells = _read_row(_cells_of(row), spans, cell_text)
        if any(cells):
            yield " | ".join(cells)


def loose_strings(table: Tag) -> list[str]:
    """Return the text in a table that is in none of its cells; browsers show it above the table."""
    own = [string for string in table.find_all(string=True) if string.strip()]
    return [str(string) for string in own if nearest(string, ("td", "th", "caption", "table")) is table]


def _read_row(cells: list[Tag], spans: dict[int, tuple[int, str]], cell_text: Callable[[Tag], str]) -> list[str]:
    """Return the texts of a row's columns; `spans` holds the cells of the rows above that go on, and is brought up."""
    is_whole_row = len(cells) == 1 and not spans and _span(cells[0], "rowspan") == 1
    texts: list[str] = []
    waiting = list(reversed(cells))
    while (waiting or any(column >= len(texts) for column in spans)) and len(texts) < MOST_COLUMNS:
        column = len(texts)
        if column in spans:
            left, text = spans.pop(column)
            texts.append(text)
            if left > 1:
                spans[column] = (left - 1, text)
        elif not waiting:
            texts.append("")
        else:
            cell = waiting.pop()
            text = cell_text(cell)
            width = 1 if is_whole_row else min(_span(cell, "colspan"), MOST_COLUMNS - column)
            height = _span(cell, "rowspan")
            for place in range(width):
                texts.append(text if not place or len(text) <= _LONG else "")
                if height != 1 and text:
                    spans[column + place] = (height - 1 if height else 1 << 30, shorten(text, _LONG))
                elif height != 1:
                    spans[column + place] = (height - 1 if height else 1 << 30, "")
    return texts


def _span(cell: Tag, name: str) -> int:
    """Return how many rows or columns a cell spans; 0 rows are all that follow in its group."""
    text = str(cell.get(name) or "1").strip()
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
    return number if number or name == "rowspan" else 1


def _rows_of(table: Tag) -> list[Tag]:
    """Return the rows of a table itself as they are shown: its head first, its foot last."""
    rows = [row for row in table.find_all("tr") if nearest(row, ("table",)) is table]
    place = {"thead": 0, "tfoot": 2}
    return sorted(rows, key=lambda row: place.get(row.parent.name if row.parent else "", 1))


def _cells_of(row: Tag) -> list[Tag]:
    return [cell for cell in row.find_all(["td", "th"]) if nearest(cell, ("tr",)) is row]
