"""Which language a query is asked in, told by its smallest words; and what a query in capitals says calmly."""

from __future__ import annotations

import re
import unicodedata

from index.stopwords import STOP_WORDS

_WORD = re.compile(r"\w+")
_ACRONYM = 4  # letters of a word in capitals that may be an acronym


def calm(query: str) -> str:
    """Return a query typed in capitals throughout in small letters; short words that may be acronyms stay."""
    words = _WORD.findall(query)
    if not query.isupper() or len(words) < 2:
        return query
    spoken = frozenset().union(*STOP_WORDS.values())

    def small(found: re.Match[str]) -> str:
        lower = found[0].lower()
        return lower if len(lower) > _ACRONYM or lower in spoken else found[0]

    return _WORD.sub(small, query)


def query_language(query: str) -> str:
    """Return the language most of the query's stop words belong to, "" when they do not say.

    A word counts less the more languages share it ("de", "in"), so that a short question is still told apart.
    """
    votes = dict.fromkeys(STOP_WORDS, 0.0)
    for word in _WORD.findall(unicodedata.normalize("NFC", query).lower()):
        speakers = [language for language, words in STOP_WORDS.items() if word in words]
        for language in speakers:
            votes[language] += 1 / len(speakers) ** 2
    best = max(votes, key=lambda language: votes[language])
    return best if votes[best] > 0 else ""
