"""The field's own words: SKOS concepts with labels in several languages, recognised in a query.

W3C SKOS (2009). `index/lexical/skos.py` reads them from a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple

from index.documents import LANGUAGES
from index.lexical.analysis import Term, terms

_PLACED: Final = frozenset({"territories", "countries", "borders"})  # schemes of proper names, the same to everyone
_LONGEST: Final = 8  # terms of a label
_NAME_LENGTH: Final = 4  # shortest name or acronym that is recognised whatever its capitals

Words = tuple[str, ...]  # a label's terms, in order


class Label(NamedTuple):
    """A concept's name in a language; its terms are as the analysis of that language makes them."""

    text: str
    words: Words


class Offered(NamedTuple):
    """A concept to offer beside a result: what a facet needs."""

    scheme: str
    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Concept:
    """A concept's labels by language, the preferred one first. `id` is its notation, or else the end of its URI.

    `key` is the end of its URI, "theme/health"; `broader` and `related` hold the keys of others. `hidden` are words
    it is recognised by and never called ("belge" for Belgium).
    """

    id: str
    scheme: str
    labels: Mapping[str, tuple[Label, ...]]
    key: str = ""
    broader: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    hidden: Mapping[str, tuple[Label, ...]] = field(default_factory=dict)

    def label(self, language: str) -> str:
        """Return the preferred label in the language, or in the first one there is."""
        return next(
            (self.labels[one][0].text for one in (language, "en", *self.labels) if self.labels.get(one)), self.id
        )


class Recognised(NamedTuple):
    """Concepts that the characters [start, end) of a query name, and the words they do it with."""

    start: int
    end: int
    words: Words
    concepts: tuple[Concept, ...]


Known = dict[str, dict[Words, list[Concept]]]  # language → a label's terms → the concepts it names


@dataclass(frozen=True)
class Thesaurus:
    """Concepts by the words of their labels."""

    concepts: tuple[Concept, ...] = ()

    @cached_property
    def _by_words(self) -> Known:
        """What is recognised in a language: labels and hidden labels."""
        said = ((one, *label) for one in self.concepts for label in (*_of(one.labels), *_of(one.hidden)))
        return _known(said)

    @cached_property
    def _names(self) -> Known:
        """Acronyms, and the names of places, by language: known to a reader of any other."""
        said = ((one, *label) for one in self.concepts for label in _of(one.labels))
        return _known(one for one in said if one[2].text.isupper() or one[0].scheme in _PLACED)

    def words(self, language: str) -> frozenset[str]:
        """Return the terms that labels in the language are made of."""
        return frozenset(word for words in self._by_words.get(language, ()) for word in words)

    def named(self, words: Words, language: str) -> Sequence[Concept]:
        """Return the concepts with a label of exactly these terms; none in a language that is not known."""
        return self._by_words.get(language, {}).get(words, ())

    @cached_property
    def by_key(self) -> Mapping[str, Concept]:
        return {one.key: one for one in self.concepts}

    def recognise(
        self, query: str, language: str = "", said: Mapping[str, Sequence[Term]] | None = None
    ) -> list[Recognised]:
        """Return the concepts the query names, in order, the longest names first where they overlap.

        Names in the query's language count, names of places and acronyms in any; if it is not known, all of all.
        `said` are the query's terms in each language, where they are known already.
        """
        found: dict[tuple[int, int], list[Recognised]] = {}
        for one in LANGUAGES:
            own = not language or one == language
            words = terms(query, one) if said is None else said.get(one, ())
            for match in _matches(query, words, (self._by_words if own else self._names)[one], own):
                found.setdefault((match.start, match.end), []).append(match)
        kept: list[Recognised] = []
        for start, end in sorted(found, key=lambda span: (span[0] - span[1], span[0])):
            if all(end <= other.start or start >= other.end for other in kept):
                concepts = tuple({id(one): one for match in found[start, end] for one in match.concepts}.values())
                kept.append(Recognised(start, end, found[start, end][0].words, concepts))
        return sorted(kept, key=lambda one: one.start)

    def offered(self, query: str, asked_in: str, reader: str) -> list[Offered]:
        """Return what the query names, in the query's order, in the reader's language; two countries name a border."""
        concepts = [one for match in self.recognise(query, asked_in) for one in match.concepts]
        countries = [one.id for one in concepts if one.scheme == "countries"]
        pairs = {"-".join(sorted((a, b))) for a in countries for b in countries if a != b}
        concepts += [one for one in self.concepts if one.scheme == "borders" and one.id in pairs]
        return list(dict.fromkeys(Offered(one.scheme, one.id, one.label(reader)) for one in concepts))


def _of(labels: Mapping[str, tuple[Label, ...]]) -> Iterator[tuple[str, Label]]:
    return ((language, label) for language, said in labels.items() for label in said)


def _known(said: Iterable[tuple[Concept, str, Label]]) -> Known:
    found: Known = {language: {} for language in LANGUAGES}
    for concept, language, label in said:
        known = found[language].setdefault(label.words, [])
        if label.words and concept not in known:
            known.append(concept)
    return found


def _matches(
    query: str, said: Sequence[Term], known: Mapping[Words, Sequence[Concept]], own: bool
) -> Iterator[Recognised]:
    at = 0
    while at < len(said):
        for length in range(min(_LONGEST, len(said) - at), 0, -1):
            words = tuple(term.text for term in said[at : at + length])
            concepts = known.get(words)
            start, end = said[at].start, said[at + length - 1].end
            if concepts and (own or _is_name(query[start:end])):
                yield Recognised(start, end, words, tuple(concepts))
                at += length
                break
        else:
            at += 1


def _is_name(said: str) -> bool:
    return said.isupper() or len(said) >= _NAME_LENGTH


def alternatives(concepts: Iterable[Concept], languages: Iterable[str]) -> list[tuple[str, Words]]:
    """Return the labels of the concepts in the languages, as (language, words), none twice."""
    asked = tuple(languages)
    return list(
        dict.fromkeys(
            (language, label.words) for one in concepts for language in asked for label in one.labels.get(language, ())
        )
    )
