"""Words and numbers that stand in one file only once, so that each can be looked for in what is stored of it."""

from __future__ import annotations

import random
import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_SYLLABLES: Final = ("ba", "ré", "mi", "lô", "tu", "ça", "nè", "vo", "ki", "du")
_WORD: Final = re.compile(r"[^\W\d_]{6,}")
_NUMBER: Final = re.compile(r"(?<![\w.,])\d+(?:[ \u00a0\u202f,.’']\d{3}(?!\d))*(?:[.,]\d{1,2}(?!\d))?(?![\w])")


@dataclass
class Text:
    """The words of one file. What is `hidden` must not be stored; what is `aside` (running heads, struck) may be.

    `below` are those of notes, for which LibreOffice does not always find room on a page. `flow` are the words whose
    order is plain, `exact` what must be stored as it stands there.
    """

    chance: random.Random
    path: Path
    known: set[str] = field(default_factory=set)
    hidden: set[str] = field(default_factory=set)
    aside: set[str] = field(default_factory=set)
    below: set[str] = field(default_factory=set)
    flow: list[str] = field(default_factory=list)
    exact: list[str] = field(default_factory=list)

    def word(self) -> str:
        """Return a word that is in the file nowhere else."""
        number = (len(self.known) * 7919 + 4242) % 10_000
        word = "".join(_SYLLABLES[int(digit)] for digit in f"{number:04}")
        self.known.add(word)
        return word

    def number(self) -> int:
        """Return a number of four digits that is in the file nowhere else."""
        number = 1001 + (len(self.known) * 37) % 8999
        while str(number) in self.known or number % 10 == 0:
            number += 1
        self.known.add(str(number))
        return number

    def sentence(self, words: int = 9) -> str:
        """Return a sentence of the running text."""
        made = [self.word() for _ in range(words)]
        made.insert(self.chance.randrange(1, words), str(self.number()))
        self.flow += made
        return f"{' '.join(made).capitalize()}."

    def phrase(self, words: int = 3) -> str:
        """Return words that are seen, though not in a plain order."""
        return " ".join(self.word() for _ in range(words))

    def secret(self, words: int = 3) -> str:
        """Return words for a place where nobody sees them."""
        phrase = self.phrase(words)
        self.hidden.update(phrase.split())
        return phrase

    def beside(self, words: int = 2) -> str:
        """Return words that may be stored or not: a running head, struck text, a speaker's notes."""
        phrase = self.phrase(words)
        self.aside.update(phrase.split())
        return phrase

    def note(self, words: int = 3) -> str:
        """Return the words of a note below the text."""
        phrase = self.phrase(words)
        self.below.update(phrase.split())
        return phrase

    def exactly(self, sign: str) -> str:
        """Return a word that is to be stored right after the sign: "m² bami"."""
        word = self.word()
        self.exact.append(f"{sign} {word}")
        return word


def tokens(text: str) -> list[str]:
    """Return the words and the numbers of a text, a number by its value: "1 234,50" is 1234.5."""
    text = unicodedata.normalize("NFC", text).replace("\u00ad", "")
    found = [(match.start(), match[0].lower()) for match in _WORD.finditer(text)]
    found += [(match.start(), _value(match[0])) for match in _NUMBER.finditer(text)]
    return [token for _, token in sorted(found)]


def _value(number: str) -> str:
    digits = re.sub(r"[ \u00a0\u202f,.’'](?=\d{3}(?!\d))", "", number).replace(",", ".")
    return f"{float(digits):.2f}".rstrip("0").rstrip(".")
