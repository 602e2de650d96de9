"""What the reader reads at a time: a few sentences, items or rows that follow one another in one section."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from service.answering.candidates import Piece

MOST_PIECES: Final = 8
MOST_TOKENS: Final = 130  # as estimated; with title, heading and question about 170 are read
SHORT_ENOUGH: Final = 40  # estimated tokens of a piece that is read again at the head of the next window


def windows(pieces: Sequence[Piece]) -> list[tuple[int, ...]]:
    """Return the numbers of the pieces of each window, in order: every piece stands in one window at least.

    A window never crosses a section. It begins with the last piece of the one before, where that is short, so that
    "Il est alors …" is read behind what it is about.
    """
    cut: list[tuple[int, ...]] = []
    window: list[int] = []
    tokens = 0
    for number, piece in enumerate(pieces):
        cost = estimated_tokens(piece.text)
        changes_section = bool(window) and pieces[window[-1]].section != piece.section
        if window and (changes_section or tokens + cost > MOST_TOKENS or len(window) >= MOST_PIECES):
            cut.append(tuple(window))
            last = window[-1]
            repeats = not changes_section and estimated_tokens(pieces[last].text) <= SHORT_ENOUGH
            window = [last] if repeats else []
            tokens = sum(estimated_tokens(pieces[kept].text) for kept in window)
        window.append(number)
        tokens += cost
    return [*cut, tuple(window)] if window else cut


def estimated_tokens(text: str) -> int:
    """Return about how many tokens a text takes: four letters each, in the six languages, and two to spare."""
    return len(text) // 4 + 2
