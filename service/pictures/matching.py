"""Find the words of a quote among a page's characters, whatever hyphens, ligatures and blanks stand between them.

The text one reads went through the ingestion's cleaning: split words are joined, running heads gone, lines reordered
where columns were. What both sides keep are the letters and digits in their order, so these are what is compared.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Final, NamedTuple

GRAM: Final = 5  # letters that must agree in a row: shorter ones stand everywhere
ENOUGH: Final = 0.6  # of the quote's letters; with fewer it was not found
MARKS: Final = 6  # characters between two letters of a quote, blanks and line ends too
SPLIT: Final = "\u0002\ufffe"  # how pdfium gives a hyphen at a line's end
MOST_LETTERS: Final = 60_000  # of a page; a map of a region has 18,000


class Letters(NamedTuple):
    """A text's letters and digits, folded, and the position in the text of each."""

    text: str
    positions: list[int]

    def slice(self, start: int, end: int) -> tuple[int, int]:
        """Return which of the letters stand in [start, end) of the text."""
        inside = [number for number, position in enumerate(self.positions) if start <= position < end]
        return (inside[0], inside[-1] + 1) if inside else (0, 0)


def fold_letters(text: Sequence[str]) -> Letters:
    """Return the letters of a text, or of a list of characters: "ﬁ" gives two, an accent none."""
    letters: list[str] = []
    positions: list[int] = []
    for position, character in enumerate(text):
        for letter in unicodedata.normalize("NFKD", character).casefold():
            if letter.isalnum() and len(letters) < MOST_LETTERS:
                letters.append(letter)
                positions.append(position)
    return Letters("".join(letters), positions)


def find_words(text: str, start: int, end: int, page: Sequence[str]) -> list[int]:
    """Return the positions of the page's characters that are [start, end) of `text`; none when they are not there.

    `text` is what was read from the page, so that words that come twice are found where they were quoted.
    """
    ours, theirs = fold_letters(text), fold_letters(page)
    first, last = ours.slice(start, end)
    quote = ours.text[first:last]
    if not quote:
        return []
    at = theirs.text.find(quote)
    if at >= 0 and theirs.text.find(quote, at + 1) < 0:
        matched = set(range(at, at + len(quote)))
    else:
        matched = {b for a, b in _align(ours.text, theirs.text) if first <= a < last}
        if len(matched) < ENOUGH * len(quote):  # the page is read in another order: look for the quote by itself
            matched = {b for _, b in _align(quote, theirs.text)}
    if len(matched) < ENOUGH * len(quote):
        return []
    return _with_marks(sorted({theirs.positions[letter] for letter in matched}), page)


def _with_marks(positions: list[int], page: Sequence[str]) -> list[int]:
    """Add the full stops, hyphens and the like that stand between the letters, also at a line's end."""
    between = [
        position
        for before, after in pairwise([*positions, positions[-1] + 2])
        if after - before <= MARKS
        for position in range(before + 1, min(after, len(page)))
        if page[position] in SPLIT or (page[position].isprintable() and not page[position].isspace())
    ]
    return sorted([*positions, *(position for position in between if not page[position].isalnum())])


def _align(ours: str, theirs: str) -> list[tuple[int, int]]:
    """Return the letters that stand in both in the same order, as positions in each."""
    size = min(GRAM, len(ours))
    grams, others = ([text[at : at + size] for at in range(len(text) - size + 1)] for text in (ours, theirs))
    blocks = SequenceMatcher(None, grams, others, autojunk=False).get_matching_blocks()
    return [(block.a + step, block.b + step) for block in blocks if block.size for step in range(block.size + size - 1)]
