"""A text to be set: what its front matter states, its Markdown, and how it shall look."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from making.blocks import Block, Heading, Run, blocks_of

CORPUS: Final = Path(__file__).resolve().parent.parent
ORIGINALS: Final = CORPUS / "originals"


class CannotMake(Exception):
    """A file cannot be made; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What `originals/files.csv` says of one file: `layout` is a set of words that its maker knows."""

    id: str
    file: str
    maker: str
    layout: frozenset[str]

    @property
    def source(self) -> Path:
        return ORIGINALS / self.maker / f"{self.id}.md"

    @property
    def target(self) -> Path:
        return CORPUS / self.file


@dataclass(frozen=True, slots=True)
class Original:
    """An original text with its front matter."""

    metadata: Mapping[str, Any]
    markdown: str
    layout: frozenset[str]

    @property
    def title(self) -> str:
        return str(self.metadata["title"])

    @property
    def language(self) -> str:
        return str(self.metadata["language"])

    @property
    def notice(self) -> str:
        return str(self.metadata["notice"])

    @property
    def author(self) -> str:
        return str(self.metadata["author"])

    def blocks(self) -> list[Block]:
        return blocks_of(self.markdown)

    def heading(self) -> str:
        """Return the text's own first heading, as its running head says it."""
        for block in self.blocks():
            if isinstance(block, Heading):
                return "".join(run.text for run in block.runs)
        return self.title


def read_plans() -> list[Plan]:
    """Return what is to be made, in the order of `originals/files.csv`."""
    with (ORIGINALS / "files.csv").open(encoding="utf-8", newline="") as lines:
        return [
            Plan(row["id"], row["file"], row["maker"], frozenset(row["layout"].split()))
            for row in csv.DictReader(lines)
        ]


def read_original(plan: Plan) -> Original:
    """Return the text of `plan`. Raises CannotMake."""
    if not plan.source.is_file():
        raise CannotMake(f"{plan.id}: {plan.source} is missing; put its text there or take it out of files.csv")
    _, front, body = plan.source.read_text(encoding="utf-8").split("---\n", 2)
    metadata = yaml.safe_load(front)
    if metadata.get("id") != plan.id:
        raise CannotMake(
            f"{plan.source}: its front matter says id {metadata.get('id')!r}; it must equal the file's name"
        )
    return Original(metadata, body, plan.layout)


def with_soft_hyphens(runs: tuple[Run, ...], language: str) -> tuple[Run, ...]:
    """Return `runs` with U+00AD wherever a word of seven letters or more may be divided."""
    hyphens = _dictionary(language)
    return tuple(Run(_divided(run.text, hyphens), run.bold, run.italic, run.note) for run in runs)


def _dictionary(language: str) -> Any:  # pyphen has no types
    try:
        import pyphen  # type: ignore[import-untyped]
    except ImportError as error:
        raise CannotMake("Hyphenation needs pyphen: pip install pyphen") from error
    return pyphen.Pyphen(lang=language, left=3, right=3)


def _divided(text: str, hyphens: Any) -> str:
    return " ".join(
        hyphens.inserted(word, "\u00ad") if len(word) >= 7 and "." not in word else word for word in text.split(" ")
    )
