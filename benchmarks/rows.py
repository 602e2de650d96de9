"""The rows that measuring at several sizes leaves, one JSON object a line, a size's rows together."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def known_rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.is_file() else []


def keep(path: Path, made: Sequence[dict[str, Any]]) -> None:
    """Put the rows in place of those there were of their size."""
    sizes = {row["passages"] for row in made}
    others = [row for row in known_rows(path) if row["passages"] not in sizes]
    rows = sorted([*others, *made], key=lambda row: int(row["passages"]))
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
