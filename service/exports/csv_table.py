"""A list of results as a table that spreadsheets open with a double click, and that runs nothing there."""

from __future__ import annotations

import csv
import io
from typing import Final

from service.exports.listing import Entry, ResultList
from service.web.translating import Translator

COLUMNS: Final = (
    *("rank", "title", "author", "published", "kind", "borders", "countries", "themes", "language"),
    *("valid_from", "valid_to", "audience", "place", "quote", "citation", "link", "id"),
)
_FORMULA: Final = tuple("=+-@＝＋－＠")  # OWASP, CSV injection; the wide ones for Excel in Japanese


def write_csv(results: ResultList, t: Translator) -> bytes:
    """Return CSV in UTF-8 with a byte-order mark, with the delimiter a spreadsheet in the reader's language expects.

    Where entries have findings or marks, these are columns of their own at the end.
    """
    text = io.StringIO(newline="")
    delimiter = "," if t.language == "en" else ";"
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    findings = list(dict.fromkeys(finding.key for entry in results.entries for finding in entry.findings))
    marks = list(dict.fromkeys(entry.mark for entry in results.entries if entry.mark))
    writer.writerow([*(t(f"export.column.{name}") for name in COLUMNS), *map(t, findings), *map(t, marks)])
    for rank, entry in enumerate(results.entries, 1):
        points = {finding.key: finding.quote for finding in entry.findings}
        further = [points.get(key, "") for key in findings] + ["×" if entry.mark == mark else "" for mark in marks]
        writer.writerow([str(rank), *map(defuse, [*_cells(entry, t), *further])])
    return "\ufeff".encode() + text.getvalue().encode("utf-8", "replace")


def defuse(cell: str) -> str:
    """Return the cell such that no spreadsheet takes it for a formula: an apostrophe before what begins like one."""
    return f"'{cell}" if cell.lstrip().startswith(_FORMULA) else cell


def _cells(entry: Entry, t: Translator) -> list[str]:
    meta = entry.metadata
    return [
        *(meta.title, meta.author, str(meta.published or ""), t.kind(meta.kind)),
        "; ".join(map(t.border, meta.borders)),
        "; ".join(map(t.country, meta.countries)),
        "; ".join(map(t.theme, meta.themes)),
        t.language_name(meta.language) if meta.language else "",
        *(str(meta.valid_from or ""), str(meta.valid_to or ""), t.audience(meta.audience)),
        *(entry.label, entry.quote, entry.citation, entry.url, entry.document_id),
    ]
