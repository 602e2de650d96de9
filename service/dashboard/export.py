"""The journal as a table: one line a search, with nothing that tells whose it was. For staff, as CSV."""

from __future__ import annotations

import csv
import io
import json
from typing import Final

from service.dashboard.service import Days
from service.journal.store import JournalStore

COLUMNS: Final = (
    *("at", "channel", "what", "audience", "language", "concepts", "filters", "found", "answered", "took_ms"),
    *("opened", "helped", "not_helped", "query"),
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def journal_csv(store: JournalStore, days: Days) -> str:
    """Return the searches of these days in order; words stand there only where they were kept with consent."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    with store.open() as db:
        for row in db.execute(
            "SELECT at, channel, what, audience, language, concepts, filters, found, answered, took_ms,"
            " (SELECT count(opened) FROM shown WHERE token = s.token),"
            " (SELECT count(*) FROM votes WHERE token = s.token AND helped),"
            " (SELECT count(*) FROM votes WHERE token = s.token AND NOT helped), query"
            " FROM searches s WHERE day BETWEEN ? AND ? ORDER BY at, token",
            days,
        ):
            said = list(row)
            said[5], said[6] = ("|".join(json.loads(one)) for one in said[5:7])
            writer.writerow([_cell(one) for one in said])
    return out.getvalue()


def _cell(value: object) -> object:
    """Return a cell that a spreadsheet takes for text: what begins like a formula gets a quote before it."""
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
