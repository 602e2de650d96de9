"""Read OpenDocument spreadsheets (.ods): the text of each cell as its program shows it, without what is hidden."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from index.documents import SectionText
from index.reasons import Reason, quote
from ingest.loaders.loaded_file import LoadedFile, UnreadableFile
from ingest.loaders.number_format import format_number, plain_number
from ingest.loaders.omissions import STRUCK
from ingest.loaders.opendocument import Blocks, read_hints
from ingest.loaders.opendocument_lists import Lists
from ingest.loaders.opendocument_tables import HIDDEN, MOST_REPEATED, hidden_columns, is_folded, place_cells, spanned
from ingest.loaders.opendocument_text import OFFICE, TABLE, TEXT, Reading, Styles, check_readable, read_words
from ingest.loaders.table_rows import MOST_ROWS, Grid, Merged, fill_merged, make_sections, shown_rows
from ingest.loaders.zip_container import check_zip, parse_xml
from ingest.text.cleaning import one_line

_DECIMALS: Final = re.compile(r"(?<=\d)[.,]0+(?!\d)")
_DURATION: Final = re.compile(r"(-?)P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:[.,]\d+)?S)?")
_NUMBERS: Final = ("float", "percentage", "currency")


@dataclass(slots=True)
class _Sheet:
    """A sheet as far as it is read."""

    grid: Grid = field(default_factory=dict)
    hidden_rows: list[int] = field(default_factory=list)
    merged: list[Merged] = field(default_factory=list)
    rows: int = 0


def load(path: Path) -> LoadedFile:
    """Read a spreadsheet. Raises UnreadableFile."""
    check_zip(path, "OpenDocument")
    try:
        with zipfile.ZipFile(path) as archive:
            check_readable(archive)
            reading = Reading(Styles(), archive)
            sections = tuple(_sections(archive, reading))
            hints = read_hints(archive)
    except (MemoryError, UnreadableFile):
        raise
    except Exception as error:  # foreign code reading a foreign file
        raise UnreadableFile(Reason("damaged-opendocument-table", detail=quote(error))) from error
    return LoadedFile(sections, {}, hints, (), reading.omissions.left_out(), reading.omissions.hidden())


def _sections(archive: zipfile.ZipFile, reading: Reading) -> Iterator[SectionText]:
    """Yield the sections of the sheets that are shown, reading row by row: a sheet may be larger than memory."""
    from lxml import etree

    common = parse_xml(archive.read("styles.xml")) if "styles.xml" in archive.namelist() else None
    reading.styles = Styles(*([common] if common is not None else []))
    tags = (f"{OFFICE}automatic-styles", f"{TABLE}table-row", f"{TABLE}table")
    sheet = _Sheet()
    with archive.open("content.xml") as content:
        for _, element in etree.iterparse(content, tag=tags, resolve_entities=False, no_network=True):
            if element.tag == f"{OFFICE}automatic-styles":
                reading.styles = Styles(*([common] if common is not None else []), element)
            elif element.tag == f"{TABLE}table-row":
                table = next(element.iterancestors(f"{TABLE}table"), None)
                if table is not None and _is_sheet(table):
                    reading.where = one_line(table.get(f"{TABLE}name", ""))
                    _read_row(element, sheet, reading)
                    element.clear()
            elif _is_sheet(element):
                yield from _finish(element, sheet, reading)
                sheet = _Sheet()
                element.clear()


def _is_sheet(table: Any) -> bool:
    parent = table.getparent()
    return parent is not None and parent.tag == f"{OFFICE}spreadsheet"


def _read_row(row: Any, sheet: _Sheet, reading: Reading) -> None:
    """Read a row into the sheet, as often as it is repeated. Raises UnreadableFile for too many."""
    repeated = int(row.get(f"{TABLE}number-rows-repeated") or 1)
    number = sheet.rows + 1
    sheet.rows += repeated
    cells: dict[int, str] = {}
    for column, cell in place_cells(row):
        if text := _format_cell(cell, reading):
            cells[column] = text
        sheet.merged += spanned(cell, number, column)
    if not cells:
        return
    if number > MOST_ROWS:
        raise UnreadableFile(Reason("too-many-rows", most=MOST_ROWS))
    for place in range(number, number + min(repeated, MOST_REPEATED)):
        sheet.grid[place] = dict(cells)
        if row.get(f"{TABLE}visibility") in HIDDEN or is_folded(row):
            sheet.hidden_rows.append(place)


def _finish(table: Any, sheet: _Sheet, reading: Reading) -> Iterator[SectionText]:
    """Yield the sections of a sheet that has been read, what is drawn on it last."""
    name = one_line(table.get(f"{TABLE}name", ""))
    reading.where = name
    style = table.get(f"{TABLE}style-name", "")
    if reading.styles.property("table", style, "table-properties", f"{TABLE}display") == "false":
        text = "\n".join(" | ".join(sheet.grid[number].values()) for number in sorted(sheet.grid))
        reading.omissions.add("hidden sheet", name, text=text)
        reading.drawn.clear()
        return
    fill_merged(sheet.grid, sheet.merged)
    rows = shown_rows(sheet.grid, sheet.hidden_rows, hidden_columns(table), name, reading.omissions)
    yield from make_sections(name, rows)
    blocks = Blocks(reading, Lists())
    drawn = [*reading.drawn, *(shape for shapes in table.iterchildren(f"{TABLE}shapes") for shape in shapes)]
    reading.drawn.clear()
    blocks.add(drawn)
    if text := "\n\n".join(section.text for section in blocks.outline.sections()):
        yield SectionText(name[:60], text, name)


def _format_cell(cell: Any, reading: Reading) -> str:
    """Return what a cell shows."""
    kind = cell.get(f"{OFFICE}value-type", "")
    text = one_line(read_words(cell, reading))
    if not text and cell.find(f"{TEXT}p") is None and kind:
        text = _format_value(cell, kind)
    look = reading.styles.look("table-cell", cell.get(f"{TABLE}style-name", ""))
    if text and (look.is_struck or look.is_hidden):
        reading.omissions.add("struck-out cell", reading.where, STRUCK)
        return ""
    return _without_zeros(text, cell, kind) if kind in _NUMBERS else text


def _without_zeros(text: str, cell: Any, kind: str) -> str:
    """Return a whole number without its ",00", as in every table here, and a space before "%"."""
    text = re.sub(r"(?<=\d)%", " %", text)
    value = float(cell.get(f"{OFFICE}value") or "nan") * (100 if kind == "percentage" else 1)
    shorter = _DECIMALS.sub("", text, count=1)
    digits = re.sub(r"\D", "", shorter)
    return shorter if digits and float(digits) == abs(value) else text


def _format_value(cell: Any, kind: str) -> str:
    """Return the value of a cell whose program stored no text for it."""
    value = cell.get(f"{OFFICE}value") or ""
    if kind in _NUMBERS:
        shown = format_number(float(value), "0.##%") if kind == "percentage" else plain_number(float(value))
        return f"{shown} {cell.get(f'{OFFICE}currency', '')}".strip()
    if kind == "date":
        return str(cell.get(f"{OFFICE}date-value") or "").replace("T", " ").removesuffix(" 00:00:00")
    if kind == "time":
        match = _DURATION.fullmatch(cell.get(f"{OFFICE}time-value") or "")
        if match is None:
            return ""
        days, hours, minutes, seconds = (int(part or 0) for part in match.groups()[1:])
        return f"{match[1]}{days * 24 + hours}:{minutes:02}" + (f":{seconds:02}" if seconds else "")
    return str(cell.get(f"{OFFICE}boolean-value") or cell.get(f"{OFFICE}string-value") or "")
