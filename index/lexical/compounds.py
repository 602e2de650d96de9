"""German and Dutch compounds split, and joined, with the words of the collection and nothing else.

Koehn & Knight 2003. Works on terms, that is on stems: "krankenhausaufenthalt" is "krankenhaus" and "aufenthalt" where
both are known words; a linking element may join the parts. Done to the query, so that nothing is indexed twice
and every new document's words count at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

COMPOUNDING: Final = frozenset({"de", "nl"})
_LINKS: Final = {"de": ("", "s", "es", "n", "en", "e", "er"), "nl": ("", "s", "en", "n", "e", "er")}
_SHORTEST: Final = 4  # letters of a part
_LONGEST: Final = 60  # letters of a word that is looked into; a longer one is no word


class Compounds:
    """The terms of one compounding language with the number of passages that hold each."""

    def __init__(self, counts: Mapping[str, int], language: str) -> None:
        self._counts = {term: count for term, count in counts.items() if len(term) >= _SHORTEST and term.isalpha()}
        self._links = _LINKS[language]

    def split(self, term: str) -> tuple[str, ...]:
        """Return the known terms that make up the term, () if they do not; of several ways the most frequent words."""
        return self._split(term, {}) if len(term) <= _LONGEST else ()

    def _split(self, term: str, seen: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
        if term not in seen:
            seen[term] = max(self._splits(term, seen), key=self._frequency, default=())
        return seen[term]

    def _splits(self, term: str, seen: dict[str, tuple[str, ...]]) -> list[tuple[str, ...]]:
        splits: list[tuple[str, ...]] = []
        for cut in range(_SHORTEST, len(term) - _SHORTEST + 1):
            heads = [head for head in self._without_link(term[:cut]) if head in self._counts]
            rest = term[cut:]
            if heads and rest in self._counts:
                splits.append((heads[0], rest))
            elif heads and (further := self._split(rest, seen)):
                splits.append((heads[0], *further))
        return splits

    def _without_link(self, head: str) -> list[str]:
        return [head.removesuffix(link) for link in self._links if head.endswith(link)]

    def _frequency(self, parts: tuple[str, ...]) -> float:
        """Return the geometric mean of the parts' counts, as Koehn & Knight do."""
        product = 1.0
        for part in parts:
            product *= self._counts[part]
        return float(product ** (1 / len(parts)))

    def join(self, first: str, second: str) -> list[str]:
        """Return the known compounds of two terms: "grenzganger" and "steuer" are in "grenzgangersteuer"."""
        if len(first) < _SHORTEST or len(second) < _SHORTEST:
            return []
        pairs = ((first, second), (second, first))
        return [whole for a, b in pairs for link in self._links if (whole := f"{a}{link}{b}") in self._counts]
