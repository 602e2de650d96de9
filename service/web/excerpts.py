"""Cut texts for showing: what is marked and what is not, paragraph by paragraph; nothing is added to a text."""

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


class ShownSection(NamedTuple):
    """A section with its paragraphs; `heading` is left out where the text itself begins with it."""

    section: Section
    anchor: str
    heading: str
    paragraphs: tuple[Paragraph, ...]


def pieces(text: str, marks: Iterable[tuple[int, int]]) -> tuple[Piece, ...]:
    """Cut `text` at the marks; the pieces joined are the text again. Overlapping marks become one."""
    cut, at = [], 0
    for start, end in sorted(marks):
        start, end = max(start, at), min(end, len(text))
        if start >= end:
            continue
        if start > at:
            cut.append(Piece(text[at:start], False))
        cut.append(Piece(text[start:end], True))
        at = end
    if at < len(text):
        cut.append(Piece(text[at:], False))
    return tuple(cut)


def excerpt(text: str, marks: Sequence[tuple[int, int]], width: int = 420) -> tuple[Piece, ...]:
    """Return the part of `text`, about `width` characters at word ends, that holds most marks; "…" where it was cut."""
    if len(text) <= width * 1.25:
        return pieces(text, marks)
    starts = [0] + [max(0, start - width // 6) for start, _ in marks]
    held = [sum(start <= one < start + width for one, _ in marks) for start in starts]
    start = starts[held.index(max(held))]
    start = 0 if start < width // 6 else text.find(" ", start) + 1
    end = text.find(" ", start + width)
    end = len(text) if end < 0 or len(text) - end < 40 else end
    inside = [(max(one, start) - start, min(other, end) - start) for one, other in marks if one < end and other > start]
    cut = pieces(text[start:end], inside)
    before = (Piece("… ", False),) if start else ()
    after = (Piece(" …", False),) if end < len(text) else ()
    return before + cut + after


def squeezed(cut: Iterable[Piece]) -> tuple[Piece, ...]:
    """Return the pieces without empty lines, which a list of results has no room for."""
    return tuple(piece._replace(text=_EMPTY_LINES.sub("\n", piece.text)) for piece in cut)


def shown_sections(document: Document, marked: tuple[int, int] | None) -> list[ShownSection]:
    """Return the document's sections as they are shown, with the characters of [start, end) marked."""
    shown, is_first = [], True
    for number, section in enumerate(document.sections, 1):
        paragraphs = []
        for start, end in _paragraphs(document.text, section):
            marks = [(marked[0] - start, marked[1] - start)] if marked else []
            cut = pieces(document.text[start:end], [(max(0, a), b) for a, b in marks])
            placed = []
            for piece in cut:
                placed.append(piece._replace(is_first=piece.is_marked and is_first))
                is_first = is_first and not piece.is_marked
            paragraphs.append(Paragraph(tuple(placed)))
        heading = "" if document.text.startswith(section.heading, section.start) else section.heading
        shown.append(ShownSection(section, f"s{number}", heading, tuple(paragraphs)))
    return shown


def _paragraphs(text: str, section: Section) -> list[tuple[int, int]]:
    found, at = [], section.start
    for gap in _PARAGRAPH_BREAK.finditer(text, section.start, section.end):
        found.append((at, gap.start()))
        at = gap.end()
    found.append((at, section.end))
    return [(start, end) for start, end in found if end > start]
