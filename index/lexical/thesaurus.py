"""The field's own words: SKOS concepts with labels in several languages, recognised in a query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple

from index.documents import LANGUAGES
from index.lexical.analysis import Term, terms

_PROPER_NAMES: Final = frozenset({"territories", "countries", "borders"})  # schemes of names, the same to everyone
LONGEST: Final = 8  # terms of a label
_NAME_LENGTH: Final = 4  # shortest name or acronym that is recognised whatever its capitals

Words = tuple[str, ...]  # a label's terms, in order


class Label(NamedTuple):
    """A concept's name in a language; its terms are as the analysis of that language makes them."""

    text: str
    words: Words


class ConceptSuggestion(NamedTuple):
    """A concept to offer beside a result: what a facet needs."""

    scheme: str
    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Concept:
    """A concept's labels by language, the preferred one first. `id` is its notation, or else the end of its URI.

    `key` is the end of its URI, "theme/health"; `broader` and `related` hold the keys of others, `countries` the codes
    of those it lies in. `hidden` are words it is recognised by and never called ("belge" for Belgium).
    """

    id: str
    scheme: str
    labels: Mapping[str, tuple[Label, ...]]
    key: str = ""
    broader: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    hidden: Mapping[str, tuple[Label, ...]] = field(default_factory=dict)
    countries: tuple[str, ...] = ()
    uri: str = ""
    preferred: tuple[str, ...] = ()  # the languages in which the first label is the preferred one

    def label(self, language: str) -> str:
        """Return the preferred label in the language, or in the first one there is."""
        languages = (language, "en", *self.labels)
        return next((self.labels[choice][0].text for choice in languages if self.labels.get(choice)), self.id)


class ConceptMatch(NamedTuple):
    """Concepts that the characters [start, end) of a query name, and the words they do it with."""

    start: int
    end: int
    words: Words
    concepts: tuple[Concept, ...]


_ByWords = dict[str, dict[Words, list[Concept]]]  # language → a label's terms → the concepts it names


@dataclass(frozen=True)
class Thesaurus:
    """Concepts by the words of their labels."""

    concepts: tuple[Concept, ...] = ()

    @cached_property
    def by_key(self) -> Mapping[str, Concept]:
        return {concept.key: concept for concept in self.concepts}

    @cached_property
    def _by_words(self) -> _ByWords:
        """What is recognised in a language: labels and hidden labels."""
        return _group_by_words(
            (concept, language, label)
            for concept in self.concepts
            for labels in (concept.labels, concept.hidden)
            for language, label in _flatten(labels)
        )

    @cached_property
    def _names(self) -> _ByWords:
        """Acronyms, and the names of places, by language: known to a reader of any other."""
        return _group_by_words(
            (concept, language, label)
            for concept in self.concepts
            for language, label in _flatten(concept.labels)
            if label.text.isupper() or concept.scheme in _PROPER_NAMES
        )

    def words(self, language: str) -> frozenset[str]:
        """Return the terms that labels in the language are made of."""
        return frozenset(word for words in self._by_words.get(language, ()) for word in words)

    def find(self, words: Words, language: str) -> Sequence[Concept]:
        """Return the concepts with a label of exactly these terms; none in a language that is not known."""
        return self._by_words.get(language, {}).get(words, ())

    def recognise(
        self, query: str, query_language: str = "", query_terms: Mapping[str, Sequence[Term]] | None = None
    ) -> list[ConceptMatch]:
        """Return the concepts the query names, in order, the longest names first where they overlap.

        Names in the query's language count, names of places and acronyms in any; if it is not known, all of all.
        `query_terms` are the query's terms in each language, where they are known already.
        """
        matches: dict[tuple[int, int], list[ConceptMatch]] = {}
        for language in LANGUAGES:
            is_own = not query_language or language == query_language
            own_terms = terms(query, language) if query_terms is None else query_terms.get(language, ())
            for match in _matches(query, own_terms, (self._by_words if is_own else self._names)[language], is_own):
                matches.setdefault((match.start, match.end), []).append(match)
        kept: list[ConceptMatch] = []
        for start, end in sorted(matches, key=lambda span: (span[0] - span[1], span[0])):
            if all(end <= other.start or start >= other.end for other in kept):
                same_span = matches[start, end]
                concepts = {id(concept): concept for match in same_span for concept in match.concepts}
                kept.append(ConceptMatch(start, end, same_span[0].words, tuple(concepts.values())))
        return sorted(kept, key=lambda match: match.start)

    def countries_named(self, text: str) -> frozenset[str]:
        """Return the codes of the countries whose name the text is, in any language; none if it says more."""
        return frozenset(
            concept.id
            for match in self.recognise(text)
            if (match.start, match.end) == (0, len(text))
            for concept in match.concepts
            if concept.scheme == "countries"
        )

    def keys_named(self, text: str, language: str = "") -> frozenset[str]:
        """Return the keys of the concepts a text names."""
        return frozenset(concept.key for match in self.recognise(text, language) for concept in match.concepts)

    def suggest(self, query: str, query_language: str, reader_language: str) -> list[ConceptSuggestion]:
        """Return what the query names, in the query's order, in the reader's language; two countries name a border."""
        concepts = [concept for match in self.recognise(query, query_language) for concept in match.concepts]
        countries = [concept.id for concept in concepts if concept.scheme == "countries"]
        pairs = {"-".join(sorted((a, b))) for a in countries for b in countries if a != b}
        concepts += [concept for concept in self.concepts if concept.scheme == "borders" and concept.id in pairs]
        return list(
            dict.fromkeys(
                ConceptSuggestion(concept.scheme, concept.id, concept.label(reader_language)) for concept in concepts
            )
        )


def labels_in(concepts: Iterable[Concept], languages: Iterable[str]) -> list[tuple[str, Words]]:
    """Return the labels of the concepts in the languages, as (language, words), none twice."""
    languages = tuple(languages)
    return list(
        dict.fromkeys(
            (language, label.words)
            for concept in concepts
            for language in languages
            for label in concept.labels.get(language, ())
        )
    )


def _flatten(labels: Mapping[str, tuple[Label, ...]]) -> Iterator[tuple[str, Label]]:
    return ((language, label) for language, of_language in labels.items() for label in of_language)


def _group_by_words(labels: Iterable[tuple[Concept, str, Label]]) -> _ByWords:
    by_words: _ByWords = {language: {} for language in LANGUAGES}
    for concept, language, label in labels:
        concepts = by_words[language].setdefault(label.words, [])
        if label.words and concept not in concepts:
            concepts.append(concept)
    return by_words


def _matches(
    query: str, query_terms: Sequence[Term], known: Mapping[Words, Sequence[Concept]], is_own: bool
) -> Iterator[ConceptMatch]:
    at = 0
    while at < len(query_terms):
        for length in range(min(LONGEST, len(query_terms) - at), 0, -1):
            words = tuple(term.text for term in query_terms[at : at + length])
            concepts = known.get(words)
            start, end = query_terms[at].start, query_terms[at + length - 1].end
            if concepts and (is_own or _is_name(query[start:end])):
                yield ConceptMatch(start, end, words, tuple(concepts))
                at += length
                break
        else:
            at += 1


def _is_name(text: str) -> bool:
    return text.isupper() or len(text) >= _NAME_LENGTH
