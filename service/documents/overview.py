"""A document at a glance: under each of its headings the sentence that tells most of what stands there, word for word.

Nothing is written: a sentence is chosen, by a rule that needs no model and was compared with others
(`benchmarks/overview.py`). A heading, a question or a sentence that leans on the one before it is never chosen.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from index.documents import Document, Kind
from index.lexical.analysis import terms
from index.lexical.sentence_splitting import split_sentences
from service.web.block_display import DisplayedBlock, display_sections
from service.web.blocks import Span

SHORTEST: Final = 40  # characters of a sentence that tells something by itself
LONGEST: Final = 360
FEWEST_WORDS: Final = 6
FEWEST_ENTRIES: Final = 4  # sentences of a document that is worth an overview
LONG: Final = 4_000  # characters of one

_DANGLING: Final = {  # words a sentence begins with that leans on the one before it
    language: frozenset(words.split())
    for language, words in {
        "fr": "il elle ils elles ce cela ceci celui-ci celle-ci ceux-ci celles-ci ça cet cette ces mais donc or car"
        " ainsi aussi son sa ses enfin ensuite puis toutefois cependant néanmoins pourtant sinon lui leur en y c'est"
        " c’est d'autres d’autres autre",
        "en": "he she it they this that these those but so however therefore thus then also moreover otherwise such its"
        " their",
        "de": "er sie es dies diese dieser dieses aber doch also daher deshalb dann auch jedoch dort dabei dazu damit"
        " dafür ihre ihr sein seine",
        "es": "él ella ellos ellas esto eso este esta estos estas pero así además luego entonces también su sus",
        "it": "egli ella esso essi esse questo questa questi queste ma quindi dunque inoltre poi anche però infatti"
        " tuttavia",
        "nl": "hij zij ze dit dat deze maar dus daarom dan ook echter bovendien daarbij",
    }.items()
}
_ADDING: Final = re.compile(
    r"(?:en effet|par ailleurs|en revanche|de plus|en outre|par exemple|d[’']autre part|in addition|for example"
    r"|on the other hand|zum beispiel|außerdem|por ejemplo|sin embargo|per esempio|d[’']altra parte|bijvoorbeeld)\b",
    re.IGNORECASE,
)
_SILENT: Final = re.compile(
    r"(?:\d[\d.]*\s+)?(?:sources?|références?|quellen?|fuentes?|fonti|bronnen|references?|sommaire|contents|inhalt"
    r"|inhaltsverzeichnis|índice|indice|inhoud|bibliograph\w+|pour aller plus loin|further reading)\s*:?",
    re.IGNORECASE,
)
_FIGURE: Final = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class OverviewEntry:
    """A heading of a document, at its level as in HTML, and the sentence [start, end) that tells most below it."""

    heading: str
    level: int
    anchor: str
    label: str
    start: int = 0
    end: int = 0
    text: str = ""
    language: str = ""

    @property
    def has_sentence(self) -> bool:
        return bool(self.text)


class Sentence(NamedTuple):
    """A sentence [start, end) that may tell what a part says."""

    start: int
    end: int
    text: str
    terms: frozenset[str]


class Part(NamedTuple):
    """What stands between two headings, with the sentences that may tell it, in order."""

    heading: DisplayedBlock
    label: str
    language: str
    sentences: tuple[Sentence, ...]


@lru_cache(maxsize=64)
def overview_of(document: Document) -> tuple[OverviewEntry, ...]:
    """Return the document's headings in order, each with its sentence where one can stand for what is below it.

    Lists of sources and tables of contents are left out.
    """
    parts = list(parts_of(document))
    rarity = rarity_of(parts)
    return tuple(_entry(part, rarity) for part in parts if not _SILENT.fullmatch(part.heading.text.strip()))


def rarity_of(parts: Sequence[Part]) -> dict[str, float]:
    """Return how much each term of a document counts: the fewer of its sentences have it, the more."""
    return _rarity([sentence for part in parts for sentence in part.sentences])


def _rarity(sentences: Sequence[Sentence]) -> dict[str, float]:
    counts = Counter(term for sentence in sentences for term in sentence.terms)
    return {term: math.log(1 + len(sentences) / count) for term, count in counts.items()}


def is_long(document: Document) -> bool:
    """Say whether a document is long enough for an overview to spare reading."""
    if len(document.text) < LONG:
        return False
    return sum(entry.has_sentence for entry in overview_of(document)) >= FEWEST_ENTRIES


def choose(part: Part, rarity: Mapping[str, float]) -> Sentence | None:
    """Return the sentence that tells most of a part, None of one without any."""
    return next(iter(rank(part.sentences, part.heading.text, part.language, rarity)), None)


def rank(sentences: Sequence[Sentence], heading: str, language: str, rarity: Mapping[str, float]) -> list[Sentence]:
    """Return the sentences, first the one that tells most.

    What the others speak of too and the heading names, early, with figures.
    """
    if not sentences:
        return []
    named_terms = frozenset(term.text for term in terms(heading, language))
    central = centrality(sentences, rarity)

    def score(place: int) -> float:
        sentence = sentences[place]
        named = len(sentence.terms & named_terms) / max(len(named_terms), 1)
        has_figure = bool(_FIGURE.search(sentence.text))
        return central[place] + 0.5 * named + 0.6 / (1 + place) + 0.15 * has_figure

    order = sorted(range(len(sentences)), key=lambda place: (-score(place), place))
    return [sentences[place] for place in order]


def telling_sentences(document: Document, most: int) -> list[Sentence]:
    """Return at most so many sentences that tell what a document is about, the best first.

    Those of its overview come before others; a document without headings has only others.
    """
    parts = [part for part in parts_of(document) if not _SILENT.fullmatch(part.heading.text.strip())]
    rarity = rarity_of(parts)
    title, language = document.metadata.title, document.metadata.language
    first = rank([sentence for part in parts if (sentence := choose(part, rarity))], title, language, rarity)
    if len(first) < most:
        known = {sentence.start for sentence in first}
        others = [sentence for sentence in _all_sentences(document) if sentence.start not in known]
        first += rank(others, title, language, _rarity(others))
    return first[:most]


def centrality(sentences: Sequence[Sentence], rarity: Mapping[str, float]) -> list[float]:
    """Return how much of what the sentences speak of each speaks of, 1 for the one that does most."""
    shared = Counter(term for sentence in sentences for term in sentence.terms)
    shares = [
        sum(shared[term] * rarity[term] for term in sentence.terms) / math.sqrt(max(len(sentence.terms), 1))
        for sentence in sentences
    ]
    most = max(*shares, 1e-9)
    return [share / most for share in shares]


def _entry(part: Part, rarity: Mapping[str, float]) -> OverviewEntry:
    heading = part.heading
    chosen = choose(part, rarity)
    entry = OverviewEntry(heading.text, heading.level, heading.anchor, part.label)
    if chosen is None:
        return entry
    return OverviewEntry(
        heading.text,
        heading.level,
        heading.anchor,
        part.label,
        chosen.start,
        chosen.end,
        chosen.text,
        part.language,
    )


def parts_of(document: Document) -> Iterator[Part]:
    """Yield each heading with the sentences that stand below it and above the next."""
    is_thread = document.metadata.kind is Kind.FORUM_THREAD
    heading: DisplayedBlock | None = None
    label = language = ""
    sentences: list[Sentence] = []
    for number, shown in enumerate(display_sections(document, None)):
        own_language = shown.section.language or document.metadata.language
        for block in shown.blocks:
            if block.kind == "heading":
                if heading is not None:
                    yield Part(heading, label, language, tuple(sentences))
                heading, sentences, label, language = block, [], shown.section.label, own_language
            elif heading is not None and not (is_thread and number == 0):
                sentences += _sentences(document.text, block, own_language)
    if heading is not None:
        yield Part(heading, label, language, tuple(sentences))


def _all_sentences(document: Document) -> Iterator[Sentence]:
    """Yield every sentence of a document's running text that stands by itself."""
    for shown in display_sections(document, None):
        language = shown.section.language or document.metadata.language
        for block in shown.blocks:
            if block.kind != "heading":
                yield from _sentences(document.text, block, language)


def _sentences(text: str, block: DisplayedBlock, language: str) -> Iterator[Sentence]:
    for place in block.places:
        for start, end in split_sentences(text[slice(*place)], language):
            span = Span(place.start + start, place.start + end)
            sentence = text[slice(*span)]
            if _tells(sentence, language):
                words = frozenset(term.text for term in terms(sentence, language))
                yield Sentence(*span, sentence, words)


def _tells(sentence: str, language: str) -> bool:
    """Say whether a sentence stands by itself: whole, no question, and not leaning on the one before it."""
    if not (SHORTEST <= len(sentence) <= LONGEST and len(sentence.split()) >= FEWEST_WORDS) or "\n" in sentence:
        return False
    if sentence.rstrip(' »”")')[-1:] not in ".!…" or not (sentence[0].isupper() or sentence[0] in '«„“"0123456789'):
        return False
    first = re.split(r"[\s,]", sentence.lstrip('«„“" \u00a0').casefold(), maxsplit=1)[0]
    return first not in _DANGLING.get(language, ()) and not _ADDING.match(sentence)
