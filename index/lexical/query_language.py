"""Which language a query is written in, and a query in capitals as it would be written in small letters."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from index.lexical.stopwords import STOP_WORDS

if TYPE_CHECKING:
    from lingua import LanguageDetector

_WORD = re.compile(r"\w+")
_ACRONYMS_AND_NUMBERS = re.compile(r"\b\w*(?:[^\W\d_a-zß-öø-ÿ]\w*[^\W\d_a-zß-öø-ÿ]|\d)\w*\b")
MIN_CONFIDENCE = 0.5  # below, the query has no language
SHORT = 3  # words too few to detect a language by: "accord de Karlsruhe" looks German
_ACRONYM = 4  # letters of a word in capitals that may be an acronym


def lower_capitals(query: str) -> str:
    """Return a query typed in capitals throughout in small letters; short words that may be acronyms stay."""
    words = _WORD.findall(query)
    if not query.isupper() or len(words) < 2:
        return query
    stop_words = frozenset().union(*STOP_WORDS.values())

    def lower_word(match: re.Match[str]) -> str:
        lower = match[0].lower()
        return lower if len(lower) > _ACRONYM or lower in stop_words else match[0]

    return _WORD.sub(lower_word, query)


def is_short(query: str) -> bool:
    """Say whether a query has too few words for its language to be certain."""
    return len(_WORD.findall(query)) <= SHORT


@lru_cache(maxsize=4096)
def detect_query_language(query: str) -> str:
    """Return the language a query is written in, one of the six, "" where that is unclear (an acronym, a number).

    By lingua's trigrams: on 802 questions of the golden sets right in 0.986 (0.953 of those of eight words or fewer),
    where counting stop words was right in 0.934 (0.523).
    """
    words = _ACRONYMS_AND_NUMBERS.sub(" ", unicodedata.normalize("NFC", lower_capitals(query)))
    if not words.strip():
        return ""
    best = _detector().compute_language_confidence_values(words)[0]
    return best.language.iso_code_639_1.name.lower() if best.value >= MIN_CONFIDENCE else ""


@cache
def _detector() -> LanguageDetector:
    from lingua import IsoCode639_1, LanguageDetectorBuilder

    codes = [getattr(IsoCode639_1, language.upper()) for language in STOP_WORDS]
    return (
        LanguageDetectorBuilder.from_iso_codes_639_1(*codes)
        .with_low_accuracy_mode()
        .with_preloaded_language_models()
        .build()
    )
