"""Which concepts of the thesaurus a text names, in which words, in any of six languages."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

import index.lexical.thesaurus
from index.lexical.analysis import Term, terms
from index.lexical.borders import borders_named
from index.lexical.thesaurus import Concept
from index.lexical.thesaurus_files import ThesaurusFiles, UnreadableThesaurus, load_thesaurus

log = logging.getLogger("passerelle.library")
ThesaurusSource: TypeAlias = ThesaurusFiles | Path | None  # a file alone has no additions
LONGEST_LABEL: Final = 8  # terms
COUNTED: Final = frozenset({"theme/demography"})  # named by what is counted: "4 200 habitants" says how large a town is
_A_NUMBER: Final = re.compile(
    r"\d[\s\u00a0\u202f]*(?:[^\W\d_]+[\s\u00a0\u202f]+)?(?:d['’]|de |di |de los )?$"
)  # "3 millions d'"
SHORTEST_LABEL: Final = 3  # letters: "ES" is a country's code and a German word


class Mention(NamedTuple):
    """A text names a concept with the words [start, end)."""

    concept: str  # its key, "health"'s being "theme/health"
    start: int
    end: int


@dataclass(frozen=True, eq=False)
class Thesaurus:
    """The search's thesaurus, used to tell what texts are about."""

    known: index.lexical.thesaurus.Thesaurus

    @property
    def concepts(self) -> Mapping[str, Concept]:
        """Every concept by its key."""
        return self.known.by_key

    @cached_property
    def above(self) -> Mapping[str, tuple[str, ...]]:
        """What is directly broader than each concept that has something above it."""
        return {key: concept.broader for key, concept in self.concepts.items() if concept.broader}

    @cached_property
    def beside(self) -> Mapping[str, tuple[str, ...]]:
        """What each concept is related to, where it is."""
        return {key: concept.related for key, concept in self.concepts.items() if concept.related}

    def mentions(self, text: str, language: str) -> list[Mention]:
        """Return the concepts a text names, in order; where labels overlap the longest counts."""
        words = [term for term in terms(text, language) if not term.text.startswith("art:")]
        mentions, at = [], 0
        while at < len(words):
            width, concepts = self._longest_label(words[at : at + LONGEST_LABEL], language)
            if width:
                start, end = words[at].start, words[at + width - 1].end
                # "Trente" is a town, "trente" is thirty; "canton de Vaud" is a name too
                is_name = any(character.isupper() for character in text[start:end])
                is_count = _A_NUMBER.search(text[max(0, start - 30) : start]) is not None
                mentions += [
                    Mention(concept.key, start, end)
                    for concept in concepts
                    if (is_name or concept.scheme != "territories") and not (is_count and concept.key in COUNTED)
                ]
            at += width or 1
        return mentions

    def _longest_label(self, words: Sequence[Term], language: str) -> tuple[int, Sequence[Concept]]:
        """Return how many of the words make up the longest label they begin with, and the concepts it names."""
        texts = tuple(word.text for word in words)
        for width in range(len(texts), 0, -1):
            concepts = self.known.find(texts[:width], language)
            if concepts and sum(map(len, texts[:width])) >= SHORTEST_LABEL:
                return width, sorted(concepts, key=lambda concept: concept.key)
        return 0, ()

    def lineage(self, concept: str) -> Iterator[str]:
        """Yield a concept and all above it, each once."""
        seen, waiting = {concept}, [concept]
        while waiting:
            key = waiting.pop(0)
            yield key
            further = [broader for broader in self.above.get(key, ()) if broader not in seen]
            seen.update(further)
            waiting += further

    def countries_named(self, text: str, language: str) -> list[str]:
        """Return the codes of the countries a text names, sorted."""
        concepts = {mention.concept for mention in self.mentions(text, language)}
        return sorted(key.removeprefix("country/") for key in concepts if key.startswith("country/"))

    def borders_named(self, text: str, language: str) -> frozenset[str]:
        """Return the codes of the borders a text is most about (`index/lexical/borders.py`)."""
        return borders_named({mention.concept for mention in self.mentions(text, language)}, self.concepts)


NO_THESAURUS: Final = Thesaurus(index.lexical.thesaurus.Thesaurus())


_READ: Final[dict[ThesaurusFiles, tuple[str, Thesaurus]]] = {}  # with the state of the files it was read from


def read_thesaurus(source: ThesaurusSource) -> Thesaurus:
    """Return the thesaurus of its files, read again when they change; an empty one without a file.

    Where what is there now cannot be read, the former one goes on. Raises UnreadableThesaurus when there is none.
    """
    files = ThesaurusFiles(source) if isinstance(source, Path) else source
    if files is None or not files.base.is_file():
        return NO_THESAURUS
    state = files.state()
    before = _READ.get(files)
    if before is None or before[0] != state:
        try:
            before = (state, Thesaurus(load_thesaurus(files)))
        except UnreadableThesaurus as error:
            if before is None:
                raise
            log.error("the thesaurus stays as it was: %s", error)
            before = (state, before[1])
        _READ[files] = before
    return before[1]
