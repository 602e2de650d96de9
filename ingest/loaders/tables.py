"""Spreadsheets (.xlsx, .csv, .tsv): a section each 50 rows of a sheet, every row with the names of its columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from index.documents import SectionText
from ingest.cleaning import one_line
from ingest.loaders import Loaded, UnreadableFile
from ingest.loaders.archives import check_archive, office_hints
from ingest.loaders.plain import decoded

ROWS: Final = 50  # of a section
MOST_ROWS: Final = 50_000
MOST_COLUMNS: Final = 200
_SHORT: Final = 60  # characters; a heading cell is no longer


def load(path: Path) -> Loaded:
    """Read a table. Raises UnreadableFile."""
    return _load_csv(path) if path.suffix.lower() in (".csv", ".tsv") else _load_xlsx(path)


def _load_csv(path: Path) -> Loaded:
    text = decoded(path.read_bytes())
    sample = text[:4000].partition("\n")[0]
    separator = max(",;\t|", key=sample.count)
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        sections = tuple(sections_of("", islice(rows, MOST_ROWS + 1)))
    except csv.Error as error:
        raise UnreadableFile(f"damaged CSV file ({error}).") from error
    return Loaded(sections)


def _load_xlsx(path: Path) -> Loaded:
    import openpyxl

    check_archive(path, "Excel")
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        sections: list[SectionText] = []
        for sheet in book.worksheets:
            if sheet.sheet_state != "visible":
                continue
            rows = sheet.iter_rows(max_row=MOST_ROWS + 1, max_col=MOST_COLUMNS, values_only=True)
            sections += sections_of(sheet.title, ([_said(cell) for cell in row] for row in rows))
        hints = office_hints(book.properties.title, book.properties.creator, None)
        book.close()
    except MemoryError:
        raise
    except Exception as error:  # foreign code reading a foreign file
        raise UnreadableFile(f"damaged Excel file ({type(error).__name__}: {error}).") from error
    return Loaded(tuple(sections), {}, hints)


def _said(cell: object) -> str:
    """Return a cell as a reader writes it: 3 for 3.0, a day without its midnight."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell).removesuffix(" 00:00:00")


def sections_of(sheet: str, rows: Iterable[Sequence[str]]) -> Iterator[SectionText]:
    """Yield the sections of a sheet, labelled "Feuille, l. 2-51"; the rows before the headings stand by themselves.

    The headings are the first row with several cells, all short and not numbers. A row is written "Ville : Kehl ;
    Places : 60", so that it can be quoted alone.
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
        if not headings and len(filled) > 1 and all(_is_heading(cell) for cell in filled):
            headings = cells
            continue
        body.append((number, _row(headings, cells)))
    for at in range(0, len(body), ROWS):
        part = body[at : at + ROWS]
        label = f"l. {part[0][0]}-{part[-1][0]}" if len(part) > 1 else f"l. {part[0][0]}"
        named = " | ".join(filter(None, headings))
        text = "\n\n".join(filter(None, [named, "\n".join(said for _, said in part)]))
        yield SectionText(f"{one_line(sheet)[:60]}, {label}" if sheet else label, text, one_line(sheet))


def _is_heading(cell: str) -> bool:
    return len(cell) <= _SHORT and any(map(str.isalpha, cell))


def _row(headings: Sequence[str], cells: Sequence[str]) -> str:
    names = [*headings, *[""] * len(cells)]
    return " ; ".join(f"{name} : {cell}" if name else cell for name, cell in zip(names, cells, strict=False) if cell)
