"""A query's words as the passages may have put them: parts and wholes of compounds, nearest spellings, other labels.

What is found here is added to the user's own words and weighs less (the weights: benchmarks/README.md). Of several
wordings of one word only the best counts, so that a word with many synonyms does not outweigh the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from index.analysis import Term, terms
from index.compounds import COMPOUNDING, Compounds
from index.spelling import Speller
from index.stopwords import STOP_WORDS
from index.thesaurus import Concept, Thesaurus, alternatives

Counts = Mapping[str, Mapping[str, int]]  # language → term → passages that hold it
_Said = dict[str, list[Term]]


@dataclass(frozen=True, slots=True)
class Weights:
    """What each sort of rewording weighs beside the user's own words (1); 0 leaves it out."""

    translations: float = 0.8
    synonyms: float = 0.2
    compounds: float = 0.5
    spelling: float = 0.5


OFF = Weights(0.0, 0.0, 0.0, 0.0)


class Wording(NamedTuple):
    """Terms of one language that all must stand in a passage, and what they weigh."""

    language: str
    words: tuple[str, ...]
    weight: float


class Reworder:
    """Rewords queries with the words of one snapshot of the index and those of the thesaurus."""

    def __init__(self, counts: Counts, thesaurus: Thesaurus, weights: Weights) -> None:
        self._counts = counts
        self._thesaurus = thesaurus
        self._weights = weights
        known = {language: {**dict.fromkeys(thesaurus.words(language), 0), **counts[language]} for language in counts}
        self._spellers = {language: Speller(known[language]) for language in known}
        self._compounds = {language: Compounds(known[language], language) for language in known if language in COMPOUNDING}

    def reword(self, query: str, asked_in: str, languages: Iterable[str]) -> list[list[Wording]]:
        """Return groups of wordings for the passages of those languages; in each group the best one counts."""
        among = [one for one in languages if one in self._counts]
        said = {one: _said(query, one, asked_in) for one in self._counts}
        groups = list(self._spellings(query, said, asked_in)) if self._weights.spelling else []
        if self._weights.compounds:
            groups += self._parts(said, asked_in)
        if self._weights.translations or self._weights.synonyms:
            groups += self._labels(query, said, asked_in)
        held = ([one for one in group if self._is_held(one) and one.language in among] for group in groups)
        return [group for group in held if group]

    def _is_held(self, wording: Wording) -> bool:
        return wording.weight > 0 and all(word in self._counts[wording.language] for word in wording.words)

    def _spellings(self, query: str, said: _Said, asked_in: str) -> Iterator[list[Wording]]:
        """Yield the words nearest to those that no language knows, and put the nearest into `said` in their place."""
        known = {term[1:] for one, words in said.items() for term in words if term.text in self._spellers[one]}
        found: dict[tuple[int, int], list[Wording]] = {}
        for language in [asked_in] if asked_in in said else list(said):
            for place, term in enumerate(said[language]):
                if term[1:] in known or query[term.start : term.end].isupper():
                    continue
                near = self._spellers[language].nearest(term.text)
                if near:
                    said[language][place] = term._replace(text=near[0])
                found.setdefault(term[1:], []).extend(
                    Wording(language, (one,), self._weights.spelling) for one in near
                )
        yield from found.values()

    def _parts(self, said: _Said, asked_in: str) -> Iterator[list[Wording]]:
        """Yield the parts of each compound, and the compounds of the collection that hold a word."""
        for language, compounds in self._compounds.items():
            for term in said[language] if asked_in in ("", language) else ():
                parts = compounds.parts(term.text)
                yield from ([Wording(language, (part,), self._weights.compounds)] for part in parts)
                if not parts and HOLD:
                    yield [Wording(language, (one,), self._weights.compounds) for one in compounds.holding(term.text)]

    def _labels(self, query: str, said: _Said, asked_in: str) -> Iterator[list[Wording]]:
        """Yield the other labels of the concepts named, be it by a part of a compound."""
        named = self._thesaurus.recognise(query, asked_in, said)
        for found in named:
            own = {(one, tuple(t.text for t in words if found.start <= t.start < found.end)) for one, words in said.items()}
            yield list(self._other(found.concepts, asked_in, own, 1.0))
        for language, compounds in self._compounds.items():
            for term in said[language] if asked_in in ("", language) and PARTS else ():
                if not any(found.start <= term.start < found.end for found in named):
                    for part in compounds.parts(term.text):
                        concepts = self._thesaurus.named((part,), language)
                        yield list(self._other(concepts, asked_in, {(language, (part,))}, PARTS))

    def _other(
        self, concepts: Sequence[Concept], asked_in: str, own: set[tuple[str, tuple[str, ...]]], share: float
    ) -> Iterator[Wording]:
        for language, words in alternatives(concepts, self._counts):
            if (language, words) not in own:
                weight = self._weights.synonyms if language == asked_in else self._weights.translations
                yield Wording(language, words, weight * share / len(words)**NORM)


def _said(query: str, language: str, asked_in: str) -> list[Term]:
    stop = STOP_WORDS.get(asked_in, frozenset())
    return [term for term in terms(query, language) if query[term.start : term.end].lower() not in stop]

HOLD = True
PARTS = 0.5
NORM = 0.0
