"""A comparison as a table for files."""

from __future__ import annotations

from datetime import date

from service.comparison.columns import Column
from service.comparison.rows import Comparison, Row
from service.exports.listing import readable
from service.exports.tables import Table, TableCell
from service.web.citations import citation_text, page_path
from service.web.translating import Translator


def column_name(t: Translator, column: Column) -> str:
    """Return what the reader's language calls a column."""
    return t(f"comparison.column.{column.value.replace(' ', '-')}")


def comparison_table(comparison: Comparison, question: str, base: str, address: str, day: date, t: Translator) -> Table:
    """Return the table that files are written from; addresses begin with `base`."""
    return Table(
        title=readable(question) or t("comparison.title"),
        about=(t("comparison.title"), t("export.note.made", day=t.day(day))),
        address=address,
        head=(
            t("comparison.border"),
            t("comparison.document"),
            *(column_name(t, column) for column in comparison.columns),
        ),
        rows=tuple(_row(row, comparison, base, t) for row in comparison.rows),
        closing=t("footer.note"),
    )


def _row(row: Row, comparison: Comparison, base: str, t: Translator) -> tuple[TableCell, ...]:
    meta = row.document.metadata
    borders = ", ".join(map(t.border, row.borders))
    cells = [
        TableCell(f"{borders} ({t('comparison.far')})" if row.is_far else borders, t.language),
        TableCell(readable(meta.title), meta.language, base + page_path(row.document.id), citation_text(meta, "")),
    ]
    for column in comparison.columns:
        if cell := row.cells.get(column):
            url = base + page_path(row.document.id, start=cell.start, end=cell.end)
            cells.append(TableCell(readable(cell.quote), cell.language, url, citation_text(meta, cell.label)))
        else:
            cells.append(TableCell())
    return tuple(cells)
