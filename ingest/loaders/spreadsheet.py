"""Read spreadsheets (Excel, OpenDocument, CSV): a section for each 50 rows, cells with the names of their columns."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

from index.documents import SectionText
from ingest.loaders.loaded_file import NEEDS_PASSWORD, LoadedFile, UnreadableFile, make_hints
from ingest.loaders.plain_text import decode_text
from ingest.loaders.zip_container import check_zip
from ingest.text.cleaning import one_line

ROWS: Final = 50  # of a section
MOST_ROWS: Final = 50_000
MOST_COLUMNS: Final = 200
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_NO_RESULT: Final = re.compile(rb"</f>(?:<v\s*/>|<v></v>)?</c>")
_MOST_CELL: Final = 5_000_000  # characters; a report pasted into a cell is longer than the 131,072 csv allows
_MOST_SHEET: Final = 50 << 20
_SHORT: Final = 60  # characters; a heading cell is no longer


def load(path: Path) -> LoadedFile:
    """Read a table. Raises UnreadableFile."""
    suffix = path.suffix.lower()
    if suffix in (".csv", ".tsv"):
        return _load_csv(path)
    return _load_xlsx(path) if suffix in (".xlsx", ".xlsm", ".xltx", ".xltm") else _load_other(path)


def _load_csv(path: Path) -> LoadedFile:
    text = decode_text(path.read_bytes())
    csv.field_size_limit(_MOST_CELL)
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text))
        sections = tuple(make_sections("", islice(rows, MOST_ROWS + 1)))
    except csv.Error as error:
        raise UnreadableFile(f"damaged CSV file ({error}).") from error
    return LoadedFile(sections)


def _separator(text: str) -> str:
    """Return the separator that gives most of the first rows the same number of cells; a title above them has none."""

    def fit(separator: str) -> tuple[int, int]:
        rows = islice(csv.reader(io.StringIO(text[:20_000], newline=""), delimiter=separator), 30)
        widths = Counter(len(row) for row in rows if len(row) > 1)
        width, count = max(widths.items(), key=lambda pair: (pair[1], pair[0]), default=(0, 0))
        return count, width

    return max(";\t,|", key=fit)


def _load_xlsx(path: Path) -> LoadedFile:
    import openpyxl

    check_zip(path, "Excel")
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        sections: list[SectionText] = []
        for sheet in book.worksheets:
            if sheet.sheet_state != "visible":
                continue
            sheet.reset_dimensions()  # some programs write "A1" for the size of every sheet
            rows = sheet.iter_rows(max_row=MOST_ROWS + 1, max_col=MOST_COLUMNS)
            sections += make_sections(sheet.title, ([_format_cell(cell) for cell in row] for row in rows))
        hints = make_hints(book.properties.title, book.properties.creator)
        book.close()
        blank = _count_formulas_without_result(path)
    except (MemoryError, UnreadableFile):
        raise
    except Exception as error:  # foreign code reading a foreign file
        raise UnreadableFile(f"damaged Excel file ({type(error).__name__}: {error}).") from error
    warning = f"{blank} formulas without a stored result: open and save it in Excel or LibreOffice, then run again."
    return LoadedFile(tuple(sections), {}, hints, (warning,) if blank else ())


def _count_formulas_without_result(path: Path) -> int:
    """Count the formulas whose result the program that wrote the file did not store: their cells read as blank."""
    with zipfile.ZipFile(path) as archive:
        return sum(
            len(_NO_RESULT.findall(archive.read(member)))
            for member in archive.infolist()
            if member.filename.startswith("xl/worksheets/") and member.file_size <= _MOST_SHEET
        )


def _load_other(path: Path) -> LoadedFile:
    """Read what openpyxl does not: .xls, .xlsb, .ods and their templates."""
    import python_calamine

    if path.suffix.lower() in (".ods", ".ots", ".xlsb"):
        check_zip(path, "table")
    try:
        with python_calamine.CalamineWorkbook.from_path(path) as book:
            sections: list[SectionText] = []
            for sheet in book.sheets_metadata:
                if sheet.visible == python_calamine.SheetVisibleEnum.Visible:
                    rows = book.get_sheet_by_name(sheet.name).iter_rows()
                    sections += make_sections(sheet.name, ([_format_value(cell) for cell in row] for row in rows))
    except python_calamine.PasswordError as error:
        raise UnreadableFile(NEEDS_PASSWORD) from error
    except (MemoryError, UnreadableFile):
        raise
    except Exception as error:  # foreign code reading a foreign file
        raise UnreadableFile(f"damaged, or no table in spite of its suffix ({error}).") from error
    return LoadedFile(tuple(sections))


def _format_cell(cell: Any) -> str:
    """Return a cell as it is shown: 23 % for 0.23 in a column of percents."""
    value = cell.value
    if isinstance(value, (int, float)) and not isinstance(value, bool) and "%" in str(cell.number_format):
        return f"{round(value * 100, 2):g} %"
    return _format_value(value)


def _format_value(value: object) -> str:
    """Return a value as a reader writes it: 3 for 3.0, a day without its midnight."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value).removesuffix(" 00:00:00")


def make_sections(sheet: str, rows: Iterable[Sequence[str]]) -> Iterator[SectionText]:
    """Yield the sections of a sheet, labelled "Feuille, l. 2-51"; the rows before the headings have no names.

    The headings are the first row of several cells, all short and no numbers but years. A row is written
    "Ville : Kehl ; Places : 60", so that it can be quoted alone.
    """
    headings: list[str] = []
    body: list[tuple[int, str]] = []
    for number, row in enumerate(rows, start=1):
        if number > MOST_ROWS:
            raise UnreadableFile(f"more than {MOST_ROWS} rows: split it.")
        cells = [one_line(cell) for cell in row[:MOST_COLUMNS]]
        filled = [cell for cell in cells if cell]
        if not filled:
            continue
        if not headings and _are_headings(filled):
            headings = cells
            continue
        body.append((number, _format_row(headings, cells)))
    for start in range(0, len(body), ROWS):
        part = body[start : start + ROWS]
        label = f"l. {part[0][0]}-{part[-1][0]}" if len(part) > 1 else f"l. {part[0][0]}"
        columns = " | ".join(filter(None, headings))
        text = "\n\n".join(filter(None, [columns, "\n".join(line for _, line in part)]))
        yield SectionText(f"{one_line(sheet)[:60]}, {label}" if sheet else label, text, one_line(sheet))


def _are_headings(cells: Sequence[str]) -> bool:
    """Say whether a row names the columns below it: short words, and years where there are several ("2018", "2019")."""
    years = sum(_YEAR.fullmatch(cell) is not None for cell in cells)
    words = sum(len(cell) <= _SHORT and any(map(str.isalpha, cell)) for cell in cells)
    return len(cells) > 1 and words > 0 and words + years == len(cells) and years != 1


def _format_row(headings: Sequence[str], cells: Sequence[str]) -> str:
    names = [*headings, *[""] * len(cells)]
    return " ; ".join(f"{name} : {cell}" if name else cell for name, cell in zip(names, cells, strict=False) if cell)
