"""Texts as they are displayed: marked and unmarked pieces, paragraph by paragraph. Nothing is added to a text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from index.documents import Document, Section

_EMPTY_LINES = re.compile(r"[ \t]*\n\s*")
_PARAGRAPH_BREAK = re.compile(r"\s*\n[ \t]*\n\s*")


class Piece(NamedTuple):
    """A stretch of text, marked or not. `is_first` is true for the first marked one of a page."""

    text: str
    is_marked: bool
    is_first: bool = False


class Paragraph(NamedTuple):
    pieces: tuple[Piece, ...]


class DisplayedSection(NamedTuple):
    """A section with its paragraphs; `heading` is left out where the text itself begins with it."""

    section: Section
    anchor: str
    heading: str
    paragraphs: tuple[Paragraph, ...]


def split_at_marks(text: str, marks: Iterable[tuple[int, int]]) -> tuple[Piece, ...]:
    """Return `text` in pieces that joined are the text again. Overlapping marks become one."""
    pieces, at = [], 0
    for start, end in sorted(marks):
        start, end = max(start, at), min(end, len(text))
        if start >= end:
            continue
        if start > at:
            pieces.append(Piece(text[at:start], False))
        pieces.append(Piece(text[start:end], True))
        at = end
    if at < len(text):
        pieces.append(Piece(text[at:], False))
    return tuple(pieces)


def cut_excerpt(text: str, marks: Sequence[tuple[int, int]], width: int = 420) -> tuple[Piece, ...]:
    """Return the part of `text`, about `width` characters at word ends, that holds most marks; "…" where it was cut."""
    if len(text) <= width * 1.25:
        return split_at_marks(text, marks)
    starts = [0] + [max(0, start - width // 6) for start, _ in marks]
    counts = [sum(start <= mark < start + width for mark, _ in marks) for start in starts]
    start = starts[counts.index(max(counts))]
    start = 0 if start < width // 6 else text.find(" ", start) + 1
    end = text.find(" ", start + width)
    end = len(text) if end < 0 or len(text) - end < 40 else end
    inside = [
        (max(first, start) - start, min(last, end) - start) for first, last in marks if first < end and last > start
    ]
    pieces = split_at_marks(text[start:end], inside)
    before = (Piece("… ", False),) if start else ()
    after = (Piece(" …", False),) if end < len(text) else ()
    return before + pieces + after


def drop_empty_lines(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """Return the pieces without empty lines, which a list of results has no room for."""
    return tuple(piece._replace(text=_EMPTY_LINES.sub("\n", piece.text)) for piece in pieces)


def display_sections(document: Document, marked: tuple[int, int] | None) -> list[DisplayedSection]:
    """Return the document's sections for display, with the characters of [start, end) marked."""
    sections, is_first = [], True
    for number, section in enumerate(document.sections, 1):
        paragraphs = []
        for start, end in _paragraphs(document.text, section):
            marks = [(max(0, marked[0] - start), marked[1] - start)] if marked else []
            pieces = []
            for piece in split_at_marks(document.text[start:end], marks):
                pieces.append(piece._replace(is_first=piece.is_marked and is_first))
                is_first = is_first and not piece.is_marked
            paragraphs.append(Paragraph(tuple(pieces)))
        heading = "" if document.text.startswith(section.heading, section.start) else section.heading
        sections.append(DisplayedSection(section, f"s{number}", heading, tuple(paragraphs)))
    return sections


def _paragraphs(text: str, section: Section) -> list[tuple[int, int]]:
    paragraphs, at = [], section.start
    for gap in _PARAGRAPH_BREAK.finditer(text, section.start, section.end):
        paragraphs.append((at, gap.start()))
        at = gap.end()
    paragraphs.append((at, section.end))
    return [(start, end) for start, end in paragraphs if end > start]
