"""The register for coordination points, as CSV and JSON: what staff put neutrally, never anybody's own words."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any, Final

from index.documents import Audience
from service.obstacles.model import Obstacle

COLUMNS: Final = (
    *("id", "state", "statement", "language", "themes", "borders", "countries", "types", "level", "reports"),
    *("first_known", "changed", "passed_to", "passed_on", "solved_by", "public"),
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def rows(obstacles: Iterable[Obstacle]) -> list[dict[str, Any]]:
    """Return each obstacle as what is exported of it."""
    return [
        {
            "id": one.id,
            "state": one.state.value,
            "statement": one.statement,
            "language": one.language,
            "themes": list(one.about.themes),
            "borders": list(one.about.borders),
            "countries": list(one.about.countries),
            "types": list(one.about.types),
            "level": one.about.level.value if one.about.level else None,
            "reports": one.reports(Audience.STAFF),
            "first_known": one.created.date().isoformat(),
            "changed": one.changed.date().isoformat(),
            "passed_to": one.passed_to,
            "passed_on": one.passed_at.date().isoformat() if one.passed_at else None,
            "solved_by": one.solved_by,
            "public": one.is_public,
        }
        for one in obstacles
    ]


def as_csv(obstacles: Iterable[Obstacle]) -> bytes:
    """Return a table that spreadsheets open as text: UTF-8 with its mark, and no cell that could be a formula."""
    written = io.StringIO()
    table = csv.DictWriter(written, COLUMNS, lineterminator="\r\n")
    table.writeheader()
    for row in rows(obstacles):
        table.writerow({name: safe_cell(value) for name, value in row.items()})
    return written.getvalue().encode("utf-8-sig", "replace")


def safe_cell(value: Any) -> str:
    """Return a cell's text; what a spreadsheet would run as a formula begins with an apostrophe (OWASP)."""
    if value is None:
        return ""
    said = " | ".join(value) if isinstance(value, list) else str(value)
    return f"'{said}" if said.lstrip(" ").startswith(_FORMULA) else said
