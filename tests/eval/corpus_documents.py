"""The documents of the demonstration corpus, as far as the golden sets may refer to them."""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

from index.documents import Audience, Kind

CORPUS: Final = Path(__file__).resolve().parents[2] / "corpus"


class Source(NamedTuple):
    """What a set may refer to; `text` is None for a document that is not available as Markdown."""

    kind: Kind
    audience: Audience
    language: str
    borders: tuple[str, ...]
    solved: bool | None
    superseded: bool
    text: str | None


@cache
def sources() -> dict[str, Source]:
    """Return the documents of the corpus by id: the catalogue's, then those whose Markdown is there."""
    found: dict[str, Source] = {}
    catalogue = CORPUS / "catalogue.csv"
    if catalogue.is_file():
        with catalogue.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                said: dict[str, Any] = {name: value for name, value in row.items() if value}
                said["borders"] = row.get("borders", "").split("|")
                said["solved"] = {"true": True, "false": False}.get(row.get("solved") or "")
                found[row["id"]] = source(said, None)
    for folder in ("originals", "documents"):
        for path in sorted((CORPUS / folder).rglob("*.md")):
            matter = re.match(r"---\n(.*?)\n---\n(.*)", path.read_text(encoding="utf-8"), re.DOTALL)
            if matter:
                said = yaml.safe_load(matter[1])
                found[said["id"]] = source(said, matter[2])
    return found


def source(said: dict[str, Any], body: str | None) -> Source:
    return Source(
        kind=Kind(said["kind"]),
        audience=Audience(said["audience"]),
        language=said["language"],
        borders=tuple(border for border in said.get("borders") or () if border),
        solved=said.get("solved"),
        superseded=bool(said.get("replaced_by")),
        text=None if body is None else plain(body),
    )


def plain(markdown: str) -> str:
    """Return the text without notes, links and emphasis, blanks normalised."""
    text = re.sub(r"\^\[[^\]]*\]", "", markdown)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return " ".join(text.replace("*", "").replace("`", "").split())
