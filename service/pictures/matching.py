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
    """A text's letters and digits, folded, and the place in the text of each."""

    said: str
    places: list[int]

    def slice(self, start: int, end: int) -> tuple[int, int]:
        """Return which of the letters stand in [start, end) of the text."""
        inside = [number for number, place in enumerate(self.places) if start <= place < end]
        return (inside[0], inside[-1] + 1) if inside else (0, 0)


def letters(text: Sequence[str]) -> Letters:
    """Return the letters of a text, or of a list of characters: "ﬁ" gives two, an accent none."""
    said: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for one in unicodedata.normalize("NFKD", character).casefold():
            if one.isalnum() and len(said) < MOST_LETTERS:
                said.append(one)
                places.append(place)
    return Letters("".join(said), places)


def places_of(text: str, start: int, end: int, page: Sequence[str]) -> list[int]:
    """Return which characters of the page are the words [start, end) of `text`; none when they are not there.

    `text` is what was read from the page, so that words that come twice are found where they were quoted.
    """
    ours, theirs = letters(text), letters(page)
    first, last = ours.slice(start, end)
    quote = ours.said[first:last]
    if not quote:
        return []
    at = theirs.said.find(quote)
    if at >= 0 and theirs.said.find(quote, at + 1) < 0:
        found = set(range(at, at + len(quote)))
    else:
        found = {b for a, b in _aligned(ours.said, theirs.said) if first <= a < last}
        if len(found) < ENOUGH * len(quote):  # the page is read in another order: look for the quote by itself
            found = {b for _, b in _aligned(quote, theirs.said)}
    if len(found) < ENOUGH * len(quote):
        return []
    return _with_marks(sorted({theirs.places[one] for one in found}), page)


def _with_marks(places: list[int], page: Sequence[str]) -> list[int]:
    """Add the full stops, hyphens and the like that stand between the letters, also at a line's end."""
    between = [
        place
        for before, after in pairwise([*places, places[-1] + 2])
        if after - before <= MARKS
        for place in range(before + 1, min(after, len(page)))
        if page[place] in SPLIT or (page[place].isprintable() and not page[place].isspace())
    ]
    return sorted([*places, *(one for one in between if not page[one].isalnum())])


def _aligned(ours: str, theirs: str) -> list[tuple[int, int]]:
    """Return the letters that stand in both in the same order, as places in each."""
    size = min(GRAM, len(ours))
    one, other = ([text[at : at + size] for at in range(len(text) - size + 1)] for text in (ours, theirs))
    blocks = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    return [(block.a + step, block.b + step) for block in blocks if block.size for step in range(block.size + size - 1)]
