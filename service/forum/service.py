"""Prior solutions for a post being written: documents and solved threads near to it, each with why, or nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, NamedTuple

from index.documents import LANGUAGES, Document, Kind, Passage
from index.errors import UnknownDocument
from index.lexical.analysis import fold, terms
from index.lexical.query_language import query_language
from index.types import DocumentCard, Filter, Hit
from service.answering.sentence_splitting import sentences
from service.library.open_index import OpenIndex

_SOLUTION: Final = re.compile(
    r"\b(?:solutions?|lösung(?:en)?|solución|soluciones|soluzion[ei]|oplossing(?:en)?)\b", re.I
)


class Post(NamedTuple):
    """What somebody is writing on a forum; the language may be "" when nobody said it."""

    title: str
    body: str = ""
    language: str = ""

    @property
    def text(self) -> str:
        return f"{self.title.strip()}\n{self.body.strip()}".strip()


@dataclass(frozen=True, slots=True)
class Threshold:
    """When a document is near enough to a post to be shown: cosine + weight * share of the post's terms it has.

    Both numbers look at the passage and the post alone, never at the rest of the collection, so that what one caller is
    shown does not depend on documents they may not see. Across languages no term can be shared, and a fixed share is
    given instead. The cosines are multilingual-e5-small's: another model wants other numbers.
    Chosen on eval/sets/suggestions (60 posts with prior solutions, 20 without), where it shows a prior solution for 47
    of the 60 and nothing for any of the 20.
    """

    shared_weight: float = 0.10
    share_across: float = 0.15
    floor: float = 0.893
    window: float = 0.02  # how far below the best one a further suggestion may lie
    most: int = 3  # of each group
    least_terms: int = 3  # a post with fewer words that say something is not looked at yet
    depth: int = 40  # passages looked at
    read: int = 1500  # characters of a post that count: its question stands in its first lines


E5_SMALL: Final = Threshold()


class Quote(NamedTuple):
    """Words of a document: `text` stands at [start, end) of it, in the section cited as `label`."""

    text: str
    start: int
    end: int
    label: str


class Suggestion(NamedTuple):
    """A prior solution and why: the passage, the post's words and the countries that both name."""

    document: DocumentCard
    passage: Passage
    strength: float
    words: tuple[str, ...]
    countries: tuple[str, ...]
    solution: Quote | None = None  # how a solved thread's accepted solution begins


class Suggestions(NamedTuple):
    """What to show beside a post being written, best first; both may be empty, and then nothing is shown."""

    threads: tuple[Suggestion, ...] = ()
    documents: tuple[Suggestion, ...] = ()


def suggest(post: Post, index: OpenIndex, within: Filter, threshold: Threshold = E5_SMALL) -> Suggestions:
    """Return the prior solutions inside the filter that are strong enough; mostly few, often none."""
    text = post.text[: threshold.read]
    language = query_language(text) or post.language
    asked = asked_terms(text, language)
    if len(asked) < threshold.least_terms:
        return Suggestions()
    hits = index.engine.rank(text, threshold.depth, within, "dense")
    passages = index.store.passages(hit.row for hit in hits)
    strongest = strongest_passages(hits, passages, asked, language, threshold)
    cards = index.store.cards([one.document_id for one, _ in strongest], within.audience)
    shown = [
        Suggestion(card, passage, strength, _words(passage, asked, language), _countries(card, text, language))
        for passage, strength in strongest
        if (card := cards.get(passage.document_id)) and _is_solution(card)
    ]
    least = max((one.strength for one in shown), default=0.0) - threshold.window
    shown = [one for one in shown if one.strength >= least]
    threads = [one for one in shown if one.document.metadata.kind is Kind.FORUM_THREAD][: threshold.most]
    documents = [one for one in shown if one.document.metadata.kind is not Kind.FORUM_THREAD][: threshold.most]
    return Suggestions(tuple(_with_solution(one, index, within) for one in threads), tuple(documents))


def asked_terms(text: str, language: str) -> dict[str, str]:
    """Return the post's terms that say something, each with the word it was written as."""
    found = {term.text: text[term.start : term.end] for term in reversed(terms(text, language))}
    return {term: word for term, word in reversed(found.items()) if len(term) > 2}


def strongest_passages(
    hits: Sequence[Hit], passages: dict[int, Passage], asked: dict[str, str], language: str, threshold: Threshold
) -> list[tuple[Passage, float]]:
    """Return each document's strongest passage that is strong enough, strongest first."""
    best: dict[str, tuple[Passage, float]] = {}
    for hit in hits:
        passage = passages.get(hit.row)
        if passage is None:
            continue
        least = best[passage.document_id][1] if passage.document_id in best else threshold.floor
        if hit.score + threshold.shared_weight < least:  # not even with every term: its terms need not be looked at
            continue
        share = threshold.share_across
        if passage.language == language:
            share = len(asked.keys() & _terms_of(passage)) / len(asked)
        strength = hit.score + threshold.shared_weight * share
        if strength >= threshold.floor and strength > best.get(passage.document_id, (passage, 0.0))[1]:
            best[passage.document_id] = (passage, strength)
    return sorted(best.values(), key=lambda one: (-one[1], one[0].document_id))


def _terms_of(passage: Passage) -> frozenset[str]:
    """Return what a passage says, its title and headings too."""
    return _terms(f"{passage.text}\n{passage.context}", passage.language)


@lru_cache(maxsize=2000)  # the passages near a post hardly change while it is typed: 1 ms each is saved
def _terms(text: str, language: str) -> frozenset[str]:
    return frozenset(term.text for term in terms(text, language, folded_too=True))


def _words(passage: Passage, asked: dict[str, str], language: str) -> tuple[str, ...]:
    if passage.language != language:
        return ()
    said = _terms_of(passage)
    return tuple(dict.fromkeys(word.lower() for term, word in asked.items() if term in said))[:8]


def _countries(card: DocumentCard, text: str, language: str) -> tuple[str, ...]:
    """Return the document's countries that the post names."""
    said = f" {' '.join(re.findall(r'[a-z0-9]+', fold(text)))} "
    return tuple(code for code in card.metadata.countries if any(name in said for name in _names(code, language)))


@cache
def _names(country: str, language: str) -> frozenset[str]:
    """Return a country's name in the post's language, as its text is looked through: folded, a blank on each side."""
    from babel import Locale

    spoken: Iterable[str] = [language] if language in LANGUAGES else LANGUAGES
    names = (str(Locale(one).territories.get(country, "")) for one in spoken)
    return frozenset(f" {' '.join(re.findall(r'[a-z0-9]+', fold(name)))} " for name in names if name)


def _is_solution(card: DocumentCard) -> bool:
    """Leave out threads that nobody solved: they are no prior solutions."""
    return card.metadata.kind is not Kind.FORUM_THREAD or card.metadata.solved is True


def _with_solution(one: Suggestion, index: OpenIndex, within: Filter) -> Suggestion:
    try:
        thread = index.store.document(one.document.id, within.audience)
    except UnknownDocument:  # removed a moment ago
        return one
    return one._replace(solution=accepted_solution(thread))


def accepted_solution(thread: Document, longest: int = 320) -> Quote | None:
    """Return how the accepted solution of a thread begins, in whole sentences; None when no section is one."""
    for section in reversed(thread.sections):
        if not _SOLUTION.search(section.heading or section.label):
            continue
        text = thread.text[section.start : section.end]
        spans = sentences(text, section.language or thread.metadata.language)
        ends = [end for _, end in spans if end <= longest] or [min(longest, len(text))]
        end = section.start + ends[-1]
        return Quote(thread.text[section.start : end], section.start, end, section.label)
    return None
