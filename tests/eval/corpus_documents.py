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
    by_id: dict[str, Source] = {}
    catalogue = CORPUS / "catalogue.csv"
    if catalogue.is_file():
        with catalogue.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                front: dict[str, Any] = {name: value for name, value in row.items() if value}
                front["borders"] = row.get("borders", "").split("|")
                front["solved"] = {"true": True, "false": False}.get(row.get("solved") or "")
                by_id[row["id"]] = source(front, None)
    for folder in ("originals", "documents"):
        for path in sorted((CORPUS / folder).rglob("*.md")):
            matter = re.match(r"---\n(.*?)\n---\n(.*)", path.read_text(encoding="utf-8"), re.DOTALL)
            if matter:
                front = yaml.safe_load(matter[1])
                by_id[front["id"]] = source(front, matter[2])
    return by_id


def source(fields: dict[str, Any], body: str | None) -> Source:
    return Source(
        kind=Kind(fields["kind"]),
        audience=Audience(fields["audience"]),
        language=fields["language"],
        borders=tuple(border for border in fields.get("borders") or () if border),
        solved=fields.get("solved"),
        superseded=bool(fields.get("replaced_by")),
        text=None if body is None else plain(body),
    )


def plain(markdown: str) -> str:
    """Return the text without notes, links and emphasis, blanks normalised."""
    text = re.sub(r"\^\[[^\]]*\]", "", markdown)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return " ".join(text.replace("*", "").replace("`", "").split())
