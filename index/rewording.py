"""A query's words as the passages may have put them: parts and wholes of compounds, nearest spellings, other labels.

What is found here is added to the user's own words and weighs less (the weights: benchmarks/README.md). Of several
wordings of one word only the best counts, so that a word with many synonyms does not outweigh the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from index.analysis import Term, terms
from index.compounds import COMPOUNDING, Compounds
from index.spelling import Speller
from index.stopwords import STOP_WORDS
from index.thesaurus import Thesaurus, alternatives


@dataclass(frozen=True, slots=True)
class Weights:
    """What each sort of rewording weighs beside the user's own words (1); 0 leaves it out."""

    thesaurus: float = 0.0
    compounds: float = 0.0
    spelling: float = 0.0


class Wording(NamedTuple):
    """Terms of one language that all must stand in a passage, and what they weigh."""

    language: str
    words: tuple[str, ...]
    weight: float


class Reworder:
    """Rewords queries with the words of one snapshot of the index."""

    def __init__(self, counts: Mapping[str, Mapping[str, int]], thesaurus: Thesaurus, weights: Weights) -> None:
        self._counts = counts
        self._thesaurus = thesaurus
        self._weights = weights
        self._spellers = {language: Speller(known) for language, known in counts.items()}
        self._compounds = {language: Compounds(known, language) for language, known in counts.items() if language in COMPOUNDING}

    def reword(self, query: str, asked_in: str, languages: Iterable[str]) -> list[list[Wording]]:
        """Return groups of wordings for the passages of those languages; in each group the best one counts."""
        among = [one for one in languages if one in self._counts]
        groups: list[list[Wording]] = []
        if self._weights.thesaurus:
            groups += self._labels(query, asked_in, among)
        said = {one: _said(query, one, asked_in) for one in among}
        if self._weights.spelling:
            groups += self._spellings(query, said, asked_in)
        if self._weights.compounds:
            for language in among:
                if language in self._compounds and asked_in in ("", language):
                    groups += self._made_of(language, said[language], not asked_in)
        return [one for one in groups if one]

    def _labels(self, query: str, asked_in: str, languages: list[str]) -> Iterator[list[Wording]]:
        for found in self._thesaurus.recognise(query, asked_in):
            own = {(one, tuple(t.text for t in terms(query[found.start : found.end], one))) for one in languages}
            yield [
                Wording(language, words, self._weights.thesaurus)
                for language, words in alternatives(found.concepts, languages)
                if (language, words) not in own and all(word in self._counts[language] for word in words)
            ]

    def _spellings(self, query: str, said: Mapping[str, list[Term]], asked_in: str) -> Iterator[list[Wording]]:
        """Yield the spellings near to words that no language knows, those in the language asked in if it is known."""
        known = {
            (term.start, term.end) for language, words in said.items() for term in words if term.text in self._counts[language]
        }
        languages = [asked_in] if asked_in in said else list(said)
        unknown: dict[tuple[int, int], list[Wording]] = {}
        for language in languages:
            for term in said[language]:
                span = (term.start, term.end)
                if span not in known and not query[term.start : term.end].isupper():
                    unknown.setdefault(span, []).extend(
                        Wording(language, (one,), self._weights.spelling)
                        for one in self._spellers[language].nearest(term.text)
                    )
        yield from unknown.values()

    def _made_of(self, language: str, said: list[Term], only_unknown: bool) -> Iterator[list[Wording]]:
        compounds, weight = self._compounds[language], self._weights.compounds
        for term in said:
            parts = compounds.parts(term.text)
            for part in parts:
                yield [Wording(language, (part,), weight), *(Wording(language, (o,), weight) for o in compounds.holding(part) if o != term.text and HOLD_PARTS)]
            if not parts and HOLD:
                yield [Wording(language, (one,), weight) for one in compounds.holding(term.text)]


def _said(query: str, language: str, asked_in: str) -> list[Term]:
    stop = STOP_WORDS.get(asked_in, frozenset())
    return [term for term in terms(query, language) if query[term.start : term.end].lower() not in stop]

HOLD = True
HOLD_PARTS = False
