"""Words the index does not know, replaced by the nearest ones it does: typos and half-words.

The distance counts a wrong, a missing or a doubled letter and two letters swapped as one (optimal string alignment,
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
_ONE_TYPO: Final = 6  # letters of a word that may hold one typo; shorter ones have too many neighbours
_TWO_TYPOS: Final = 8  # letters of a word that may hold two typos
_MAX_WORDS: Final = 3  # corrections of one word


def nearest_spelling(typed: str, words: Sequence[str]) -> str:
    """Return the word spelt most like what was typed, accents apart; of equally near ones the first."""
    from rapidfuzz.distance import OSA

    return min(words, key=lambda word: OSA.distance(fold(word), fold(typed)))


class SpellingCorrector:
    """The terms of one language with the number of passages that hold each."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._counts = counts

    def __contains__(self, term: str) -> bool:
        return term in self._counts

    @cached_property
    def _by_letter(self) -> dict[str, list[str]]:
        """Words by their first letter: it is seldom the wrong one (Yannakoudakis & Fawthrop 1983)."""
        by_letter: dict[str, list[str]] = {}
        for term in sorted(self._counts):
            if term.isalpha() and len(term) >= _HALF_WORD:
                by_letter.setdefault(term[0], []).append(term)
        return by_letter

    def nearest(self, term: str, typed: str) -> list[str]:
        """Return the known terms nearest to an unknown one, typed like this, the likeliest first; none for a number.

        One typo is likelier than half a word, half a word than two typos. Half a word is what was typed, not its stem.
        """
        if len(term) < _HALF_WORD or not term.isalpha():
            return []
        candidates = self._by_letter.get(term[0], [])
        near = self._within_distance(term, candidates)
        one_typo = [word for word, distance in near if distance == 1]
        return self._most_frequent(one_typo or _starting_with(typed, candidates) or [word for word, _ in near])

    def _within_distance(self, term: str, candidates: list[str]) -> list[tuple[str, int]]:
        if len(term) < _ONE_TYPO:
            return []
        from rapidfuzz.distance import OSA
        from rapidfuzz.process import extract

        most = 2 if len(term) >= _TWO_TYPOS else 1
        near = extract(term, candidates, scorer=OSA.distance, score_cutoff=most, limit=None, processor=None)
        return [(word, int(distance)) for word, distance, _ in near]

    def _most_frequent(self, words: list[str]) -> list[str]:
        return sorted(words, key=lambda word: (-self._counts[word], word))[:_MAX_WORDS]


def _starting_with(typed: str, words: list[str]) -> list[str]:
    """Return those of the sorted words that start with what was typed."""
    return list(takewhile(lambda word: word.startswith(typed), words[bisect_left(words, typed) :]))
