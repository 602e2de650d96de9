"""German and Dutch compounds taken apart with the collection's own words, nothing else (Koehn & Knight 2003).

Works on terms, that is on stems: "krankenhausaufenthalt" is "krankenhaus" and "aufenthalt" where the index holds both.
Between parts may stand a linking element. Derived from the index's words when it is opened; nothing is indexed twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Final

COMPOUNDING: Final = frozenset({"de", "nl"})
_LINKS: Final = {"de": ("", "s", "es", "n", "en", "e", "er"), "nl": ("", "s", "en", "n", "e", "er")}
_SHORTEST: Final = 4  # letters of a part


class Compounds:
    """The terms of one compounding language with the number of passages that hold each."""

    def __init__(self, counts: Mapping[str, int], language: str) -> None:
        self._counts = {term: count for term, count in counts.items() if len(term) >= _SHORTEST and term.isalpha()}
        self._links = _LINKS[language]

    def parts(self, term: str) -> tuple[str, ...]:
        """Return the known terms that make up the term, () if they do not; of several ways the most frequent words."""
        return max(self._splits(term), key=self._frequency, default=())

    def _splits(self, term: str) -> list[tuple[str, ...]]:
        found: list[tuple[str, ...]] = []
        for cut in range(_SHORTEST, len(term) - _SHORTEST + 1):
            heads = [one for one in self._without_link(term[:cut]) if one in self._counts]
            rest = term[cut:]
            if heads and rest in self._counts:
                found.append((heads[0], rest))
            elif heads and (further := self.parts(rest)):
                found.append((heads[0], *further))
        return found

    def _without_link(self, head: str) -> list[str]:
        return [head.removesuffix(link) for link in self._links if head.endswith(link)]

    def _frequency(self, parts: tuple[str, ...]) -> float:
        """Return the geometric mean of the parts' counts, as Koehn & Knight do."""
        product = 1.0
        for one in parts:
            product *= self._counts[one]
        return float(product ** (1 / len(parts)))

    @cached_property
    def _holding(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for term in sorted(self._counts):
            for part in self.parts(term):
                found.setdefault(part, []).append(term)
        return found

    def holding(self, term: str) -> list[str]:
        """Return the compounds of the collection that the term is a part of."""
        return self._holding.get(term, [])
