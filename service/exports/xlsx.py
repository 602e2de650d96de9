"""A table for Excel and LibreOffice Calc: every cell is text, so that nothing in it is a formula."""

from __future__ import annotations

import io
from typing import Any, Final

from service.exports.table import Table
from service.web.translating import Translator

_WIDE, _NARROW = 48, 22  # characters
_MOST_LINK: Final = 2000  # characters Excel takes of an address


def write_table_xlsx(table: Table, t: Translator) -> bytes:
    """Return a workbook: the table with links to the places, its head repeated and fixed; then where it is from."""
    from openpyxl import Workbook
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active
    sheet.title = "Passerelle"
    for column, name in enumerate(table.head, 1):
        cell = sheet.cell(1, column, name)
        cell.font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(column)].width = _NARROW if column == 1 else _WIDE
    for number, row in enumerate(table.rows, 2):
        for column, part in enumerate(row, 1):
            cell = sheet.cell(number, column)
            _set_text(cell, part.text)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if part.url and len(part.url) < _MOST_LINK:
                cell.hyperlink = part.url
            if part.source:
                cell.comment = Comment(part.source, "Passerelle")
    sheet.freeze_panes, sheet.print_title_rows = "B2", "1:1"
    about = book.create_sheet(t("table.about"))
    for number, line in enumerate((table.title, *table.about, table.address, table.closing), 1):
        _set_text(about.cell(number, 1), line)
    book.properties.title, book.properties.creator = table.title[:255], "Passerelle"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _set_text(cell: Any, text: str) -> None:
    """Set words that stay words: openpyxl takes what begins with an equals sign for a formula."""
    cell.value = text
    cell.data_type = "s"
