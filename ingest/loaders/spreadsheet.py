"""Read spreadsheets (Excel, OpenDocument, CSV): a section for each 50 rows, cells with the names of their columns."""

from __future__ import annotations

import csv
import io
from collections import Counter
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Final

from ingest.loaders.loaded_file import LoadedFile, UnreadableFile
from ingest.loaders.plain_text import decode_text
from ingest.loaders.table_rows import MOST_ROWS, make_sections

_READERS: Final = {
    suffix: reader
    for suffixes, reader in (
        (".xlsx .xlsm .xltx .xltm", "excel"),
        (".xls .xlt", "excel_97"),
        (".xlsb", "excel_binary"),
        (".ods .ots", "opendocument_sheet"),
    )
    for suffix in suffixes.split()
}
_MOST_CELL: Final = 5_000_000  # characters; a report pasted into a cell is longer than the 131,072 csv allows


def load(path: Path) -> LoadedFile:
    """Read a table. Raises UnreadableFile."""
    suffix = path.suffix.lower()
    if suffix in (".csv", ".tsv"):
        return _load_csv(path)
    reader = _READERS[suffix]
    loaded: LoadedFile = import_module(f"ingest.loaders.{reader}").load(path)
    return loaded


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
