"""Read Excel of 1997 to 2003 (.xls): each cell as it is shown, without what is hidden."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from index.documents import SectionText
from index.reasons import Reason
from ingest.loaders.loaded_file import NEEDS_PASSWORD, LoadedFile, UnreadableFile, make_hints
from ingest.loaders.number_format import format_number, format_text, guess_language
from ingest.loaders.omissions import COMMENT, STRUCK, Omissions, read_hidden
from ingest.loaders.raised_digits import write_lowered, write_raised
from ingest.loaders.table_rows import MOST_COLUMNS, MOST_ROWS, Grid, Merged, fill_merged, make_sections, shown_rows
from ingest.text.cleaning import one_line

_EPOCHS: Final = (datetime(1899, 12, 30), datetime(1904, 1, 1))


def load(path: Path) -> LoadedFile:
    """Read a workbook. Raises UnreadableFile."""
    import xlrd

    omissions = Omissions()
    sections: list[SectionText] = []
    try:
        book: Any = xlrd.open_workbook(str(path), formatting_info=True, logfile=io.StringIO())
        for sheet in book.sheets():
            if sheet.visibility:
                omissions.add("hidden sheet", sheet.name, text=_hidden_text(book, sheet))
            elif sheet.nrows > MOST_ROWS:
                raise UnreadableFile(Reason("too-many-rows", most=MOST_ROWS))
            else:
                sections += make_sections(sheet.name, _rows(book, sheet, omissions))
    except (MemoryError, UnreadableFile):
        raise
    except Exception as error:  # foreign code reading a foreign file
        if "encrypted" in str(error).lower():
            raise UnreadableFile(NEEDS_PASSWORD) from error
        raise UnreadableFile(Reason("damaged-or-no-old-table", detail=str(error))) from error
    return LoadedFile(
        tuple(sections), {}, make_hints(None, book.user_name), (), omissions.left_out(), omissions.hidden()
    )


def _hidden_text(book: Any, sheet: Any) -> str:
    return read_hidden(lambda: map(" | ".join, _rows(book, sheet, Omissions())))


def _rows(book: Any, sheet: Any, omissions: Omissions) -> Iterator[list[str]]:
    """Yield the rows of a sheet as they are shown."""
    import xlrd

    columns = min(sheet.ncols, MOST_COLUMNS)
    cells = [(row, column) for row in range(sheet.nrows) for column in range(min(columns, sheet.row_len(row)))]
    labels = (sheet.cell_value(*place) for place in cells[:2000] if sheet.cell_type(*place) == xlrd.XL_CELL_TEXT)
    language = guess_language(labels)
    grid: Grid = {}
    for row, column in cells:
        if text := _format_cell(book, sheet, row, column, language, omissions):
            grid.setdefault(row + 1, {})[column + 1] = text
    ranges = (Merged(top + 1, left + 1, bottom, right) for top, bottom, left, right in sheet.merged_cells)
    fill_merged(grid, ranges)
    notes = "\n".join(one_line(note.text) for note in sheet.cell_note_map.values())
    omissions.add("comment", sheet.name, COMMENT, count=len(sheet.cell_note_map), text=notes)
    hidden_rows = [row + 1 for row, shape in sheet.rowinfo_map.items() if shape.hidden or shape.height == 0]
    hidden_columns = [column + 1 for column, shape in sheet.colinfo_map.items() if shape.hidden or shape.width == 0]
    return shown_rows(grid, hidden_rows, hidden_columns, sheet.name, omissions)


def _format_cell(book: Any, sheet: Any, row: int, column: int, language: str, omissions: Omissions) -> str:
    """Return what a cell shows; what is struck out or has a format that shows nothing is counted."""
    import xlrd

    kind, value = sheet.cell_type(row, column), sheet.cell_value(row, column)
    if kind in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK):
        return ""
    style = book.xf_list[sheet.cell_xf_index(row, column)]
    if book.font_list[style.font_index].struck_out:
        omissions.add("struck-out cell", sheet.name, STRUCK)
        return ""
    if kind == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(value, ""))
    if kind == xlrd.XL_CELL_BOOLEAN:
        return "TRUE" if value else "FALSE"
    code = book.format_map[style.format_key].format_str
    if kind == xlrd.XL_CELL_TEXT:
        text = _rich_text(book, sheet, row, column, omissions)
        shown = format_text(text, code) if "@" in code or code.count(";") == 3 else text
    else:
        shown = format_number(value, code, language, epoch=_EPOCHS[book.datemode])
    if not shown and str(value).strip() and not code.strip(";"):
        omissions.add("cell", sheet.name, Reason("format-shows-nothing"))
    return shown


def _rich_text(book: Any, sheet: Any, row: int, column: int, omissions: Omissions) -> str:
    """Return the text of a cell in several fonts, without what is struck out."""
    value = sheet.cell_value(row, column)
    runs = sheet.rich_text_runlist_map.get((row, column))
    if not runs:
        return str(value)
    text = value[: runs[0][0]]
    for (start, font_index), (end, _) in zip(runs, [*runs[1:], (len(value), 0)], strict=True):
        font, words = book.font_list[font_index], value[start:end]
        if font.struck_out:
            omissions.add("struck-out passage", sheet.name, STRUCK)
        elif font.escapement == 1:
            text += write_raised(text, words)
        else:
            text += write_lowered(words) if font.escapement == 2 else words
    return str(text)
