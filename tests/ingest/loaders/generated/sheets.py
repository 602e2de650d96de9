"""Workbooks with number formats, merged cells, remarks, and hidden rows, columns and sheets."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import openpyxl
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font

from tests.ingest.loaders.generated.words import Text


def write(text: Text) -> None:
    """Write a workbook of one to three sheets."""
    book = openpyxl.Workbook()
    for number in range(text.chance.randint(1, 3)):
        sheet = book.active if number == 0 else book.create_sheet()
        _fill(sheet, text)
    if text.chance.random() < 0.5:
        hidden = book.create_sheet("Autre")
        hidden.append([text.secret(), text.secret()])
        hidden.sheet_state = text.chance.choice(["hidden", "veryHidden"])
    book.save(text.path)


def _fill(sheet: Any, text: Text) -> None:
    rows, columns = text.chance.randint(3, 9), text.chance.randint(2, 4)
    hidden_row = text.chance.choice([None, text.chance.randint(2, rows)])
    hidden_column = text.chance.choice([None, columns])
    for column in range(1, columns + 1):
        letter = openpyxl.utils.get_column_letter(column)
        sheet.column_dimensions[letter].width = 26
        sheet.column_dimensions[letter].hidden = column == hidden_column
        for row in range(1, rows + 1):
            cell = sheet.cell(row, column)
            cell.alignment = Alignment(horizontal="left")
            if hidden_row == row or hidden_column == column:
                cell.value = text.secret(1)
            elif row > 1 and column == 2:
                _number(cell, text)
            else:
                cell.value = text.phrase(2)
    if hidden_row is not None:
        sheet.row_dimensions[hidden_row].hidden = True
    if text.chance.random() < 0.5:
        sheet["A1"].comment = Comment(text.secret(), "A")
    if text.chance.random() < 0.3:
        struck = sheet.cell(rows + 1, 1, text.beside())
        struck.font = Font(strike=True)
    if text.chance.random() < 0.5:
        row = rows + 3
        sheet.cell(row, 1, text.phrase(2))
        sheet.merge_cells(start_row=row, end_row=row + 1, start_column=1, end_column=1)
        for below in (row, row + 1):
            sheet.cell(below, 2, text.phrase(1))


def _number(cell: Any, text: Text) -> None:
    """Put a number into a cell; `known` holds what it shows."""
    number = text.number()
    text.known.discard(str(number))
    value, code, shown = text.chance.choice(
        [
            (number, "General", f"{number}"),
            (number, '0" mois"', f"{number}"),
            (number * 10 + 1, "#,##0", f"{number * 10 + 1}"),
            (number / 1000, "0.0%", f"{number / 10}"),
            (number / 100, '0.00" €"', f"{number / 100:.2f}".rstrip("0").rstrip(".")),
            (number / 10, '0.0"%"', f"{number / 10}"),
            (number * 1000, '#,##0," k"', f"{number}"),
            (-number, "0;[Red]-0", f"{number}"),
            (f"{number}", "@", f"{number}"),
            (date(2000, 1, 1) + timedelta(days=number), "dd/mm/yyyy", ""),
        ]
    )
    cell.value, cell.number_format = value, code
    if shown:
        text.known.add(shown)
    elif isinstance(value, date):
        text.exact.append(f"{value:%d/%m/%Y}")
