"""Prior solutions for a post being written: documents and solved threads near to it, each with why, or none at all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, NamedTuple

from index.documents import LANGUAGES, Document, Kind, Passage
from index.errors import UnknownDocument
from index.lexical.analysis import fold, terms
from index.lexical.query_language import detect_query_language
from index.lexical.sentence_splitting import split_sentences
from index.types import DocumentCard, Filter, Hit
from service.library.open_index import OpenIndex

_SOLUTION: Final = re.compile(
    r"\b(?:solutions?|lösung(?:en)?|solución|soluciones|soluzion[ei]|oplossing(?:en)?)\b", re.I
)
_NO_SOLUTIONS: Final = frozenset({Kind.PROBLEM_SHEET, Kind.FUNDING_CALL, Kind.EVENT, Kind.CONTACT})


class Post(NamedTuple):
    """What somebody is writing on a forum; `language` is "" when it was not given."""

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
    least_terms: int = 3  # a post with fewer words that say something is not considered yet
    depth: int = 40  # passages considered
    read: int = 1500  # characters of a post that count: its question is in its first lines


E5_SMALL: Final = Threshold()


class Quote(NamedTuple):
    """Words of a document: `text` is at [start, end) of it, in the section cited as `label`."""

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
    solution: Quote | None = None  # the beginning of a solved thread's accepted solution


class Suggestions(NamedTuple):
    """What to show beside a post being written, best first; both may be empty, and then nothing is shown."""

    threads: tuple[Suggestion, ...] = ()
    documents: tuple[Suggestion, ...] = ()


def suggest(post: Post, index: OpenIndex, within: Filter, threshold: Threshold = E5_SMALL) -> Suggestions:
    """Return the prior solutions inside the filter that are strong enough; mostly few, often none."""
    text = post.text[: threshold.read]
    language = detect_query_language(text) or post.language
    query_terms = content_terms(text, language)
    if len(query_terms) < threshold.least_terms:
        return Suggestions()
    strongest = nearest_passages(text, language, index, within, threshold)
    cards = index.store.cards([passage.document_id for passage, _ in strongest], within.access)
    near = [
        Suggestion(card, passage, strength, _words(passage, query_terms, language), _countries(card, text, language))
        for passage, strength in strongest
        if (card := cards.get(passage.document_id)) and is_solution(card)
    ]
    least = max((suggestion.strength for suggestion in near), default=0.0) - threshold.window
    shown = [suggestion for suggestion in near if suggestion.strength >= least]
    threads = [suggestion for suggestion in shown if _is_thread(suggestion.document)][: threshold.most]
    documents = [suggestion for suggestion in shown if not _is_thread(suggestion.document)][: threshold.most]
    return Suggestions(tuple(_with_solution(thread, index, within) for thread in threads), tuple(documents))


def content_terms(text: str, language: str) -> dict[str, str]:
    """Return the terms of a text that are not too short to say something, each with the word it was written as."""
    first = {term.text: text[term.start : term.end] for term in reversed(terms(text, language))}
    return {term: word for term, word in reversed(first.items()) if len(term) > 2}


def nearest_passages(
    text: str, language: str, index: OpenIndex, within: Filter, threshold: Threshold = E5_SMALL
) -> list[tuple[Passage, float]]:
    """Return the strongest passage of each document inside the filter that is near enough to a text."""
    hits = index.engine.rank(text, threshold.depth, within, "dense")
    passages = index.store.passages((hit.row for hit in hits), within.access)
    return strongest_passages(hits, passages, content_terms(text, language), language, threshold)


def strongest_passages(
    hits: Sequence[Hit],
    passages: Mapping[int, Passage],
    query_terms: Mapping[str, str],
    language: str,
    threshold: Threshold,
) -> list[tuple[Passage, float]]:
    """Return each document's strongest passage that is strong enough, strongest first."""
    best: dict[str, tuple[Passage, float]] = {}
    for hit in hits if query_terms else ():
        passage = passages.get(hit.row)
        if passage is None:
            continue
        least = best[passage.document_id][1] if passage.document_id in best else threshold.floor
        if hit.score + threshold.shared_weight < least:  # not even with every term: its terms need not be looked at
            continue
        share = threshold.share_across
        if passage.language == language:
            share = len(query_terms.keys() & _terms_of(passage)) / len(query_terms)
        strength = hit.score + threshold.shared_weight * share
        if strength >= threshold.floor and strength > best.get(passage.document_id, (passage, 0.0))[1]:
            best[passage.document_id] = (passage, strength)
    return sorted(best.values(), key=lambda pair: (-pair[1], pair[0].document_id))


def _terms_of(passage: Passage) -> frozenset[str]:
    """Return a passage's terms, those of its title and headings too."""
    return _terms(f"{passage.text}\n{passage.context}", passage.language)


@lru_cache(maxsize=2000)  # the passages near a post hardly change while it is typed: 1 ms each is saved
def _terms(text: str, language: str) -> frozenset[str]:
    return frozenset(term.text for term in terms(text, language, folded_too=True))


def _words(passage: Passage, query_terms: Mapping[str, str], language: str) -> tuple[str, ...]:
    if passage.language != language:
        return ()
    passage_terms = _terms_of(passage)
    return tuple(dict.fromkeys(word.lower() for term, word in query_terms.items() if term in passage_terms))[:8]


def _countries(card: DocumentCard, text: str, language: str) -> tuple[str, ...]:
    """Return the document's countries that the post names."""
    words = _between_blanks(text)
    return tuple(code for code in card.metadata.countries if any(name in words for name in _names(code, language)))


@cache
def _names(country: str, language: str) -> frozenset[str]:
    """Return a country's name in the post's language, in each language when that is not known."""
    from babel import Locale

    languages: Iterable[str] = [language] if language in LANGUAGES else LANGUAGES
    names = (str(Locale(code).territories.get(country, "")) for code in languages)
    return frozenset(_between_blanks(name) for name in names if name)


def _between_blanks(text: str) -> str:
    """Return the words of a text, folded, with one blank around each, so that whole words can be looked up in it."""
    return f" {' '.join(re.findall(r'[a-z0-9]+', fold(text)))} "


def _is_thread(card: DocumentCard) -> bool:
    return card.metadata.kind is Kind.FORUM_THREAD


def is_solution(card: DocumentCard) -> bool:
    """Say whether a document may hold a solution: no thread that nobody solved, no problem, call, event or contact."""
    return card.metadata.kind not in _NO_SOLUTIONS and (not _is_thread(card) or card.metadata.solved is True)


def _with_solution(suggestion: Suggestion, index: OpenIndex, within: Filter) -> Suggestion:
    try:
        thread = index.store.document(suggestion.document.id, within.access)
    except UnknownDocument:  # removed a moment ago
        return suggestion
    return suggestion._replace(solution=accepted_solution(thread))


def accepted_solution(thread: Document, longest: int = 320) -> Quote | None:
    """Return the beginning of a thread's accepted solution, in whole sentences; None when no section is one."""
    for section in reversed(thread.sections):
        if not _SOLUTION.search(section.heading or section.label):
            continue
        text = thread.text[section.start : section.end]
        spans = split_sentences(text, section.language or thread.metadata.language)
        ends = [end for _, end in spans if end <= longest] or [min(longest, len(text))]
        end = section.start + ends[-1]
        return Quote(thread.text[section.start : end], section.start, end, section.label)
    return None
