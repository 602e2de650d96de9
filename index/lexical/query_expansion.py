"""A query's words as the passages may have put them: compounds, nearest spellings, the thesaurus' other labels.

What is found here is added to the user's own words and weighs less. Of several wordings of one word only the best
counts, so that a word with many synonyms does not outweigh the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from index.lexical.analysis import Term, fold, terms
from index.lexical.compounds import COMPOUNDING, Compounds
from index.lexical.spelling import Speller
from index.lexical.stopwords import STOP_WORDS
from index.lexical.thesaurus import Concept, Thesaurus, Words, alternatives

Counts = Mapping[str, Mapping[str, int]]  # language → term → passages that hold it
REMEMBERED: Final = 64  # queries
_Said = dict[str, list[Term]]
_Asked = tuple[str, str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Weights:
    """What each sort of rewording weighs beside the user's own words (1); 0 leaves it out.

    `synonyms` are a concept's labels in the query's own language, `translations` those in others. Chosen on
    corpus-fr and corpus-multi; the table is in benchmarks/README.md.
    """

    translations: float = 0.8
    synonyms: float = 0.4
    compounds: float = 0.25
    spelling: float = 0.8


OFF = Weights(0.0, 0.0, 0.0, 0.0)


class Wording(NamedTuple):
    """Terms of one language that all must stand in a passage, and what they weigh."""

    language: str
    words: Words
    weight: float


class Correction(NamedTuple):
    """The characters [start, end) of a query stand for a term of a language."""

    start: int
    end: int
    language: str
    term: str


class Reworder:
    """Rewords queries with the words of one snapshot of the index and those of the thesaurus."""

    def __init__(self, counts: Counts, thesaurus: Thesaurus, weights: Weights) -> None:
        self._counts = counts
        self._thesaurus = thesaurus
        self._weights = weights
        known = {one: {**dict.fromkeys(thesaurus.words(one), 0), **counts[one]} for one in counts}
        self._spellers = {one: Speller(words) for one, words in known.items()}
        self._reworded: dict[_Asked, list[list[Wording]]] = {}  # no lru_cache of a method: that would hold all of this
        self._compounds = {one: Compounds(words, one) for one, words in known.items() if one in COMPOUNDING}

    def reword(self, query: str, asked_in: str, languages: Iterable[str]) -> list[list[Wording]]:
        """Return groups of wordings for the passages of those languages; in each group the best one counts.

        Every wording's words stand in the index. `asked_in` is "" where the query's language is not known.
        """
        asked = query, asked_in, frozenset(languages)
        found = self._reworded.get(asked)  # a search asks twice, for the best and for the rest
        if found is None:
            if len(self._reworded) >= REMEMBERED:
                self._reworded.clear()
            found = self._reworded[asked] = self._reword(*asked)
        return found

    def _reword(self, query: str, asked_in: str, among: frozenset[str]) -> list[list[Wording]]:
        said = {one: spoken(query, one, asked_in) for one in self._counts}
        groups = list(self._spellings(query, said, asked_in)) if self._weights.spelling else []
        if self._weights.compounds:
            groups += self._compounded(said, asked_in)
        if self._weights.translations or self._weights.synonyms:
            groups += self._labels(query, said, asked_in)
        held = ([one for one in group if one.language in among and self._is_held(one)] for group in groups)
        return [group for group in held if group]

    def _is_held(self, wording: Wording) -> bool:
        return wording.weight > 0 and all(word in self._counts[wording.language] for word in wording.words)

    def _spellings(self, query: str, said: _Said, asked_in: str) -> Iterator[list[Wording]]:
        """Yield the words nearest to those that no language knows, and put the nearest into `said` in their place."""
        found: dict[tuple[int, int], list[Wording]] = {}
        for language, place, term, near in list(self._unknown(query, said, asked_in)):
            said[language][place] = term._replace(text=near[0])
            wordings = [Wording(language, (one,), self._weights.spelling) for one in near]
            found.setdefault((term.start, term.end), []).extend(wordings)
        yield from found.values()

    def _unknown(self, query: str, said: _Said, asked_in: str) -> Iterator[tuple[str, int, Term, list[str]]]:
        """Yield words that no language knows: a language, the place in it, the term, and what it may stand for."""
        known = {term[1:] for one, words in said.items() for term in words if term.text in self._spellers[one]}
        for language in [asked_in] if asked_in in said else list(said):
            for place, term in enumerate(said[language]):
                typed = query[term.start : term.end]
                if (term.start, term.end) in known or typed.isupper() or self._parts(language, term):
                    continue
                if near := self._spellers[language].nearest(term.text, fold(typed)):
                    yield language, place, term, near

    def corrections(self, query: str, asked_in: str) -> list[Correction]:
        """Return what the words that no language knows most likely stand for, in order, one for each."""
        if not self._weights.spelling:
            return []
        said = {one: spoken(query, one, asked_in) for one in self._counts}
        best: dict[int, Correction] = {}
        for language, _, term, near in self._unknown(query, said, asked_in):
            one = Correction(term.start, term.end, language, near[0])
            other = best.get(term.start)
            if other is None or self._frequency(one) > self._frequency(other):
                best[term.start] = one
        return [best[start] for start in sorted(best)]

    def _frequency(self, one: Correction) -> int:
        return self._counts[one.language].get(one.term, 0)

    def _parts(self, language: str, term: Term) -> Words:
        return self._compounds[language].parts(term.text) if language in self._compounds else ()

    def _compounded(self, said: _Said, asked_in: str) -> Iterator[list[Wording]]:
        """Yield the parts of each compound, and the compounds made of two neighbouring words."""
        for language, compounds in self._compounds.items():
            if asked_in not in ("", language):
                continue
            for term in said[language]:
                yield from ([Wording(language, (one,), self._weights.compounds)] for one in self._parts(language, term))
            for first, second in pairwise(said[language]):
                for whole in compounds.joined(first.text, second.text):
                    yield [Wording(language, (whole,), self._weights.compounds)]

    def _labels(self, query: str, said: _Said, asked_in: str) -> Iterator[list[Wording]]:
        """Yield the other labels of the concepts named, be it by a part of a compound."""
        named = self._thesaurus.recognise(query, asked_in, said)
        for found in named:
            own = {
                (language, tuple(term.text for term in words if found.start <= term.start < found.end))
                for language, words in said.items()
            }
            yield list(self._other(found.concepts, asked_in, own))
        for language in self._compounds:
            for term in said[language] if asked_in in ("", language) else ():
                if not any(found.start <= term.start < found.end for found in named):
                    for part in self._parts(language, term):
                        concepts = self._thesaurus.named((part,), language)
                        yield list(self._other(concepts, asked_in, {(language, (part,))}))

    def _other(self, concepts: Sequence[Concept], asked_in: str, own: set[tuple[str, Words]]) -> Iterator[Wording]:
        for language, words in alternatives(concepts, self._counts):
            if (language, words) not in own:
                yield Wording(
                    language, words, self._weights.synonyms if language == asked_in else self._weights.translations
                )


def spoken(query: str, language: str, asked_in: str) -> list[Term]:
    """Return the query's terms as passages of `language` may hold them; the asker's stop words count in none."""
    return list(_spoken(query, language, asked_in))


@lru_cache(maxsize=1024)  # a search asks four times: to spell it rightly, to reword it, for the best, for the rest
def _spoken(query: str, language: str, asked_in: str) -> tuple[Term, ...]:
    stop = STOP_WORDS.get(asked_in, frozenset())
    return tuple(term for term in terms(query, language) if query[term.start : term.end].lower() not in stop)
