"""The thesaurus as a reader of texts: which of its concepts a text names, in which words, in any of six languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Final, NamedTuple

import index.lexical.thesaurus
from index.lexical.analysis import Term, terms
from index.lexical.skos import load_thesaurus
from index.lexical.thesaurus import Concept

LONGEST_LABEL: Final = 8  # terms
SHORTEST_LABEL: Final = 3  # letters: "ES" is a country's code and a German word


class Mention(NamedTuple):
    """A text names a concept with the words [start, end)."""

    concept: str  # its key, "health"'s being "theme/health"
    start: int
    end: int


@dataclass(frozen=True, eq=False)
class Thesaurus:
    """The search's thesaurus, asked what texts are about."""

    known: index.lexical.thesaurus.Thesaurus

    @property
    def concepts(self) -> Mapping[str, Concept]:
        """Every concept by its key."""
        return self.known.by_key

    @cached_property
    def above(self) -> Mapping[str, tuple[str, ...]]:
        """What is directly broader than each concept that has something above it."""
        return {key: one.broader for key, one in self.concepts.items() if one.broader}

    @cached_property
    def beside(self) -> Mapping[str, tuple[str, ...]]:
        """What each concept is related to, where it is."""
        return {key: one.related for key, one in self.concepts.items() if one.related}

    def mentions(self, text: str, language: str) -> list[Mention]:
        """Return the concepts a text names, in order; where labels overlap the longest counts."""
        said = [term for term in terms(text, language) if not term.text.startswith("art:")]
        found, at = [], 0
        while at < len(said):
            width, named = self._longest(said[at : at + LONGEST_LABEL], language)
            if width:
                start, end = said[at].start, said[at + width - 1].end
                is_name = text[start].isupper()  # "Trente" is a town, "trente" is thirty
                found += [Mention(one.key, start, end) for one in named if is_name or one.scheme != "territories"]
            at += width or 1
        return found

    def _longest(self, said: Sequence[Term], language: str) -> tuple[int, Sequence[Concept]]:
        """Return how many of the terms make up the longest label they begin with, and the concepts it names."""
        words = tuple(term.text for term in said)
        for width in range(len(words), 0, -1):
            named = self.known.named(words[:width], language)
            if named and sum(map(len, words[:width])) >= SHORTEST_LABEL:
                return width, sorted(named, key=lambda one: one.key)
        return 0, ()

    def lineage(self, concept: str) -> Iterator[str]:
        """Yield a concept and all above it, each once."""
        seen, waiting = {concept}, [concept]
        while waiting:
            one = waiting.pop(0)
            yield one
            further = [other for other in self.above.get(one, ()) if other not in seen]
            seen.update(further)
            waiting += further

    def countries_named(self, text: str, language: str) -> list[str]:
        """Return the countries a text names, by code, in their order."""
        named = {mention.concept for mention in self.mentions(text, language)}
        return sorted(one.removeprefix("country/") for one in named if one.startswith("country/"))

    def borders_named(self, text: str, language: str) -> frozenset[str]:
        """Return the borders a text is most about: by their names, by the places on them, by two countries named.

        Of the borders a place is near ("Longwy") those of a country that is named too go first.
        """
        votes: dict[str, int] = {}
        named = {mention.concept for mention in self.mentions(text, language)}
        countries = self.countries_named(text, language)
        for concept in named:
            near = [concept] if concept.startswith("border/") else self.beside.get(concept, ())
            if concept.startswith(("border/", "place/")):
                for border in (one for one in near if one.startswith("border/")):
                    votes[border] = votes.get(border, 0) + (2 if border == concept else 1)
        for one in countries:
            for border in (f"border/{one}-{other}" for other in countries):
                if border in self.concepts:
                    votes[border] = votes.get(border, 0) + 2
        weighed = {code.removeprefix("border/"): (count, _touches(code, countries)) for code, count in votes.items()}
        most = max(weighed.values(), default=None)
        return frozenset(code for code, weight in weighed.items() if weight == most)


def _touches(border: str, countries: Sequence[str]) -> bool:
    return not set(border.removeprefix("border/").split("-")).isdisjoint(countries)


NO_THESAURUS: Final = Thesaurus(index.lexical.thesaurus.Thesaurus())


@cache
def read_thesaurus(path: Path | None) -> Thesaurus:
    """Return the thesaurus of a SKOS file in Turtle, the search's own once it is open; without one, an empty one."""
    return Thesaurus(load_thesaurus(path)) if path and path.is_file() else NO_THESAURUS
