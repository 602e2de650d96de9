"""A table to take away, whatever the format it is written in: quotes with their sources under a head."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from enum import StrEnum
from typing import Final, NamedTuple

from service.exports.csv_table import defuse
from service.exports.docx import write_table_docx
from service.exports.odt import write_table_odt
from service.exports.table import Table, TableCell
from service.exports.xlsx import write_table_xlsx
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


TABLE_WRITERS: Final = {
    TableFormat.CSV: TableWriter("text/csv; charset=utf-8", "csv", write_table_csv),
    TableFormat.XLSX: TableWriter(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", write_table_xlsx
    ),
    TableFormat.DOCX: TableWriter(
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx", write_table_docx
    ),
    TableFormat.ODT: TableWriter("application/vnd.oasis.opendocument.text", "odt", write_table_odt),
}
