"""Query expansion: a query's words as the passages may put them (compounds, spellings, the thesaurus' other labels).

Expansions are added to the user's own words and weigh less. Of several expansions of one word only the best counts, so
that a word with many synonyms does not outweigh the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from index.lexical.analysis import Term, fold, terms
from index.lexical.compounds import COMPOUNDING, Compounds
from index.lexical.query_language import is_short
from index.lexical.spelling import SpellingCorrector
from index.lexical.stopwords import STOP_WORDS
from index.lexical.thesaurus import Concept, Thesaurus, Words, labels_in
from index.types import ScarceWord

Counts = Mapping[str, Mapping[str, int]]  # language → term → passages that hold it
REMEMBERED: Final = 64  # queries
SCARCE: Final = 2  # passages with a word that a label of the same concept, held by more, is put beside
NAMED: Final = frozenset(
    {"territories", "countries", "borders", "instruments"}
)  # schemes of names: nobody renames them
_Terms = dict[str, list[Term]]  # language → the query's terms in it
_Query = tuple[str, str, frozenset[str], bool]


@dataclass(frozen=True, slots=True)
class ExpansionWeights:
    """The weight of each sort of expansion, where the user's own words weigh 1; 0 leaves it out.

    `synonyms` are a concept's labels in the query's own language, `translations` those in others. Chosen on
    corpus-fr and corpus-multi; the table is in benchmarks/README.md.
    """

    translations: float = 0.8
    synonyms: float = 0.4
    compounds: float = 0.25
    spelling: float = 0.8


NO_EXPANSION: Final = ExpansionWeights(0.0, 0.0, 0.0, 0.0)


class Expansion(NamedTuple):
    """Terms of one language that a passage must hold all of, and their weight."""

    language: str
    words: Words
    weight: float


class Correction(NamedTuple):
    """The term that the characters [start, end) of a query are corrected to."""

    start: int
    end: int
    language: str
    term: str


class _Unknown(NamedTuple):
    """A term unknown in every language, its position among its language's terms, and the known terms near it."""

    language: str
    position: int
    term: Term
    near: list[str]


class QueryExpander:
    """Expands queries with the words of one snapshot of the index and those of the thesaurus."""

    def __init__(self, counts: Counts, thesaurus: Thesaurus, weights: ExpansionWeights) -> None:
        self._counts = counts
        self._thesaurus = thesaurus
        self._weights = weights
        known = {
            language: {**dict.fromkeys(thesaurus.words(language), 0), **words} for language, words in counts.items()
        }
        self._spelling = {language: SpellingCorrector(words) for language, words in known.items()}
        self._compounds = {
            language: Compounds(words, language) for language, words in known.items() if language in COMPOUNDING
        }
        self._expanded: dict[_Query, list[list[Expansion]]] = {}  # an lru_cache of a method would hold all of this

    def expand(
        self, query: str, query_language: str, languages: Iterable[str], *, corrects: bool = True
    ) -> list[list[Expansion]]:
        """Return groups of expansions for the passages of those languages; in each group the best one counts.

        Every expansion's words are in the index. `query_language` is "" where it is not known.
        """
        key = query, query_language, frozenset(languages), corrects
        expanded = self._expanded.get(key)  # a search expands twice, for the best and for the rest
        if expanded is None:
            if len(self._expanded) >= REMEMBERED:
                self._expanded.clear()
            expanded = self._expanded[key] = self._expand(*key)
        return expanded

    def _expand(self, query: str, query_language: str, among: frozenset[str], corrects: bool) -> list[list[Expansion]]:
        own = {language: query_terms(query, language, query_language) for language in self._counts}
        corrects = corrects and self._weights.spelling > 0
        groups = list(self._correct_spelling(query, own, query_language)) if corrects else []
        if self._weights.compounds:
            groups += self._split_and_join(own, query_language)
        if self._weights.translations or self._weights.synonyms:
            groups += self._other_labels(query, own, query_language)
        held = (
            [expansion for expansion in group if expansion.language in among and self._is_held(expansion)]
            for group in groups
        )
        return [group for group in held if group]

    def _is_held(self, expansion: Expansion) -> bool:
        return expansion.weight > 0 and all(word in self._counts[expansion.language] for word in expansion.words)

    def _correct_spelling(self, query: str, own: _Terms, query_language: str) -> Iterator[list[Expansion]]:
        """Yield the words nearest to those that no language knows, and put the nearest into `own` in their place."""
        groups: dict[tuple[int, int], list[Expansion]] = {}
        for language, position, term, near in list(self._unknown(query, own, query_language)):
            own[language][position] = term._replace(text=near[0])
            expansions = [Expansion(language, (word,), self._weights.spelling) for word in near]
            groups.setdefault((term.start, term.end), []).extend(expansions)
        yield from groups.values()

    def _unknown(self, query: str, own: _Terms, query_language: str) -> Iterator[_Unknown]:
        known = {term[1:] for language, words in own.items() for term in words if term.text in self._spelling[language]}
        likeliest = [query_language] if query_language in own else list(own)
        unknown = list(self._near_words(query, own, likeliest, known))
        if not unknown and is_short(query):  # its language is uncertain
            unknown = list(self._near_words(query, own, [name for name in own if name not in likeliest], known))
        yield from unknown

    def _near_words(
        self, query: str, own: _Terms, languages: Iterable[str], known: set[tuple[int, int]]
    ) -> Iterator[_Unknown]:
        for language in languages:
            for position, term in enumerate(own[language]):
                typed = query[term.start : term.end]
                if (term.start, term.end) in known or typed.isupper() or self._split(language, term):
                    continue
                if near := self._spelling[language].nearest(term.text, fold(typed)):
                    yield _Unknown(language, position, term, near)

    def corrections(self, query: str, query_language: str) -> list[Correction]:
        """Return the likeliest correction of each word that no language knows, in order."""
        if not self._weights.spelling:
            return []
        own = {language: query_terms(query, language, query_language) for language in self._counts}
        best: dict[int, Correction] = {}
        for language, _, term, near in self._unknown(query, own, query_language):
            correction = Correction(term.start, term.end, language, near[0])
            other = best.get(term.start)
            if other is None or self._frequency(correction) > self._frequency(other):
                best[term.start] = correction
        return [best[start] for start in sorted(best)]

    def scarce_words(self, query: str, query_language: str) -> list[ScarceWord]:
        """Return the words of the query that hardly a passage has, though the thesaurus calls them otherwise too.

        The labels are those that more passages hold, in another language than the query's. Names stay as they are.
        """
        if not self._weights.translations:
            return []
        own = {language: query_terms(query, language, query_language) for language in self._counts}
        scarce = []
        for match in self._thesaurus.recognise(query, query_language, own):
            typed = {
                language: tuple(term.text for term in words if match.start <= term.start < match.end)
                for language, words in own.items()
            }
            most = max(self._held(language, words) for language, words in typed.items())
            labels = dict.fromkeys(
                label.text
                for concept in match.concepts
                if concept.scheme not in NAMED
                for language, labels in concept.labels.items()
                for label in labels
                if language != query_language and self._held(language, label.words) > most
            )
            if most <= SCARCE and labels:
                scarce.append(ScarceWord(match.start, match.end, tuple(labels)))
        return scarce

    def _held(self, language: str, words: Words) -> int:
        """Return how many passages can hold all of these words at most."""
        counts = self._counts.get(language, {})
        return min((counts.get(word, 0) for word in words), default=0)

    def _frequency(self, correction: Correction) -> int:
        return self._counts[correction.language].get(correction.term, 0)

    def _split(self, language: str, term: Term) -> Words:
        return self._compounds[language].split(term.text) if language in self._compounds else ()

    def _split_and_join(self, own: _Terms, query_language: str) -> Iterator[list[Expansion]]:
        """Yield the parts of each compound, and the compounds made of two neighbouring words."""
        weight = self._weights.compounds
        for language, compounds in self._compounds.items():
            if query_language not in ("", language):
                continue
            for term in own[language]:
                yield from ([Expansion(language, (part,), weight)] for part in self._split(language, term))
            for first, second in pairwise(own[language]):
                for whole in compounds.join(first.text, second.text):
                    yield [Expansion(language, (whole,), weight)]

    def _other_labels(self, query: str, own: _Terms, query_language: str) -> Iterator[list[Expansion]]:
        """Yield the other labels of the concepts named, be it by a part of a compound."""
        matches = self._thesaurus.recognise(query, query_language, own)
        for match in matches:
            typed = {
                (language, tuple(term.text for term in words if match.start <= term.start < match.end))
                for language, words in own.items()
            }
            yield list(self._labels_but(typed, match.concepts, query_language))
        for language in self._compounds:
            for term in own[language] if query_language in ("", language) else ():
                if not any(match.start <= term.start < match.end for match in matches):
                    for part in self._split(language, term):
                        concepts = self._thesaurus.find((part,), language)
                        yield list(self._labels_but({(language, (part,))}, concepts, query_language))

    def _labels_but(
        self, typed: set[tuple[str, Words]], concepts: Sequence[Concept], query_language: str
    ) -> Iterator[Expansion]:
        """Yield the labels of the concepts that were not typed."""
        for language, words in labels_in(concepts, self._counts):
            if (language, words) not in typed:
                is_synonym = language == query_language
                yield Expansion(language, words, self._weights.synonyms if is_synonym else self._weights.translations)


def query_terms(query: str, language: str, query_language: str) -> list[Term]:
    """Return the query's terms as passages of `language` may hold them; its own language's stop words count in none."""
    return list(_query_terms(query, language, query_language))


@lru_cache(maxsize=1024)  # a search asks four times: to correct its spelling, to expand it, for the best, for the rest
def _query_terms(query: str, language: str, query_language: str) -> tuple[Term, ...]:
    stop = STOP_WORDS.get(query_language, frozenset())
    return tuple(term for term in terms(query, language) if query[term.start : term.end].lower() not in stop)
