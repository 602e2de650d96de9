"""What the originals' front matters state, as `catalogue.csv`; their traits, as the table in `originals/README.md`."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final

from making.blocks import Grid, blocks_of
from making.original import CORPUS, ORIGINALS, Original, Plan

COLUMNS: Final = (
    "file",
    "id",
    "title",
    "kind",
    "audience",
    "language",
    "countries",
    "borders",
    "themes",
    "legal_instruments",
    "published",
    "valid_from",
    "valid_to",
    "replaced_by",
    "replaces",
    "translation_of",
    "author",
    "notice",
    "solved",
    "programme",
    "amount",
    "deadline",
    "starts",
    "ends",
    "place",
    "organisation",
    "function",
    "territory",
)
_START: Final = "<!-- table: written by make_files.py -->"


def write_catalogue(made: Sequence[tuple[Plan, Original]]) -> Path:
    """Write a line for each file made into `catalogue.csv`, ordered by path; lines of other files stay as they are."""
    target = CORPUS / "catalogue.csv"
    rows = {row["file"]: row for row in _rows(target)}
    for plan, original in made:
        said = {name: _cell(original.metadata.get(name)) for name in COLUMNS}
        rows[plan.file] = said | {"file": plan.file}
    with target.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows[file] for file in sorted(rows))
    return target


def _rows(catalogue: Path) -> list[dict[str, str]]:
    if not catalogue.exists():
        return []
    with catalogue.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return "|".join(map(str, value))
    return str(value)


def write_traits(made: Sequence[tuple[Plan, Original]]) -> Path:
    """Write which file has which trait below the mark in `originals/README.md`."""
    target = ORIGINALS / "README.md"
    head = target.read_text(encoding="utf-8").split(_START)[0]
    lines = ["| id | file | maker | traits |", "|---|---|---|---|"]
    for plan, original in sorted(made, key=lambda pair: (pair[0].maker, pair[0].id)):
        suffix = Path(plan.file).suffix
        lines.append(f"| {plan.id} | {suffix} | {plan.maker} | {', '.join(_traits(plan, original))} |")
    target.write_text(head + _START + "\n\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return target


def _traits(plan: Plan, original: Original) -> list[str]:
    found = set(plan.layout) - {"serif", "green", "docx", "large"}
    text = original.markdown
    if plan.maker == "slides":
        found |= {"slides", "speaker notes"}
        text = text.replace("\n---\n", "\n")
    blocks = blocks_of(text)
    if any(isinstance(block, Grid) for block in blocks):
        found.add("table")
    if "^[" in original.markdown:
        found.add("footnotes")
    return sorted(word.replace("-", " ") for word in found)
