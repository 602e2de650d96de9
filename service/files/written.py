"""What a written note says, whatever the word processor: paragraphs and tables, in the order they are read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Style(StrEnum):
    TITLE = "title"
    HEADING = "heading"
    SUBHEADING = "subheading"
    TEXT = "text"
    QUOTE = "quote"
    CAPTION = "caption"


class Run(NamedTuple):
    """Words of one language ("" for that of the note); with an address they are a link."""

    text: str
    language: str = ""
    address: str = ""
    is_bold: bool = False


class Paragraph(NamedTuple):
    style: Style
    runs: tuple[Run, ...]


class Table(NamedTuple):
    """Rows of cells under a header; a cell holds paragraphs."""

    header: tuple[str, ...]
    rows: tuple[tuple[tuple[Paragraph, ...], ...], ...]


Block = Paragraph | Table


@dataclass(frozen=True)
class WrittenNote:
    """A note in one language; its title is the first block as well. Texts hold no character that XML cannot.

    A wide one is written on sheets laid across, its tables in small letters.
    """

    language: str
    title: str
    blocks: tuple[Block, ...]
    is_wide: bool = False


def paragraph(style: Style, *runs: Run | str) -> Paragraph:
    """Return a paragraph of these runs; a text alone is one."""
    return Paragraph(style, tuple(Run(run) if isinstance(run, str) else run for run in runs))
