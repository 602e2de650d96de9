"""The field's own words: SKOS concepts with labels in several languages, recognised in a query.

W3C SKOS (2009); reading Turtle takes over a second, so that what is needed of it, labels already analysed, is kept as
JSON beside the index, under the digest of the file and the version of the analysis. It is derived and disposable.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple

from index.analysis import VERSION, Term, terms
from index.documents import LANGUAGES
from index.errors import PasserelleError

_FORMAT: Final = "thesaurus-1"
_PLACED: Final = frozenset({"territories", "countries", "borders"})  # schemes of proper names, the same to everyone
_LONGEST: Final = 8  # terms of a label
_NAME_LENGTH: Final = 4  # shortest name or acronym that is recognised whatever its capitals

Words = tuple[str, ...]  # a label's terms, in order


class UnreadableThesaurus(PasserelleError):
    """The thesaurus is missing or is not SKOS in Turtle."""


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
    """A concept's labels by language, the preferred one first. `id` is its notation, or else the end of its URI."""

    id: str
    scheme: str
    labels: Mapping[str, tuple[Label, ...]]

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


@dataclass(frozen=True)
class Thesaurus:
    """Concepts by the words of their labels."""

    concepts: tuple[Concept, ...] = ()

    @cached_property
    def _by_words(self) -> dict[str, dict[Words, list[Concept]]]:
        found: dict[str, dict[Words, list[Concept]]] = {language: {} for language in LANGUAGES}
        for concept in self.concepts:
            for language, labels in concept.labels.items():
                for label in labels:
                    known = found[language].setdefault(label.words, [])
                    if label.words and concept not in known:
                        known.append(concept)
        return found

    @cached_property
    def _names(self) -> dict[str, dict[Words, list[Concept]]]:
        """Acronyms, and the names of places, by language: known to a reader of any other."""
        found: dict[str, dict[Words, list[Concept]]] = {language: {} for language in LANGUAGES}
        for concept in self.concepts:
            for language, labels in concept.labels.items():
                for label in labels:
                    if label.text.isupper() or concept.scheme in _PLACED:
                        found[language].setdefault(label.words, []).append(concept)
        return found

    def words(self, language: str) -> frozenset[str]:
        """Return the terms that labels in the language are made of."""
        return frozenset(word for words in self._by_words.get(language, ()) for word in words)

    def named(self, words: Words, language: str) -> Sequence[Concept]:
        """Return the concepts with a label of exactly these terms."""
        return self._by_words[language].get(words, ())

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


def load_thesaurus(path: Path | None, cache: Path) -> Thesaurus:
    """Return the thesaurus of a Turtle file, or an empty one for None. Raises UnreadableThesaurus."""
    if path is None:
        return Thesaurus()
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableThesaurus(
            f"{path}: {error.strerror}. Set PASSERELLE_THESAURUS to a SKOS file in Turtle, or to nothing."
        ) from error
    digest = f"{_FORMAT}/{VERSION}/{hashlib.sha256(content).hexdigest()}"
    concepts = _cached(cache, digest)
    if concepts is None:
        concepts = _parsed(path, content)
        unfinished = cache.with_suffix(".unfinished")
        cache.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(json.dumps({"digest": digest, "concepts": concepts}), encoding="utf-8")
        unfinished.replace(cache)
    return Thesaurus(tuple(_concept(one) for one in concepts))


def _cached(cache: Path, digest: str) -> list[Any] | None:
    try:
        kept = json.loads(cache.read_text(encoding="utf-8"))
        concepts: list[Any] | None = kept["concepts"] if kept["digest"] == digest else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return concepts


def _concept(kept: Any) -> Concept:
    name, scheme, labels = kept
    return Concept(
        name, scheme, {one: tuple(Label(text, tuple(words)) for text, words in said) for one, said in labels.items()}
    )


def _parsed(path: Path, content: bytes) -> list[Any]:
    """Return [id, scheme, {language: [[label, [term, …]], …]}] of each concept, in the order of their URIs."""
    from rdflib import RDF, SKOS, Graph

    try:
        graph = Graph().parse(data=content, format="turtle")
    except Exception as error:  # rdflib's parsers raise all sorts, BadSyntax among them
        raise UnreadableThesaurus(f"{path}: not SKOS in Turtle ({str(error)[:200]}). Mend the file.") from error
    found: list[Any] = []
    for concept in sorted(graph.subjects(RDF.type, SKOS.Concept), key=str):
        scheme, notation = graph.value(concept, SKOS.inScheme), graph.value(concept, SKOS.notation)
        labels: dict[str, dict[str, list[str]]] = {}
        for said in (SKOS.prefLabel, SKOS.altLabel, SKOS.hiddenLabel):
            for label in sorted(graph.objects(concept, said), key=str):
                language = getattr(label, "language", None)
                if language in LANGUAGES and (words := _words(str(label), language)):
                    labels.setdefault(language, {}).setdefault(str(label), words)
        found.append([str(notation or _end(concept)), _end(scheme), {k: list(v.items()) for k, v in labels.items()}])
    return found


def _words(label: str, language: str) -> list[str]:
    return [term.text for term in terms(label, language)]


def _end(uri: object) -> str:
    return str(uri).rstrip("/").rpartition("/")[2]


def alternatives(concepts: Iterable[Concept], languages: Iterable[str]) -> list[tuple[str, Words]]:
    """Return the labels of the concepts in the languages, as (language, words), none twice."""
    asked = tuple(languages)
    return list(
        dict.fromkeys(
            (language, label.words) for one in concepts for language in asked for label in one.labels.get(language, ())
        )
    )
