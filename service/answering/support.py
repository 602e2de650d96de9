"""Whether a model's sentence is borne by the quotes it cites: a true quote under a foreign sentence proves nothing.

A prompt hidden in a document makes a model write what its author wants, and any true quote may be put under it. Hence
each figure, address and name of a sentence must stand in its quotes, and the two must be near in meaning.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from index.types import Embedder

LONGEST: Final = 600  # characters of one sentence
NEAR: Final = 0.87  # paraphrases and translations lie at 0.88 to 0.98, sentences on one theme at 0.83 (95 %: 0.874)
WORDIER: Final = 2.5  # how many times longer than its quotes a sentence may be, beside SPARE characters
SPARE: Final = 60

_FIGURE: Final = re.compile(r"\d+")
_ADDRESS: Final = re.compile(r"\w+://\S+|\bwww\.\S+|\S+@\S+|\b[\w-]{2,}\.(?=\w*[a-z])[\w.-]{2,}(?:/\S*)?")
_MARKUP: Final = re.compile(r"[<>`{}|]|\]\s*\(|^\s*#|\*\*|__")
_NAME: Final = re.compile(r"(?<=[\w,;:)»’'] )[A-ZÀ-Ý][\w-]{2,}|\b[A-Z]{2,}\b")
_CAPITALISED_NOUNS: Final = frozenset({"de"})


@dataclass(frozen=True)
class Support:
    """Judges one sentence by the quotes under it."""

    embedder: Embedder
    near: float = NEAR

    def bears(self, sentence: str, quotes: Sequence[str], *, known: str = "", is_same_language: bool = True) -> bool:
        """Say whether the quotes bear the sentence. `known` is what may be named besides: the question, the titles."""
        proof = " ".join(quotes)
        if not sentence.strip() or len(sentence) > min(LONGEST, WORDIER * len(proof) + SPARE):
            return False
        if _adds(_FIGURE, sentence, proof) or _adds(_ADDRESS, sentence, proof) or _MARKUP.search(sentence):
            return False
        if is_same_language and _adds(_NAME, sentence, f"{proof} {known}"):
            return False
        one, other = self.embedder.embed_passages([sentence, proof])
        return float(one @ other) >= self.near


def names_can_be_compared(sentence_language: str, quote_language: str) -> bool:
    """Say whether names are spelt alike and told by their capital: not in German, not from one language to another."""
    return sentence_language == quote_language and sentence_language not in _CAPITALISED_NOUNS


def _adds(pattern: re.Pattern[str], sentence: str, proof: str) -> bool:
    """Say whether the sentence holds something of this kind that the proof does not."""
    known = proof.casefold()
    return any(found.rstrip(".,;:!?)»").casefold() not in known for found in pattern.findall(sentence))
