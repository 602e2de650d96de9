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

from index.lexical.stopwords import STOP_WORDS

VERSION: Final = "terms-2"
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
_APOSTROPHE, _PART = re.compile("['’ʼ]"), re.compile("[^'’ʼ]+")
_ELIDING: Final = frozenset({"fr", "it"})
# What `\w` leaves out of words: combining marks, and the marks and joiners of the scripts of India and South-East Asia.
_MARK: Final = (
    r"\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0711-\u07fd"
    r"\u0816-\u0963\u0966-\u109f\u135d-\u135f\u1712-\u1734\u17b4-\u17d3\u1a17-\u1aff\u1b00-\u1cff\u1dc0-\u1dff\u200c\u200d"
    r"\u20d0-\u20f0\u302a-\u302f\u3099\u309a\ua66f-\ua69f\ua802-\uabef\ufe00-\ufe0f\ufe20-\ufe2f"
    r"\u17dd\u18a9\u1939-\u193b\u2cef-\u2cf1\u2d7f\u2de0-\u2dff\ua6f0-\ua6f1\ufb1e\U000101fd\U000102e0"
    r"\U00010376-\U0001037a\U00010a0d-\U00010a0f\U00010a38-\U00010a3f\U00010ae5-\U00010ae6\U00010d24-\U00010d27"
    r"\U00010eab-\U00010eac\U00010f46-\U00010f50\U00010f82-\U00010f85\U00011046\U00011070\U0001107f"
    r"\U000110b9-\U000110ba\U00011100-\U00011102\U00011133-\U00011134\U00011173\U000111c0\U000111ca"
    r"\U00011235-\U00011236\U000112e9-\U000112ea\U0001133b-\U0001133c\U0001134d\U00011366-\U00011374"
    r"\U00011442-\U00011446\U0001145e\U000114c2-\U000114c3\U000115bf-\U000115c0\U0001163f\U000116b6-\U000116b7"
    r"\U0001172b\U00011839-\U0001183a\U0001193d-\U0001193e\U00011943\U000119e0\U00011a34\U00011a47\U00011a99"
    r"\U00011c3f\U00011d42-\U00011d45\U00011d97\U00016af0-\U00016af4\U00016b30-\U00016b36\U00016ff0-\U00016ff1"
    r"\U0001bc9e\U0001d165-\U0001d169\U0001d16d-\U0001d172\U0001d17b-\U0001d182\U0001d185-\U0001d18b"
    r"\U0001d1aa-\U0001d1ad\U0001d242-\U0001d244\U0001e000-\U0001e02a\U0001e130-\U0001e136\U0001e2ae"
    r"\U0001e2ec-\U0001e2ef\U0001e8d0-\U0001e8d6\U0001e944-\U0001e94a"
)
_LETTER: Final = rf"[\w{_MARK}]"
_TOKEN: Final = re.compile(
    rf"""
    (?P<code>\b[LRDA]\.?\s?\d{{1,5}}(?:-\d{{1,4}})+\b)                # L. 1115-1, R131-2
  | (?P<act>\b\d{{1,4}}/\d{{1,4}}(?:/[A-Za-z]{{2,4}}\b)?)             # 883/2004, 2011/24/UE
  | (?P<acronym>\b(?:[A-Z]\.){{2,}}(?:[A-Z]\b)?)                      # G.E.C.T.
  | (?P<thousands>\b\d{{1,3}}(?:([ .,'’\u00a0\u202f])\d{{3}})(?:\2\d{{3}})*(?:[.,]\d+)?(?!{_LETTER}))  # 25 000
  | (?P<number>\d+(?:[.,]\d+)*(?!{_LETTER}))                          # 3,5
  | (?P<word>\w{_LETTER}*(?:['’ʼ]\w{_LETTER}*)*)
    """,
    re.VERBOSE,
)
_PARAGRAPH: Final = (
    r"§+|par(?:agraphes?|agraphs?|\.)|al(?:inéas?|\.)|Abs(?:atz|\.)"
    r"|apartados?|apdo\.|paragraf[oi]|comm[ai]|co\.|lid|leden"
)
_ARTICLE: Final = re.compile(
    r"\b(?:art(?:icles?|ikels?|ículos?|icol[oi]|ikelen)?\.?|§+)\s*"
    r"(?P<number>\d+\s?(?:bis|ter|quater|quinquies)\b|\d+\b)"
    rf"(?:\s?\((?P<bracketed>\d+)\)|,?\s*(?:{_PARAGRAPH})\s*(?P<paragraph>\d+)\b)?",
    re.IGNORECASE,
)
_LETTERS: Final = str.maketrans({"ß": "ss", "œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th"})


class Term(NamedTuple):
    """What is compared, and the characters [start, end) of the text it came from."""

    text: str
    start: int
    end: int


@lru_cache(maxsize=100_000)
def fold(word: str) -> str:
    """Return the word in lower case without accents: "Straßburg" and "Évian" become "strassburg" and "evian"."""
    if word.isascii():
        return word.lower()
    lower = unicodedata.normalize("NFKD", word).casefold().translate(_LETTERS)  # 𝔊 is a letter only once decomposed
    decomposed = unicodedata.normalize("NFKD", lower)
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def terms(text: str, language: str, *, folded_too: bool = False) -> list[Term]:
    """Return the text's terms in order, those of articles last.

    `folded_too` adds the stem of the folded word where it differs (documents). Languages without a stemmer here are
    only folded. Terms hold no blank.
    """
    all_terms = list(_terms(text, language, folded_too))
    for match in _ARTICLE.finditer(text):
        article = re.sub(r"\s", "", match["number"].lower())
        all_terms.append(Term(f"art:{article}", match.start(), match.end("number")))
        if paragraph := match["bracketed"] or match["paragraph"]:
            all_terms.append(Term(f"art:{article}:{paragraph}", match.start(), match.end()))
    return all_terms


def _terms(text: str, language: str, folded_too: bool) -> Iterator[Term]:
    stop = STOP_WORDS.get(language, frozenset())
    for token in _TOKEN.finditer(text):
        start, end = token.span()
        if token.lastgroup != "word":
            yield Term(_reference(token[0], token.lastgroup), start, end)
            continue
        for word, word_start, word_end in _words(token[0], start, language):
            lower = unicodedata.normalize("NFC", word).lower()
            if lower in stop:
                continue
            stemmed = _stem(lower, language)
            yield Term(stemmed, word_start, word_end)
            if folded_too and not lower.isascii():
                folded = _stem(fold(lower), language)
                if folded != stemmed:
                    yield Term(folded, word_start, word_end)


def _words(token: str, start: int, language: str) -> Iterator[tuple[str, int, int]]:
    """Yield the words of a token that may hold apostrophes, without what was elided."""
    if not _APOSTROPHE.search(token):
        yield token, start, start + len(token)
        return
    at = 0
    while language in _ELIDING or not language:
        elided = _ELISION.match(token, at)
        if elided is None:
            break
        at = elided.end()
    for part in _PART.finditer(token[at:]):
        if len(unicodedata.normalize("NFC", part[0])) > 1 or token == part[0]:
            yield part[0], start + at + part.start(), start + at + part.end()


def _reference(text: str, form: str | None) -> str:
    """Return one spelling for a reference: "L. 1115-1" is l1115-1, "2011/24/UE" and "2011/24/EU" are 2011/24."""
    if form == "act":
        return "/".join(text.split("/")[:2])
    if form == "thousands":
        mark = re.sub(r"\d", "", text)[0]  # what parts the thousands; another one parts the decimals
        return text.replace(mark, "").replace(",", ".")
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


@lru_cache(maxsize=256)  # every passage of a page is compared with one query
def _query_terms(query: str, language: str) -> frozenset[str]:
    return frozenset(term.text for term in terms(query, language))


def highlights(query: str, text: str, language: str) -> list[tuple[int, int]]:
    """Return the stretches [start, end) of the text whose terms the query has too, in order, none overlapping."""
    in_query = _query_terms(query, language)
    text_terms = terms(text, language, folded_too=True)
    spans = sorted((term.start, term.end) for term in text_terms if term.text in in_query)
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
