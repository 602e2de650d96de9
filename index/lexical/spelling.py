"""Words the index does not know, replaced by the nearest ones it does: slips of the keys and half-words.

The distance counts a slip, a missing or a doubled letter and two letters swapped as one (optimal string alignment,
Damerau 1964). Numbers and references are never corrected: 883/2004 and 884/2004 are both right.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import takewhile
from typing import Final

from index.lexical.analysis import fold

_HALF_WORD: Final = 4  # letters of a word that can be completed
_ONE_SLIP: Final = 6  # letters of a word that may hold one slip; shorter ones have too many neighbours
_TWO_SLIPS: Final = 8  # letters of a word that may hold two slips
_MOST: Final = 3  # words taken for one


def nearest_spelling(typed: str, words: Sequence[str]) -> str:
    """Return the word spelt most like what was typed, accents apart; of equally near ones the first."""
    from rapidfuzz.distance import OSA

    return min(words, key=lambda word: OSA.distance(fold(word), fold(typed)))


class Speller:
    """The terms of one language with the number of passages that hold each."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._counts = counts

    def __contains__(self, term: str) -> bool:
        return term in self._counts

    @cached_property
    def _by_letter(self) -> dict[str, list[str]]:
        """Words by their first letter: it is seldom the wrong one (Yannakoudakis & Fawthrop 1983)."""
        found: dict[str, list[str]] = {}
        for term in sorted(self._counts):
            if term.isalpha() and len(term) >= _HALF_WORD:
                found.setdefault(term[0], []).append(term)
        return found

    def nearest(self, term: str, typed: str) -> list[str]:
        """Return the known terms that an unknown one, typed so, may stand for, the likeliest first; none for a number.

        One slip is likelier than half a word, half a word than two slips. Half a word is what was typed, not its stem.
        """
        if len(term) < _HALF_WORD or not term.isalpha():
            return []
        among = self._by_letter.get(term[0], [])
        near = self._within(term, among)
        slips = [one for one, distance in near if distance == 1]
        return self._frequent(slips or _beginning(typed, among) or [one for one, _ in near])

    def _within(self, term: str, among: list[str]) -> list[tuple[str, int]]:
        if len(term) < _ONE_SLIP:
            return []
        from rapidfuzz.distance import OSA
        from rapidfuzz.process import extract

        most = 2 if len(term) >= _TWO_SLIPS else 1
        found = extract(term, among, scorer=OSA.distance, score_cutoff=most, limit=None, processor=None)
        return [(word, int(distance)) for word, distance, _ in found]

    def _frequent(self, words: list[str]) -> list[str]:
        return sorted(words, key=lambda one: (-self._counts[one], one))[:_MOST]


def _beginning(typed: str, words: list[str]) -> list[str]:
    """Return those of the sorted words that begin so."""
    return list(takewhile(lambda one: one.startswith(typed), words[bisect_left(words, typed) :]))
