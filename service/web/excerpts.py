"""Stretches of a text as they are displayed: in marked and unmarked pieces, cut to a length. Nothing is added to it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

_EMPTY_LINES: Final = re.compile(r"[ \t]*\n\s*")


class Piece(NamedTuple):
    """A stretch of text, marked or not. `is_first` is true for the first marked one of a page."""

    text: str
    is_marked: bool
    is_first: bool = False


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
    start, end = choose_window(text, marks, width)
    inside = [
        (max(first, start) - start, min(last, end) - start) for first, last in marks if first < end and last > start
    ]
    pieces = split_at_marks(text[start:end], inside)
    before = (Piece("… ", False),) if start else ()
    after = (Piece(" …", False),) if end < len(text) else ()
    return before + pieces + after


def choose_window(text: str, marks: Sequence[tuple[int, int]], width: int) -> tuple[int, int]:
    """Return where the part of `text` stands, about `width` characters at word ends, that holds most marks."""
    if len(text) <= width * 1.25:
        return 0, len(text)
    starts = [0] + [max(0, start - width // 6) for start, _ in marks]
    counts = [sum(start <= mark < start + width for mark, _ in marks) for start in starts]
    start = starts[counts.index(max(counts))]
    start = 0 if start < width // 6 else text.find(" ", start) + 1
    end = text.find(" ", start + width)
    return start, len(text) if end < 0 or len(text) - end < 40 else end


def drop_empty_lines(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """Return the pieces without empty lines, which a list of cases has no room for."""
    return tuple(piece._replace(text=_EMPTY_LINES.sub("\n", piece.text)) for piece in pieces)
