"""Read Excel's binary workbooks (.xlsb): the values of the cells that are shown; their number formats are not known."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from index.documents import SectionText
from index.reasons import Reason
from ingest.loaders.loaded_file import NEEDS_PASSWORD, LoadedFile, UnreadableFile
from ingest.loaders.number_format import plain_number
from ingest.loaders.office_package import related_parts
from ingest.loaders.omissions import Omissions, read_hidden
from ingest.loaders.table_rows import MOST_COLUMNS, MOST_ROWS, Grid, make_sections, shown_rows
from ingest.loaders.zip_container import check_zip

NO_FORMATS: Final = Reason("number-formats-unread")
_ROW, _COLUMNS, _SHEET = 0, 60, 156  # BrtRowHdr, BrtColInfo, BrtBundleSh ([MS-XLSB] 2.3)


def load(path: Path) -> LoadedFile:
    """Read a workbook. Raises UnreadableFile."""
    import python_calamine

    check_zip(path, "Excel")
    omissions = Omissions()
    sections: list[SectionText] = []
    try:
        with zipfile.ZipFile(path) as archive, python_calamine.CalamineWorkbook.from_path(str(path)) as book:
            parts = dict(_list_sheets(archive))
            for sheet in book.sheets_metadata:
                if sheet.visible != python_calamine.SheetVisibleEnum.Visible:
                    omissions.add("hidden sheet", sheet.name, text=_hidden_text(book, sheet.name))
                    continue
                grid = _read_cells(book, sheet.name)
                rows, columns = _hidden(archive.read(parts[sheet.name])) if sheet.name in parts else ([], [])
                sections += make_sections(sheet.name, shown_rows(grid, rows, columns, sheet.name, omissions))
    except python_calamine.PasswordError as error:
        raise UnreadableFile(NEEDS_PASSWORD) from error
    except (MemoryError, UnreadableFile):
        raise
    except Exception as error:  # foreign code reading a foreign file
        raise UnreadableFile(Reason("damaged-or-no-table", detail=str(error))) from error
    return LoadedFile(tuple(sections), {}, {}, (NO_FORMATS,), omissions.left_out(), omissions.hidden())


def _read_cells(book: Any, name: str) -> Grid:
    cells = book.get_sheet_by_name(name)
    top, left = cells.start or (0, 0)
    return {
        number: {column: text for column, value in enumerate(row, start=left + 1) if (text := _format_value(value))}
        for number, row in enumerate(cells.iter_rows(), start=top + 1)
    }


def _hidden_text(book: Any, name: str) -> str:
    return read_hidden(lambda: (" | ".join(row.values()) for row in _read_cells(book, name).values()))


def _format_value(value: object) -> str:
    if isinstance(value, float):
        return plain_number(value)
    return str(value).removesuffix(" 00:00:00") if value is not None else ""


def _list_sheets(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Yield name and part of each sheet."""
    related = related_parts(archive, "xl/workbook.bin")
    for kind, record in _records(archive.read("xl/workbook.bin")):
        if kind == _SHEET:
            identifier, rest = _text(record[8:])
            name, _ = _text(rest)
            if identifier in related:
                yield name, related[identifier].part


def _text(content: bytes) -> tuple[str, bytes]:
    """Return the string at the start of some bytes and the bytes after it."""
    (length,) = struct.unpack_from("<I", content)
    end = 4 + 2 * length
    return content[4:end].decode("utf-16-le"), content[end:]


def _hidden(sheet: bytes) -> tuple[list[int], list[int]]:
    """Return the hidden rows and columns of a sheet, from 1."""
    rows: list[int] = []
    columns: list[int] = []
    for kind, record in _records(sheet):
        if kind == _ROW and len(record) >= 12:
            (row,) = struct.unpack_from("<I", record)
            if record[11] & 0x10 and row < MOST_ROWS:  # fDyZero
                rows.append(row + 1)
        elif kind == _COLUMNS and len(record) >= 18:
            first, last, width = struct.unpack_from("<III", record)
            if record[16] & 0x01 or width == 0:  # fHidden
                columns += range(first + 1, min(last + 1, MOST_COLUMNS) + 1)
    return rows, columns


def _records(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield kind and content of each record of a binary part."""
    position = 0
    while position < len(content):
        kind, position = _number(content, position, 2)
        size, position = _number(content, position, 4)
        yield kind, content[position : position + size]
        position += size


def _number(content: bytes, position: int, most: int) -> tuple[int, int]:
    """Return the number written in seven bits a byte at a position, and the position after it."""
    number = 0
    for place in range(most):
        if position >= len(content):
            break
        byte = content[position]
        position += 1
        number |= (byte & 0x7F) << (7 * place)
        if not byte & 0x80:
            break
    return number, position
