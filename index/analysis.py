"""Text to terms, language by language, each with the characters it came from.

Order matters: references and acronyms are taken whole, elided words lose their article, stop words go, stems are cut
(Snowball, Porter 2001) and accents are folded last. Where folding first gives another stem ("sécurité", "securite")
a document is indexed under both, so that a query typed without accents finds it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final, NamedTuple

from index.stopwords import STOP_WORDS

VERSION: Final = "terms-1"
_STEMMERS: Final = {
    "fr": "french",
    "en": "english",
    "de": "german",
    "es": "spanish",
    "it": "italian",
    "nl": "dutch",
}
_ELISION: Final = re.compile(
    r"(?:[cdjlmnstyCDJLMNSTY]|qu|Qu|QU|lorsqu|puisqu|jusqu|quoiqu|quelqu|presqu|(?:d|n|s)?(?:all|dall|dell|nell|sull)"
    r"|un|quest|quell)['’ʼ](?=\w)",
    re.IGNORECASE,
)
_ELIDING: Final = frozenset({"fr", "it"})
_TOKEN: Final = re.compile(
    r"""
    (?P<code>\b[LRDA]\.?\s?\d{1,5}(?:-\d{1,4})+\b)                    # L. 1115-1, R131-2
  | (?P<act>\b\d{1,4}/\d{1,4}(?:/[A-Za-z]{2,4}\b)?)                   # 883/2004, 2011/24/UE
  | (?P<acronym>\b(?:[A-Z]\.){2,}(?:[A-Z]\b)?)                        # G.E.C.T.
  | (?P<number>\d+(?:[.,]\d+)*(?![\w]))                               # 3,5  1.000
  | (?P<word>\w+(?:['’ʼ]\w+)*)
    """,
    re.VERBOSE,
)
_ARTICLE: Final = re.compile(
    r"\b(?:art(?:icles?|ikels?|ículos?|icol[oi]|ikelen)?\.?|§+)\s*(?P<number>\d+)\b", re.IGNORECASE
)
_LETTERS: Final = str.maketrans({"ß": "ss", "œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th"})


class Term(NamedTuple):
    """What is compared, and the characters [start, end) of the text it came from."""

    text: str
    start: int
    end: int


def fold(word: str) -> str:
    """Return the word in lower case without accents: "Straßburg" and "Évian" become "strassburg" and "evian"."""
    decomposed = unicodedata.normalize("NFKD", word.casefold().translate(_LETTERS))
    return "".join(one for one in decomposed if not unicodedata.combining(one))


def terms(text: str, language: str, *, folded_too: bool = False) -> list[Term]:
    """Return the text's terms in order. `folded_too` adds the stem of the folded word where it differs (documents).

    Languages without a stemmer here are only folded. Terms hold no blank.
    """
    found = list(_terms(text, language, folded_too))
    found.extend(Term(f"art:{one['number']}", one.start(), one.end()) for one in _ARTICLE.finditer(text))
    return found


def _terms(text: str, language: str, folded_too: bool) -> Iterator[Term]:
    stop = STOP_WORDS.get(language, frozenset())
    for token in _TOKEN.finditer(text):
        start, end = token.span()
        if token.lastgroup != "word":
            yield Term(_reference(token[0], token.lastgroup), start, end)
            continue
        for word, begin, stop_at in _words(token[0], start, language):
            lower = word.lower()
            if lower in stop:
                continue
            stemmed = _stem(lower, language)
            yield Term(stemmed, begin, stop_at)
            if folded_too and not word.isascii():
                again = _stem(fold(word), language)
                if again != stemmed:
                    yield Term(again, begin, stop_at)


def _words(token: str, start: int, language: str) -> Iterator[tuple[str, int, int]]:
    """Yield the words of a token that may hold apostrophes, without what was elided."""
    at = 0
    while language in _ELIDING or not language:
        elided = _ELISION.match(token, at)
        if elided is None:
            break
        at = elided.end()
    for part in re.finditer(r"[^'’ʼ]+", token[at:]):
        if len(part[0]) > 1 or token == part[0]:
            yield part[0], start + at + part.start(), start + at + part.end()


def _reference(text: str, form: str | None) -> str:
    """Return one spelling for a reference: "L. 1115-1" is l1115-1, "2011/24/UE" and "2011/24/EU" are 2011/24."""
    if form == "act":
        return "/".join(text.split("/")[:2])
    if form == "number":
        return text.replace(",", ".")
    return fold(re.sub(r"[.\s]", "", text))


@lru_cache(maxsize=200_000)
def _stem(word: str, language: str) -> str:
    name = _STEMMERS.get(language)
    return fold(_stemmer(name).stemWord(word)) if name and not any(map(str.isdigit, word)) else fold(word)


@lru_cache(maxsize=8)
def _stemmer(name: str) -> Any:
    import Stemmer

    return Stemmer.Stemmer(name)


def highlights(query: str, text: str, language: str) -> list[tuple[int, int]]:
    """Return the stretches [start, end) of the text whose terms the query has too, in order, none overlapping."""
    wanted = {term.text for term in terms(query, language)}
    spans = sorted((one.start, one.end) for one in terms(text, language, folded_too=True) if one.text in wanted)
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
