"""Read Excel (.xlsx): each cell as it is shown, without what is hidden; text boxes and charts after the rows."""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, BinaryIO, Final

from index.documents import SectionText
from index.reasons import Reason, quote
from ingest.loaders.drawing import (
    DIAGRAM,
    RELATION,
    C,
    chart_lines,
    diagram_lines,
    read_paragraphs,
    resolve_alternatives,
)
from ingest.loaders.loaded_file import LoadedFile, UnreadableFile, make_hints
from ingest.loaders.number_format import format_number, format_text, guess_language
from ingest.loaders.office_package import open_package, read_part, related_parts
from ingest.loaders.omissions import COMMENT, OBJECT, STRUCK, Omissions, read_hidden
from ingest.loaders.raised_digits import write_lowered, write_raised
from ingest.loaders.table_rows import MOST_COLUMNS, MOST_ROWS, Grid, Merged, fill_merged, make_sections, shown_rows
from ingest.loaders.zip_container import check_zip
from ingest.text.cleaning import one_line

_NO_RESULT: Final = re.compile(rb"</f>(?:<v\s*/>|<v></v>)?</c>")
_MOST_SHEET: Final = 50 << 20
_TRUTH: Final = {
    "fr": ("FAUX", "VRAI"),
    "de": ("FALSCH", "WAHR"),
    "it": ("FALSO", "VERO"),
    "es": ("FALSO", "VERDADERO"),
    "nl": ("ONWAAR", "WAAR"),
}
_ON: Final = ("1", "true")
_SHEET_DRAWING: Final = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"


def load(path: Path) -> LoadedFile:
    """Read a workbook. Raises UnreadableFile."""
    check_zip(path, "Excel")
    omissions = Omissions()
    try:
        with open_package(path) as package, package.open("rb") as file, zipfile.ZipFile(file) as archive:
            sections, hints = _read_book(file, archive, omissions)
            blank = _count_formulas_without_result(archive)
    except (MemoryError, UnreadableFile):
        raise
    except Exception as error:  # foreign code reading a foreign file
        raise UnreadableFile(Reason("damaged-file", kind="Excel", detail=quote(error))) from error
    noted = (Reason("formulas-without-result", count=blank),) if blank else ()
    return LoadedFile(tuple(sections), {}, hints, noted, omissions.left_out(), omissions.hidden())


def _read_book(
    file: BinaryIO, archive: zipfile.ZipFile, omissions: Omissions
) -> tuple[list[SectionText], dict[str, str]]:
    """Return the sections of the sheets that are shown, in order, and what the file states about itself."""
    import openpyxl

    sections: list[SectionText] = []
    with warnings.catch_warnings(action="ignore"):  # about extensions that openpyxl would lose when saving
        book = openpyxl.load_workbook(file, read_only=True, data_only=True, rich_text=True, keep_links=False)
        sheets = {sheet.title: sheet for sheet in book.worksheets}
        styles = _Styles(book)
        for name, state, part in _list_sheets(archive):
            if state != "visible":
                omissions.add("hidden sheet", name, text=_hidden_text(sheets.get(name), styles))
                continue
            if name in sheets:
                sections += make_sections(name, _rows(sheets[name], styles, omissions))
            sections += _drawings(archive, part, name, omissions)
        hints = make_hints(book.properties.title, book.properties.creator)
        book.close()
    return sections, hints


def _hidden_text(sheet: Any, styles: _Styles) -> str:
    return read_hidden(lambda: map(" | ".join, _rows(sheet, styles, Omissions())))


def _list_sheets(archive: zipfile.ZipFile) -> Iterator[tuple[str, str, str]]:
    """Yield name, state and part of each sheet of cells or of one chart."""
    root = related_parts(archive, "")
    main = next((part.part for part in root.values() if part.kind == "officeDocument"), "xl/workbook.xml")
    related = related_parts(archive, main)
    for sheet in read_part(archive, main).iter("{*}sheet"):
        target = related.get(sheet.get(f"{RELATION}id", ""))
        if target is not None:
            yield sheet.get("name", ""), sheet.get("state", "visible"), target.part


class _Styles:
    """What the styles of a workbook's cells say about the text that is shown."""

    def __init__(self, book: Any) -> None:
        from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE

        self.epoch = book.epoch
        own = dict(enumerate(book._number_formats, start=BUILTIN_FORMATS_MAX_SIZE))
        styles = list(book._cell_styles)
        self.codes = [own.get(style.numFmtId, BUILTIN_FORMATS.get(style.numFmtId, "General")) for style in styles]
        self.struck = [bool(book._fonts[style.fontId].strike) for style in styles]


def _rows(sheet: Any, styles: _Styles, omissions: Omissions) -> Iterator[list[str]]:
    """Yield the rows of a sheet as they are shown. Raises UnreadableFile for too many."""
    from openpyxl.worksheet._reader import WorkSheetParser  # the public classes do not say which columns are hidden

    cells: list[tuple[int, int, Any, int]] = []
    beyond: set[int] = set()
    with sheet._get_source() as source:
        parser = WorkSheetParser(source, sheet._shared_strings, data_only=True, epoch=styles.epoch, rich_text=True)
        for number, row in parser.parse():
            values = [
                (number, cell["column"], cell["value"], cell["style_id"]) for cell in row if cell["value"] is not None
            ]
            if values and number > MOST_ROWS:
                raise UnreadableFile(Reason("too-many-rows", most=MOST_ROWS))
            cells += (cell for cell in values if cell[1] <= MOST_COLUMNS)
            beyond.update(cell[1] for cell in values if cell[1] > MOST_COLUMNS)
    omissions.add("column", sheet.title, Reason("too-many-columns", most=MOST_COLUMNS), count=len(beyond))
    language = guess_language(str(value) for _, _, value, _ in cells[:2000] if isinstance(value, str))
    grid: Grid = {}
    for number, column, value, style in cells:
        if text := _format_cell(value, style, styles, language, sheet.title, omissions):
            grid.setdefault(number, {})[column] = text
    if parser.merged_cells is not None:
        ranges = (merged.bounds for merged in parser.merged_cells.mergeCell)
        fill_merged(grid, (Merged(top, left, bottom, right) for left, top, right, bottom in ranges))
    return shown_rows(grid, _hidden_rows(parser), _hidden_columns(parser), sheet.title, omissions)


def _hidden_rows(parser: Any) -> Iterator[int]:
    """Yield the rows that are hidden or without height."""
    for number, row in parser.row_dimensions.items():
        if row.get("hidden") in _ON or (row.get("ht") and float(row["ht"]) == 0):
            yield int(number)


def _hidden_columns(parser: Any) -> Iterator[int]:
    """Yield the columns that are hidden or without width."""
    for column in parser.column_dimensions.values():
        if column.get("hidden") in _ON or (column.get("width") and float(column["width"]) == 0):
            yield from range(int(column["min"]), min(int(column["max"]), MOST_COLUMNS) + 1)


def _format_cell(value: Any, style: int, styles: _Styles, language: str, sheet: str, omissions: Omissions) -> str:
    """Return what a cell shows; what is struck out or has a format that shows nothing is counted."""
    from openpyxl.utils.datetime import to_excel

    if styles.struck[style]:
        omissions.add("struck-out cell", sheet, STRUCK, count=int(bool(str(value).strip())))
        return ""
    if isinstance(value, bool):
        return _TRUTH.get(language, ("FALSE", "TRUE"))[value]
    code = styles.codes[style]
    if isinstance(value, (datetime, date, time, timedelta)):
        if code == "General":
            return str(value).removesuffix(" 00:00:00")
        value = to_excel(value, styles.epoch)
    if isinstance(value, (int, float)):
        shown = format_number(value, code, language, epoch=styles.epoch)
    else:
        text = value if isinstance(value, str) else _rich_text(value, sheet, omissions)
        shown = format_text(text, code) if "@" in code or code.count(";") == 3 else text
    if not shown and str(value).strip() and not code.strip(";"):
        omissions.add("cell", sheet, Reason("format-shows-nothing"))
    return shown


def _rich_text(parts: Any, sheet: str, omissions: Omissions) -> str:
    """Return the text of a cell in several fonts, without what is struck out."""
    text = ""
    for part in parts:
        font = None if isinstance(part, str) else part.font
        words = part if isinstance(part, str) else part.text
        if font is not None and font.strike:
            omissions.add("struck-out passage", sheet, STRUCK)
        elif font is not None and font.vertAlign == "superscript":
            text += write_raised(text, words)
        else:
            text += write_lowered(words) if font is not None and font.vertAlign == "subscript" else words
    return text


def _count_formulas_without_result(archive: zipfile.ZipFile) -> int:
    """Count the formulas whose result the program that wrote the file did not store: their cells read as blank."""
    return sum(
        len(_NO_RESULT.findall(archive.read(member)))
        for member in archive.infolist()
        if member.filename.startswith("xl/worksheets/") and member.file_size <= _MOST_SHEET
    )


def _drawings(archive: zipfile.ZipFile, part: str, sheet: str, omissions: Omissions) -> Iterator[SectionText]:
    """Yield a section for what is drawn on a sheet: text boxes, charts, diagrams."""
    texts: list[str] = []
    for related in related_parts(archive, part).values():
        if related.kind == "drawing":
            texts += _drawn_texts(archive, related.part, sheet, omissions)
        elif related.kind == "comments" and (comments := read_part(archive, related.part)) is not None:
            remarks = [one_line("".join(comment.itertext())) for comment in comments.iter("{*}comment")]
            omissions.add("comment", sheet, COMMENT, count=len(remarks), text="\n".join(remarks))
        elif related.kind in ("oleObject", "package"):
            omissions.add("embedded object", sheet, OBJECT)
    if text := "\n\n".join(filter(None, texts)):
        yield SectionText(one_line(sheet)[:60], text, one_line(sheet))


def _drawn_texts(archive: zipfile.ZipFile, part: str, sheet: str, omissions: Omissions) -> Iterator[str]:
    """Yield the text of each shape of a drawing, from top to bottom."""
    drawing = read_part(archive, part)
    if drawing is None:
        return
    resolve_alternatives(drawing)
    related: Mapping[str, Any] = related_parts(archive, part)
    for anchor in sorted(drawing, key=_position):
        for shape in anchor.iter(f"{_SHEET_DRAWING}sp", f"{C}chart", "{*}chart", f"{DIAGRAM}relIds"):
            if _is_hidden(shape):
                omissions.add("hidden shape", sheet, text=read_paragraphs(shape, Omissions()))
            elif shape.tag == f"{_SHEET_DRAWING}sp":
                yield read_paragraphs(shape, omissions, sheet)
            elif (target := related.get(shape.get(f"{RELATION}id") or shape.get(f"{RELATION}dm") or "")) is not None:
                data = read_part(archive, target.part)
                if data is not None:
                    yield "\n".join(diagram_lines(data) if shape.tag == f"{DIAGRAM}relIds" else chart_lines(data))


def _position(anchor: Any) -> tuple[int, int]:
    """Return row and column of a drawing's upper left corner."""
    start = anchor.find(f"{_SHEET_DRAWING}from")
    if start is None:
        return 0, 0
    row, column = (int(start.findtext(f"{_SHEET_DRAWING}{name}", "0")) for name in ("row", "col"))
    return row, column


def _is_hidden(shape: Any) -> bool:
    """Say whether a shape, or the group it is in, is hidden."""
    for element in (shape, *shape.iterancestors()):
        for properties in element.iterfind(f"*/{_SHEET_DRAWING}cNvPr"):
            if properties.get("hidden") in _ON:
                return True
    return False
