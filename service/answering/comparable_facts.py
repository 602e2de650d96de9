"""What of a text can be compared letter by letter: figures, months, addresses, signs, in one spelling each.

Whoever disguises an address or a figure relies on a reader seeing what a program does not: `②` for 2, `evil。com`
(IDNA's full stops), letters of another alphabet (UTS #39), characters that are not shown. Texts are brought to one form
(NFKC, one full stop, ASCII digits). Letters that none of the six languages writes are compared as they are, so that no
table of confusable ones is needed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from babel import Locale

from index.documents import LANGUAGES

SOFT_HYPHEN: Final = "\u00ad"
_FULL_STOPS: Final = {ord(sign): "." for sign in "。｡．․"}  # RFC 3490, section 3.1, and the one dot leader
_OWN_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyzßæœ")  # besides those that carry an accent
_WORD: Final = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
_FIGURE: Final = re.compile(r"\d+(?:[.,:/'’ ]\d+)*")
_GROUPED: Final = re.compile(r"\d{1,3}(?:([.,'’ ])\d{3})(?:\1\d{3})*(?:[.,]\d+)?")
_DECIMAL: Final = re.compile(r"\d+[.,]\d+")
_DATE: Final = re.compile(r"\b\d{1,2}[./](\d{1,2})[./]\d{2,4}\b|\b\d{4}-(\d{2})-\d{2}\b")
_MIXED: Final = re.compile(r"\b(?=\w*\d)(?=\w*[^\W\d_])\w+")  # A1, L1115, S2
_ADDRESS: Final = re.compile(
    r"\w+://\S+"  # with its scheme
    r"|(?<!\w)\S*\w@\w\S*|(?<!\w)@\w[\w.-]+"  # mail, and somebody's name in a network
    r"|(?<![\w.])(?:[\w-]+\.)+(?:xn--[\w-]+|[^\W\d_]{2,})(?::\d+)?(?:/\S*)?"  # a host, with its path
)
_SPELT_OUT: Final = re.compile(
    r"[\[({<]\s*(?:dot|point|punkt|punto|at|arobase|chiocciola)\s*[\])}>]"
    r"|\b(?:dot|point|punkt|punto)\s+(?:com|org|net|info|eu|ru|io)\b"
    r"|\w\s+\.\s*[^\W\d_]{2,}|\w\s*\.\s+(?:com|org|net|info|ru|io)\b",
    re.IGNORECASE,
)
_SMALL: Final = {  # 1 is left out: it is an article as well
    "fr": "deux trois quatre cinq six sept huit neuf dix onze douze",
    "en": "two three four five six seven eight nine ten eleven twelve",
    "de": "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
    "es": "dos tres cuatro cinco seis siete ocho nueve diez once doce",
    "it": "due tre quattro cinque sei sette otto nove dieci undici dodici",
    "nl": "twee drie vier vijf zes zeven acht negen tien elf twaalf",
}
_LARGE: Final = {
    "fr": {"quinze": 15, "vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60, "cent": 100},
    "en": {"fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "hundred": 100},
    "de": {"fünfzehn": 15, "zwanzig": 20, "dreißig": 30, "vierzig": 40, "fünfzig": 50, "sechzig": 60, "hundert": 100},
    "es": {"quince": 15, "veinte": 20, "treinta": 30, "cuarenta": 40, "cincuenta": 50, "sesenta": 60, "cien": 100},
    "it": {"quindici": 15, "venti": 20, "trenta": 30, "quaranta": 40, "cinquanta": 50, "sessanta": 60, "cento": 100},
    "nl": {"vijftien": 15, "twintig": 20, "dertig": 30, "veertig": 40, "vijftig": 50, "zestig": 60, "honderd": 100},
}
NUMBER_WORDS: Final = {
    language: {word: number for number, word in enumerate(words.split(), start=2)} | _LARGE[language]
    for language, words in _SMALL.items()
}


def normalise(text: str) -> str:
    """Return a text in one spelling: compatibility forms resolved, full stops and digits the usual ones."""
    composed = unicodedata.normalize("NFKC", text.replace(SOFT_HYPHEN, "")).translate(_FULL_STOPS)
    composed = composed.replace("\u2044", "/")  # what parts a fraction
    return "".join(_digit(character) for character in composed)


def has_hidden(text: str) -> bool:
    """Say whether a text holds characters that are not shown, or have no meaning that is agreed on."""
    return any(
        unicodedata.category(character) in {"Cf", "Co", "Cn", "Cs"} or (unicodedata.category(character) == "Cc")
        for character in text.replace(SOFT_HYPHEN, "")
        if character not in "\t\n\r"
    )


def words_of(text: str) -> list[str]:
    """Return the words of a normalised text as they are written."""
    return _WORD.findall(text)


def foreign_words(text: str) -> set[str]:
    """Return the words with letters the six languages do not write, such as those of another alphabet."""
    return {word.casefold() for word in words_of(text) if not all(map(_is_own, word))}


def signs(text: str) -> set[str]:
    """Return currencies and other symbols, but no punctuation."""
    return {character for character in text if unicodedata.category(character) in {"Sc", "So", "Sm"}} - {"°", "+"}


def figures(text: str) -> set[str]:
    """Return the numbers of a normalised text: "1 000", "1.000" and "1000" are one, "12,5" and "12.5" another."""
    return {figure for written in _FIGURE.findall(text) for figure in _figures(written)}


def spelt_figures(text: str, language: str) -> set[str]:
    """Return the numbers that are written as words, from 2 on; in any language where none is given."""
    languages = [language] if language in NUMBER_WORDS else list(NUMBER_WORDS)
    words = {word.casefold() for word in words_of(text)}
    return {str(number) for language in languages for word, number in NUMBER_WORDS[language].items() if word in words}


def months(text: str, language: str = "") -> set[int]:
    """Return the months of dates; a month's name counts beside a number, since many are words as well (may, mars)."""
    names = _month_names(language)
    pattern = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    beside = (
        rf"\b\d{{1,4}}(?:er|st|nd|rd|th|º|\.)?\s+(?:de\s+|of\s+)?({pattern})\b|\b({pattern})\s+(?:de\s+)?\d{{1,4}}\b"
    )
    months = {names[name.casefold()] for pair in re.findall(beside, text, re.IGNORECASE) for name in pair if name}
    return months | {int(number) for pair in _DATE.findall(text) for number in pair if number}


def mixed_words(text: str) -> set[str]:
    """Return the words made of letters and digits."""
    return {word.casefold() for word in _MIXED.findall(text)}


def addresses(text: str) -> set[str]:
    """Return addresses of sites, mail and networks, in small letters; without scheme and `www.`."""
    return {_address(written) for written in _ADDRESS.findall(text)}


def spelt_addresses(text: str) -> set[str]:
    """Return what reads as an address though it is not written as one: "evil [dot] com", "evil . com"."""
    return {" ".join(written.casefold().split()) for written in _SPELT_OUT.findall(text)}


def _address(written: str) -> str:
    plain = written.casefold().partition("://")[2] or written.casefold()
    return plain.removeprefix("www.").rstrip(".,;:!?)]}»”\"'/").removeprefix("(")


def _digit(character: str) -> str:
    return str(unicodedata.decimal(character)) if character.isdecimal() else character


def _is_own(character: str) -> bool:
    base = unicodedata.normalize("NFD", character)[0].casefold()[:1]
    return not character.isalpha() or base in _OWN_LETTERS


def _figures(written: str) -> Iterator[str]:
    if grouped := _GROUPED.fullmatch(written):
        mark = grouped[1]
        yield written.replace(mark, "").replace(",", ".")
    elif _DECIMAL.fullmatch(written):
        yield written.replace(",", ".")
    else:
        yield from (part.lstrip("0") or "0" for part in re.split(r"\D", written) if part)


@lru_cache(maxsize=8)
def _month_names(language: str) -> dict[str, int]:
    languages = [language] if language in LANGUAGES else LANGUAGES
    return {
        name.casefold(): number
        for language in languages
        for number, name in Locale(language).months["format"]["wide"].items()
    }
