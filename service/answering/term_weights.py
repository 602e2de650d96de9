"""The terms of sentences, and how much each counts: the rarer among the sentences compared, the more."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from service.answering.candidates import Piece

Terms = Callable[[str, str], Sequence[str]]  # (text, language) → terms as the lexical index knows them


@lru_cache(maxsize=50_000)
def terms_of(terms: Terms, text: str, language: str) -> frozenset[str]:
    return frozenset(terms(text, language))


@dataclass(frozen=True)
class Rarity:
    """How many of the sentences compared hold each term. Nothing else of the collection counts."""

    counts: Counter[str]
    sentences: int

    @classmethod
    def of(cls, pieces: Sequence[Piece], terms: Terms) -> Rarity:
        counts: Counter[str] = Counter()
        for piece in pieces:
            counts.update(terms_of(terms, piece.text, piece.language))
        return cls(counts, len(pieces))

    def of_term(self, term: str) -> float:
        return math.log(1 + self.sentences / (1 + self.counts[term]))

    def share(self, some: frozenset[str], terms: frozenset[str]) -> float:
        """Return how much of the terms' weight `some` of them carry."""
        return sum(map(self.of_term, some)) / max(sum(map(self.of_term, terms)), 1e-9)
