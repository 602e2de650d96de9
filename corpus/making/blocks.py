"""The blocks of a Markdown text, in the few shapes that every maker can set: headings, paragraphs, lists, tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

_NOTE: Final = re.compile(r"\^\[([^\]]+)\]")  # an inline footnote, as Pandoc writes it
_MARK: Final = re.compile("\ue000(\\d+)\ue001")


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text in one style; `note` is a footnote called where the run stands (its `text` is then "")."""

    text: str
    bold: bool = False
    italic: bool = False
    note: str = ""


Runs = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    runs: Runs


@dataclass(frozen=True, slots=True)
class Paragraph:
    runs: Runs


@dataclass(frozen=True, slots=True)
class Items:
    """A list; one tuple of runs an item."""

    items: tuple[Runs, ...]
    ordered: bool


@dataclass(frozen=True, slots=True)
class Grid:
    """A table; its first row is the header."""

    rows: tuple[tuple[Runs, ...], ...]


Block = Heading | Paragraph | Items | Grid


def plain(runs: Runs) -> str:
    """Return the text of `runs` without styles and notes."""
    return "".join(run.text for run in runs)


def blocks_of(markdown: str) -> list[Block]:
    """Return the blocks of `markdown` in order."""
    notes = _NOTE.findall(markdown)
    numbers = iter(range(len(notes)))
    marked = _NOTE.sub(lambda _: f"\ue000{next(numbers)}\ue001", markdown)
    tokens = MarkdownIt("commonmark").enable("table").parse(marked)
    return list(_blocks(tokens, notes))


def _blocks(tokens: Sequence[Token], notes: Sequence[str]) -> Iterator[Block]:
    position = 0
    while position < len(tokens):
        token = tokens[position]
        end = _end(tokens, position)
        inside = tokens[position + 1 : end]
        if token.type == "heading_open":
            yield Heading(int(token.tag[1]), _inline(inside[0], notes))
        elif token.type == "paragraph_open":
            yield Paragraph(_inline(inside[0], notes))
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            yield Items(tuple(_list_items(inside, notes)), token.type.startswith("ordered"))
        elif token.type == "table_open":
            yield Grid(tuple(_rows(inside, notes)))
        elif token.type == "blockquote_open":
            yield from _blocks(inside, notes)
        elif token.type != "hr":
            raise ValueError(f"{token.type}: no maker can set this kind of block; write it as text, list or table")
        position = end + 1


def _end(tokens: Sequence[Token], start: int) -> int:
    """Return where the block opened at `start` closes."""
    depth = 0
    for position in range(start, len(tokens)):
        depth += tokens[position].nesting
        if depth == 0:
            return position
    raise ValueError("a block is not closed")


def _list_items(tokens: Sequence[Token], notes: Sequence[str]) -> Iterator[Runs]:
    for position, token in enumerate(tokens):
        if token.type == "list_item_open":
            inline = [one for one in tokens[position : _end(tokens, position)] if one.type == "inline"]
            yield tuple(run for one in inline for run in _inline(one, notes))


def _rows(tokens: Sequence[Token], notes: Sequence[str]) -> Iterator[tuple[Runs, ...]]:
    for position, token in enumerate(tokens):
        if token.type == "tr_open":
            cells = tokens[position : _end(tokens, position)]
            yield tuple(_inline(one, notes) for one in cells if one.type == "inline")


def _inline(token: Token, notes: Sequence[str]) -> Runs:
    runs: list[Run] = []
    bold = italic = 0
    for child in token.children or []:
        bold += child.nesting if child.tag == "strong" else 0
        italic += child.nesting if child.tag == "em" else 0
        text = {"softbreak": " ", "hardbreak": " "}.get(child.type, child.content)
        for number, part in enumerate(_MARK.split(text)):
            if number % 2:
                runs.append(Run("", note=notes[int(part)]))
            elif part:
                runs.append(Run(part, bold > 0, italic > 0))
    return tuple(runs)
