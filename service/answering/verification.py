"""Whether what a language model says is borne out: its quotes stand in the documents, and its sentence in its quotes.

A prompt hidden in a document makes a model write what its author wants, and any true quote may be put under it. Hence
each figure, address and name of a sentence must stand in its quotes, and the two must be near in meaning.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from index.types import Embedder

LEAST_WORDS: Final = 3  # a shorter quote stands in many places and proves nothing
LEAST_LETTERS: Final = 12
LONGEST: Final = 600  # characters of one sentence
NEAR: Final = 0.87  # paraphrases and translations lie at 0.88 to 0.98, sentences on one theme at 0.83 (95 %: 0.874)
WORDIER: Final = 2.5  # how many times longer than its quotes a sentence may be, beside SPARE characters
SPARE: Final = 60

_ALIKE: Final = {sign: f"[{group}]" for group in ("'’ʼ‘", '"“”„«»', "-‐‑–—") for sign in group}
_LETTER: Final = re.compile(r"[^\W\d_]")
_FIGURE: Final = re.compile(r"\d+")
_ADDRESS: Final = re.compile(r"\w+://\S+|\bwww\.\S+|\S+@\S+|\b[\w-]{2,}\.(?=\w*[a-z])[\w.-]{2,}(?:/\S*)?")
_MARKUP: Final = re.compile(r"[<>`{}|]|\]\s*\(|^\s*#|\*\*|__")
_NAME: Final = re.compile(r"(?<=[\w,;:)»’'] )[A-ZÀ-Ý][\w-]{2,}|\b[A-Z]{2,}\b")
_CAPITALISED_NOUNS: Final = frozenset({"de"})


def find_quote(text: str, quote: str) -> tuple[int, int] | None:
    """Return where the quote stands in the text as [start, end), None when it does not or is too short to prove.

    Blanks of any kind count as one; typographic and typed apostrophes, quotation marks and hyphens as the same. Every
    other character must agree. What is quoted is then the text's own slice.
    """
    words = quote.split()
    if len(words) < LEAST_WORDS or len(_LETTER.findall(quote)) < LEAST_LETTERS:
        return None
    match = re.search(r"\s+".join("".join(map(_pattern, word)) for word in words), text)
    return match.span() if match else None


@dataclass(frozen=True)
class SupportCheck:
    """Judges whether the quotes under a sentence support it."""

    embedder: Embedder
    near: float = NEAR

    def is_supported(
        self, sentence: str, quotes: Sequence[str], *, known: str = "", is_same_language: bool = True
    ) -> bool:
        """Say whether the quotes support the sentence.

        `known` is what may be named besides: the question, the titles.
        """
        proof = " ".join(quotes)
        if not sentence.strip() or len(sentence) > min(LONGEST, WORDIER * len(proof) + SPARE):
            return False
        if _adds(_FIGURE, sentence, proof) or _adds(_ADDRESS, sentence, proof) or _MARKUP.search(sentence):
            return False
        if is_same_language and _adds(_NAME, sentence, f"{proof} {known}"):
            return False
        vectors = self.embedder.embed_passages([sentence, proof])
        return float(vectors[0] @ vectors[1]) >= self.near


def can_compare_names(sentence_language: str, quote_language: str) -> bool:
    """Say whether names are spelt alike and known by their capital: not in German, not from one language to another."""
    return sentence_language == quote_language and sentence_language not in _CAPITALISED_NOUNS


def _pattern(character: str) -> str:
    group = _ALIKE.get(character)
    if group is None:
        return re.escape(character)
    return group.replace("-", r"\-")


def _adds(pattern: re.Pattern[str], sentence: str, proof: str) -> bool:
    """Say whether the sentence holds something of this kind that the proof does not."""
    folded = proof.casefold()
    return any(match.rstrip(".,;:!?)»").casefold() not in folded for match in pattern.findall(sentence))
