"""What a reader may be about to type: names of the thesaurus, and titles of documents they may see."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Annotated, Final, Literal, NamedTuple

from fastapi import Depends

from index.clock import utc_today
from index.documents import LANGUAGES, Access
from index.lexical.analysis import fold
from service.http.concurrency import ConcurrencyLimiter
from service.http.dependencies import provided
from service.library.concepts import Thesaurus, ThesaurusSource, read_thesaurus
from service.library.open_index import Library, OpenIndex

MOST: Final = 8
MOST_NAMES: Final = 3  # of the thesaurus; the rest is for titles
SHORTEST: Final = 2  # letters that can be completed
LONGEST: Final = 100  # characters of what is completed; whoever has typed more is not choosing any more
REMEMBERED: Final = 6  # states of the index whose titles are kept
_WORD: Final = re.compile(r"\w+")


class Completion(NamedTuple):
    """A text to search for, a concept's name or a document's title."""

    text: str
    kind: Literal["concept", "title"]


class _Entry(NamedTuple):
    text: str
    folded: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class CompletionService:
    """Completes what is typed, word by word, whatever its accents and capitals."""

    library: Library
    limiter: ConcurrencyLimiter
    thesaurus: ThesaurusSource
    _titles: dict[tuple[int, Access, frozenset[str]], list[_Entry]] = field(default_factory=dict, repr=False)

    async def complete(self, typed: str, access: Access, language: str) -> list[Completion]:
        """Return at most MOST completions, names in the reader's language first. Raises NotReady and Overloaded."""
        words = _WORD.findall(fold(typed.strip()))
        if not words or len(typed) > LONGEST or len("".join(words)) < SHORTEST:
            return []
        return await self.limiter.run(lambda: self._complete(words, access, language))

    def _complete(self, words: list[str], access: Access, language: str) -> list[Completion]:
        languages = (language, *(other for other in LANGUAGES if other != language))
        known = read_thesaurus(self.thesaurus)
        names = dict.fromkeys(
            entry.text for name in languages for entry in _best(words, _labels(known, name))[:MOST_NAMES]
        )
        titles = _best(words, self._titles_for(self.library.borrow(), access))
        completions = [Completion(text, "concept") for text in list(names)[:MOST_NAMES]]
        completions += [Completion(entry.text, "title") for entry in titles if entry.text not in names]
        return completions[:MOST]

    def _titles_for(self, index: OpenIndex, access: Access) -> list[_Entry]:
        """Return the titles somebody may see, of what is in force; read once for each state of the index."""
        key = index.store.generation, access, index.store.hidden_ids(access)
        titles = self._titles.get(key)
        if titles is None:
            today = utc_today()
            described = [listed.card.metadata for listed in index.store.list_documents(access)]
            current = (metadata.title for metadata in described if not metadata.valid_to or metadata.valid_to >= today)
            titles = list(_entries(current))
            if len(self._titles) >= REMEMBERED:
                self._titles.clear()
            self._titles[key] = titles
        return titles


@lru_cache(maxsize=16)
def _labels(thesaurus: Thesaurus, language: str) -> list[_Entry]:
    concepts = thesaurus.known.concepts
    return list(_entries(label.text for concept in concepts for label in concept.labels.get(language, ())))


def _entries(texts: Iterable[str]) -> Iterator[_Entry]:
    for text in dict.fromkeys(texts):
        folded = fold(text)
        yield _Entry(text, folded, tuple(_WORD.findall(folded)))


def _best(typed: list[str], entries: Iterable[_Entry]) -> list[_Entry]:
    """Return the entries that have all the words, the last one begun: those that begin with them, then the shortest."""
    *whole, last = typed
    beginning = " ".join(typed)
    matching = [
        entry
        for entry in entries
        if all(word in entry.words for word in whole) and any(word.startswith(last) for word in entry.words)
    ]
    return sorted(
        matching, key=lambda entry: (not " ".join(entry.words).startswith(beginning), len(entry.text), entry.text)
    )


CompletionDependency = Annotated[CompletionService, Depends(provided(CompletionService))]
