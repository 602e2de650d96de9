"""The thesaurus as a reader of texts: which of its concepts a text names, in which words, in any of six languages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from index.analysis import fold, terms
from index.documents import LANGUAGES

LONGEST_LABEL: Final = 8  # terms


class Concept(NamedTuple):
    """A concept: its scheme ("themes", "obstacles"), its name there ("health"), and what it is called."""

    scheme: str
    name: str
    labels: Mapping[str, str]  # the preferred one of each language

    def label(self, language: str) -> str:
        """Return what it is called in a language, else in French, else its name."""
        return self.labels.get(language) or self.labels.get("fr") or self.name


class Mention(NamedTuple):
    """A text names a concept with the words [start, end)."""

    concept: str  # its key, "health"'s being "theme/health"
    start: int
    end: int


@dataclass(frozen=True, eq=False)
class Thesaurus:
    """Concepts by key, what lies above them and beside them, and the labels they are recognised by."""

    concepts: Mapping[str, Concept]
    above: Mapping[str, tuple[str, ...]]
    beside: Mapping[str, tuple[str, ...]]
    labels: Mapping[str, Mapping[tuple[str, ...], tuple[str, ...]]]  # of each language, by the terms of the label

    def mentions(self, text: str, language: str) -> list[Mention]:
        """Return the concepts a text names, in order; where labels overlap the longest counts."""
        known = self.labels.get(language, {})
        said = [term for term in terms(text, language) if not term.text.startswith("art:")]
        found, at = [], 0
        while at < len(said):
            width = next(
                (
                    width
                    for width in range(min(LONGEST_LABEL, len(said) - at), 0, -1)
                    if tuple(term.text for term in said[at : at + width]) in known
                ),
                0,
            )
            if width:
                start, end = said[at].start, said[at + width - 1].end
                named = known[tuple(term.text for term in said[at : at + width])]
                is_name = text[start].isupper()  # "Trente" is a town, "trente" is thirty
                found += [Mention(one, start, end) for one in named if is_name or not one.startswith("place/")]
            at += width or 1
        return found

    def lineage(self, concept: str) -> Iterator[str]:
        """Yield a concept and all above it, each once."""
        seen, waiting = {concept}, [concept]
        while waiting:
            one = waiting.pop(0)
            yield one
            further = [other for other in self.above.get(one, ()) if other not in seen]
            seen.update(further)
            waiting += further

    def borders_named(self, text: str, language: str) -> frozenset[str]:
        """Return the borders a text is most about: by their names, by the places on them, by two countries named."""
        votes: dict[str, int] = {}
        named = {mention.concept for mention in self.mentions(text, language)}
        countries = sorted(one.removeprefix("country/") for one in named if one.startswith("country/"))
        for concept in named:
            near = [concept] if concept.startswith("border/") else self.beside.get(concept, ())
            if concept.startswith(("border/", "place/")):
                for border in (one for one in near if one.startswith("border/")):
                    votes[border] = votes.get(border, 0) + (2 if border == concept else 1)
        for one in countries:
            for border in (f"border/{one}-{other}" for other in countries):
                if border in self.concepts:
                    votes[border] = votes.get(border, 0) + 2
        most = max(votes.values(), default=0)
        return frozenset(border.removeprefix("border/") for border, count in votes.items() if count == most)


NO_THESAURUS: Final = Thesaurus({}, {}, {}, {})


@cache
def read_thesaurus(path: Path | None) -> Thesaurus:
    """Return the thesaurus of a SKOS file in Turtle; without one, a thesaurus that knows nothing."""
    if path is None or not path.is_file():
        return NO_THESAURUS
    from rdflib import Graph
    from rdflib.namespace import SKOS

    graph = Graph().parse(path, format="turtle")
    concepts, labels = {}, [(SKOS.prefLabel, True), (SKOS.altLabel, False), (SKOS.notation, False)]
    spoken: list[tuple[str, str, str]] = []  # language, label, concept
    for subject, scheme in graph.subject_objects(SKOS.inScheme):
        preferred = {}
        for kind, is_preferred in labels[:2]:
            for label in graph.objects(subject, kind):
                language = str(getattr(label, "language", "") or "")
                spoken.append((language, str(label), _key(str(subject))))
                if is_preferred:
                    preferred[language] = str(label)
        key = _key(str(subject))
        concepts[key] = Concept(_key(str(scheme)).rpartition("/")[2], key.partition("/")[2], preferred)

    def links(predicate: object) -> dict[str, tuple[str, ...]]:
        found: dict[str, set[str]] = {}
        for one, other in graph.subject_objects(predicate):  # type: ignore[arg-type]
            found.setdefault(_key(str(one)), set()).add(_key(str(other)))
        return {one: tuple(sorted(others)) for one, others in found.items()}

    return Thesaurus(concepts, links(SKOS.broader), links(SKOS.related), _by_terms(spoken))


def _by_terms(spoken: Iterable[tuple[str, str, str]]) -> dict[str, dict[tuple[str, ...], tuple[str, ...]]]:
    found: dict[str, dict[tuple[str, ...], set[str]]] = {language: {} for language in LANGUAGES}
    for language, label, concept in spoken:
        said = tuple(term.text for term in terms(label, language) if not term.text.startswith("art:"))
        if language in found and 0 < len(said) <= LONGEST_LABEL and len("".join(said)) > 2 and fold(label):
            found[language].setdefault(said, set()).add(concept)
    return {
        language: {said: tuple(sorted(concepts)) for said, concepts in known.items()}
        for language, known in found.items()
    }


def _key(address: str) -> str:
    """Return the last two parts of a concept's address: "…/id/theme/health" is "theme/health"."""
    return "/".join(address.rsplit("/", 2)[-2:])
