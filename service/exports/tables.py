"""A table to take away, whatever the format it is written in: quotes with their sources under a head."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from enum import StrEnum
from typing import Final, NamedTuple

from service.exports.csv_table import defuse
from service.exports.table import Table, TableCell
from service.exports.xlsx import write_table_xlsx
from service.files.docx import write_docx
from service.files.odt import write_odt
from service.files.written import Paragraph, Run, Style, WrittenNote, paragraph
from service.files.written import Table as WrittenTable
from service.web.translating import Translator

__all__ = ["TABLE_WRITERS", "Table", "TableCell", "TableFormat", "TableWriter", "write_table_csv"]


class TableFormat(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    DOCX = "docx"
    ODT = "odt"


class TableWriter(NamedTuple):
    """How a format is written: its media type, the suffix of its files, and what makes one."""

    media_type: str
    suffix: str
    write: Callable[[Table, Translator], bytes]


def write_table_csv(table: Table, t: Translator) -> bytes:
    """Return CSV as spreadsheets open it; beside each column of quotes one with the places they stand at."""
    text = io.StringIO(newline="")
    delimiter = "," if t.language == "en" else ";"
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(
        [table.head[0], *(part for name in table.head[1:] for part in (name, f"{name} – {t('table.source')}"))]
    )
    for row in table.rows:
        quoted = [part for cell in row[1:] for part in (cell.text, " – ".join(filter(None, (cell.source, cell.url))))]
        writer.writerow([defuse(part) for part in (row[0].text, *quoted)])
    return "\ufeff".encode() + text.getvalue().encode("utf-8", "replace")


def compose_table(table: Table, t: Translator) -> WrittenNote:
    """Return the table as a note on wide sheets; quotes stay in their language, word for word, with links."""
    return WrittenNote(
        t.language,
        table.title,
        (
            paragraph(Style.TITLE, table.title),
            *(paragraph(Style.TEXT, line) for line in table.about),
            paragraph(Style.TEXT, Run(table.address, address=table.address)),
            WrittenTable(table.head, tuple(tuple(map(_cell, row)) for row in table.rows)),
            paragraph(Style.CAPTION, table.closing),
        ),
        is_wide=True,
    )


def _cell(cell: TableCell) -> tuple[Paragraph, ...]:
    words = paragraph(Style.TEXT, Run(cell.text, cell.language))
    source = paragraph(Style.TEXT, Run(cell.source or cell.url, address=cell.url))
    return (words, source) if cell.url else (words,)


TABLE_WRITERS: Final = {
    TableFormat.CSV: TableWriter("text/csv; charset=utf-8", "csv", write_table_csv),
    TableFormat.XLSX: TableWriter(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", write_table_xlsx
    ),
    TableFormat.DOCX: TableWriter(
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "docx",
        lambda table, t: write_docx(compose_table(table, t)),
    ),
    TableFormat.ODT: TableWriter(
        "application/vnd.oasis.opendocument.text",
        "odt",
        lambda table, t: write_odt(compose_table(table, t)),
    ),
}
