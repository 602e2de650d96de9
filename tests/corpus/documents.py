"""What the corpus says of its documents: the Markdown front matters, and the catalogue's lines for all other files."""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

CORPUS: Final = Path(__file__).resolve().parents[2] / "corpus"
_FRONT_MATTER: Final = re.compile(r"---\n(.*?)\n---\n(.*)", re.DOTALL)
_LISTS: Final = ("countries", "borders", "themes", "legal_instruments")


class Described(NamedTuple):
    """A file below `corpus/` and what is fields of it, dates as ISO text, lists as lists."""

    path: Path
    fields: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.fields["id"])


@cache
def documents() -> tuple[Described, ...]:
    """Return every document of the corpus."""
    return in_markdown("documents") + in_the_catalogue()


@cache
def in_markdown(folder: str) -> tuple[Described, ...]:
    """Return the Markdown files of a folder that have a front matter."""
    paths = sorted((CORPUS / folder).rglob("*.md"))
    read = ((path, _FRONT_MATTER.match(path.read_text(encoding="utf-8"))) for path in paths)
    return tuple(Described(path, _from_yaml(matter[1])) for path, matter in read if matter)


@cache
def in_the_catalogue() -> tuple[Described, ...]:
    """Return the files that `catalogue.csv` describes."""
    with (CORPUS / "catalogue.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(Described(CORPUS / row["file"], _from_cells(row)) for row in csv.DictReader(lines))


def _from_yaml(text: str) -> dict[str, Any]:
    fields: dict[str, Any] = yaml.safe_load(text)
    return {key: value if isinstance(value, list | bool) else str(value) for key, value in fields.items()}


def _from_cells(row: dict[str, str]) -> dict[str, Any]:
    fields: dict[str, Any] = {key: value for key, value in row.items() if value and key != "file"}
    fields |= {key: fields[key].split("|") for key in _LISTS if key in fields}
    return fields | ({"solved": fields["solved"] == "true"} if "solved" in fields else {})
