"""The register for coordination points, as CSV and JSON: what staff have stated, never anybody's own words."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any, Final

from starlette.responses import JSONResponse, Response

from index.documents import Audience
from service.obstacles.model import Obstacle

COLUMNS: Final = (
    "id",
    "state",
    "statement",
    "language",
    "themes",
    "borders",
    "countries",
    "types",
    "level",
    "reports",
    "first_known",
    "changed",
    "passed_to",
    "passed_on",
    "solved_by",
    "public",
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def export_response(obstacles: Iterable[Obstacle], form: str) -> Response:
    """Return obstacles as a file to keep, "json" or else CSV."""
    headers = {"Content-Disposition": f'attachment; filename="obstacles.{form}"'}
    if form == "json":
        return JSONResponse({"obstacles": export_rows(obstacles)}, headers=headers)
    return Response(as_csv(obstacles), media_type="text/csv; charset=utf-8", headers=headers)


def export_rows(obstacles: Iterable[Obstacle]) -> list[dict[str, Any]]:
    """Return each obstacle as what is exported of it."""
    return [
        {
            "id": obstacle.id,
            "state": obstacle.state.value,
            "statement": obstacle.statement,
            "language": obstacle.language,
            "themes": list(obstacle.about.themes),
            "borders": list(obstacle.about.borders),
            "countries": list(obstacle.about.countries),
            "types": list(obstacle.about.types),
            "level": obstacle.about.level.value if obstacle.about.level else None,
            "reports": obstacle.reports(Audience.STAFF),
            "first_known": obstacle.created.date().isoformat(),
            "changed": obstacle.changed.date().isoformat(),
            "passed_to": obstacle.passed_to,
            "passed_on": obstacle.passed_at.date().isoformat() if obstacle.passed_at else None,
            "solved_by": obstacle.solved_by,
            "public": obstacle.is_public,
        }
        for obstacle in obstacles
    ]


def as_csv(obstacles: Iterable[Obstacle]) -> bytes:
    """Return a table that spreadsheets open as text: UTF-8 with its mark, and no cell that could be a formula."""
    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS, lineterminator="\r\n")
    table.writeheader()
    for row in export_rows(obstacles):
        table.writerow({name: safe_cell(value) for name, value in row.items()})
    return text.getvalue().encode("utf-8-sig", "replace")


def safe_cell(value: Any) -> str:
    """Return a cell's text; what a spreadsheet would run as a formula begins with an apostrophe (OWASP)."""
    if value is None:
        return ""
    text = " | ".join(value) if isinstance(value, list) else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
