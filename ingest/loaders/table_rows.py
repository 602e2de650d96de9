"""Make sections of the rows of a sheet: one for each 50 rows, each cell with the name of its column."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Final, NamedTuple

from index.documents import SectionText
from index.reasons import Reason
from ingest.loaders.loaded_file import UnreadableFile
from ingest.loaders.omissions import Omissions
from ingest.text.cleaning import one_line

ROWS: Final = 50  # of a section
MOST_ROWS: Final = 50_000
MOST_COLUMNS: Final = 200
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_SHORT: Final = 60  # characters; a heading cell is no longer


class Merged(NamedTuple):
    """A range of cells shown as one, with the value of its first cell; rows and columns from 1, the last included."""

    top: int
    left: int
    bottom: int
    right: int


Grid = dict[int, dict[int, str]]  # texts by row and column, both from 1; blank cells are not in it


def fill_merged(grid: Grid, ranges: Iterable[Merged]) -> None:
    """Give each cell of a merged range its value; a value that has the whole row to itself (a title) stays once."""
    last, first_column = max(grid, default=0), min((column for row in grid.values() for column in row), default=1)
    for merged in ranges:
        text = grid.get(merged.top, {}).get(merged.left, "")
        for number in range(merged.top, min(merged.bottom, last) + 1 if text else 0):
            row = grid.get(number, {})
            is_alone = all(merged.left <= column <= merged.right for column in row)
            is_title = is_alone and merged.left == first_column
            if is_title and number > merged.top:
                continue
            for column in range(merged.left, (merged.left if is_title else min(merged.right, MOST_COLUMNS)) + 1):
                row.setdefault(column, text)


def shown_rows(
    grid: Grid, hidden_rows: Iterable[int], hidden_columns: Iterable[int], sheet: str, omissions: Omissions
) -> Iterator[list[str]]:
    """Yield the rows from the first, blank ones where nothing is shown, and count what is hidden and not blank."""
    rows, columns = frozenset(hidden_rows), frozenset(hidden_columns)
    left_out = [number for number in sorted(grid) if number in rows and grid[number]]
    omissions.add("hidden row", sheet, count=len(left_out), text="\n".join(_line(grid[number]) for number in left_out))
    filled = {column for number, row in grid.items() if number not in rows for column in row}
    by_row = (_hidden_cells(grid[number], columns) for number in sorted(grid) if number not in rows)
    omissions.add("hidden column", sheet, count=len(filled & columns), text="\n".join(filter(None, by_row)))
    for number in range(1, max(grid, default=0) + 1):
        row = {} if number in rows else grid.get(number, {})
        yield [row.get(column, "") if column not in columns else "" for column in range(1, max(row, default=0) + 1)]


def _hidden_cells(row: Mapping[int, str], columns: Collection[int]) -> str:
    """Return the cells of a row in hidden columns after the first that is shown, which says what they are about."""
    hidden = {column: cell for column, cell in row.items() if column in columns}
    shown = sorted(row.keys() - hidden.keys())
    return _line({column: row[column] for column in shown[:1]} | hidden) if hidden else ""


def _line(row: Mapping[int, str]) -> str:
    return " | ".join(one_line(row[column]) for column in sorted(row))


def make_sections(sheet: str, rows: Iterable[Sequence[str]]) -> Iterator[SectionText]:
    """Yield the sections of a sheet, labelled "Feuille, l. 2-51"; the rows before the headings have no names.

    The headings are the first row of several cells, all short and no numbers but years, and a second one where the
    first has a name for several columns. A row is written "Ville : Kehl ; Places : 60", so that it can be quoted alone.
    """
    headings: list[str] = []
    heading_row = 0
    body: list[tuple[int, str]] = []
    for number, row in enumerate(rows, start=1):
        if number > MOST_ROWS:
            raise UnreadableFile(Reason("too-many-rows", most=MOST_ROWS))
        cells = [one_line(cell) for cell in row[:MOST_COLUMNS]]
        filled = [cell for cell in cells if cell]
        if not filled:
            continue
        if not headings and _are_headings(filled):
            headings, heading_row = cells, number
        elif number == heading_row + 1 and _go_on(headings, cells):
            headings = _join_headings(headings, cells)
        else:
            body.append((number, _format_row(headings, cells)))
    if headings and not body:  # a sheet of one row
        yield _make_section(sheet, [(heading_row, " | ".join(filter(None, headings)))], "")
    for start in range(0, len(body), ROWS):
        yield _make_section(sheet, body[start : start + ROWS], " | ".join(filter(None, headings)))


def _make_section(sheet: str, part: Sequence[tuple[int, str]], columns: str) -> SectionText:
    label = f"l. {part[0][0]}-{part[-1][0]}" if len(part) > 1 else f"l. {part[0][0]}"
    text = "\n\n".join(filter(None, [columns, "\n".join(line for _, line in part)]))
    return SectionText(f"{one_line(sheet)[:60]}, {label}" if sheet else label, text, one_line(sheet))


def _are_headings(cells: Sequence[str]) -> bool:
    """Say whether a row names the columns below it: short words, and years where there are several ("2018", "2019")."""
    years = sum(_YEAR.fullmatch(cell) is not None for cell in cells)
    words = sum(len(cell) <= _SHORT and any(map(str.isalpha, cell)) for cell in cells)
    return len(cells) > 1 and words > 0 and words + years == len(cells) and years != 1


def _go_on(headings: Sequence[str], cells: Sequence[str]) -> bool:
    """Say whether a row parts the columns that the row above has one name for ("Taux", then "hommes", "femmes")."""
    above = [*headings, *[""] * len(cells)]
    shared = {index for index in range(1, len(headings)) if headings[index] and headings[index] == headings[index - 1]}
    shared |= {index - 1 for index in shared}
    named = {index for index, cell in enumerate(cells) if cell and cell != above[index]}
    blank = {index for index in named if not above[index]}
    short = all(
        len(cell) <= _SHORT and (_YEAR.fullmatch(cell) or any(map(str.isalpha, cell))) for cell in cells if cell
    )
    return bool(named & shared) and named <= shared | blank and short


def _join_headings(headings: Sequence[str], cells: Sequence[str]) -> list[str]:
    """Return the names of two rows of headings: "Taux hommes", "Taux femmes"."""
    pairs = zip_longest(headings, cells, fillvalue="")
    return [heading if below == heading else f"{heading} {below}".strip() for heading, below in pairs]


def _format_row(headings: Sequence[str], cells: Sequence[str]) -> str:
    names = [*headings, *[""] * len(cells)]
    return " ; ".join(f"{name} : {cell}" if name else cell for name, cell in zip(names, cells, strict=False) if cell)
