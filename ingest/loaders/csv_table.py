"""Read tables written as text (CSV, TSV), by the separator their first line declares (`sep=;`) or that fits best."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from index.reasons import Reason
from ingest.loaders.loaded_file import LoadedFile, UnreadableFile
from ingest.loaders.omissions import Omissions
from ingest.loaders.plain_text import decode_text
from ingest.loaders.table_rows import MOST_COLUMNS, MOST_ROWS, make_sections

_SEPARATORS: Final = ";\t,|"
_MOST_CELL: Final = 5_000_000  # characters; a report pasted into a cell is longer than the 131,072 csv allows
_SAMPLE: Final = 20_000  # characters the separator is looked for in
_DECLARATION: Final = re.compile(r'\s*"?sep=(\t|[^\w\s"])"?[;,\t]*[ ]*(?:\r\n|\r|\n|\Z)', re.IGNORECASE)
_AS_TEXT: Final = re.compile(r'="([^"]*)"')  # how Excel is told that 00123 is no number


def load(path: Path) -> LoadedFile:
    """Read a table. Raises UnreadableFile."""
    separator, text = split_declaration(decode_text(path.read_bytes()))
    try:
        rows = _read_rows(text, separator or _find_separator(text))
        sections = tuple(make_sections("", rows))
    except csv.Error as error:
        raise UnreadableFile(Reason("damaged-file", kind="CSV", detail=str(error))) from error
    width = max(map(len, rows), default=0)
    omissions = Omissions()
    omissions.add("column", "", Reason("too-many-columns", most=MOST_COLUMNS), count=width - MOST_COLUMNS)
    return LoadedFile(sections, left_out=omissions.left_out())


def split_declaration(text: str) -> tuple[str, str]:
    """Return the separator that the first line declares (`sep=;`), "" for none, and the text without that line."""
    match = _DECLARATION.match(text)
    return (match[1], text[match.end() :]) if match else ("", text)


def _read_rows(text: str, separator: str) -> list[list[str]]:
    """Return one row more than are read of a table, so that it is refused."""
    csv.field_size_limit(_MOST_CELL)
    rows = islice(csv.reader(io.StringIO(text, newline=""), delimiter=separator), MOST_ROWS + 1)
    return [[_AS_TEXT.sub(r"\1", cell) for cell in row] for row in rows]


def _find_separator(text: str) -> str:
    """Return the separator that gives most of the first rows the same number of cells; a title above them has none."""

    def fit(separator: str) -> tuple[int, int]:
        widths = Counter(len(row) for row in _sample_rows(text, separator) if len(row) > 1)
        width, count = max(widths.items(), key=lambda pair: (pair[1], pair[0]), default=(0, 0))
        return count, width

    return max(_SEPARATORS, key=fit)


def _sample_rows(text: str, separator: str) -> Iterator[list[str]]:
    return islice(csv.reader(io.StringIO(text[:_SAMPLE], newline=""), delimiter=separator), 30)
