"""Find what somebody says they quote: word for word, line breaks and the shape of apostrophes aside."""

from __future__ import annotations

import re
from typing import Final

LEAST_WORDS: Final = 3  # a shorter quote stands in many places and proves nothing
LEAST_LETTERS: Final = 12

_ALIKE: Final = {one: f"[{group}]" for group in ("'’ʼ‘", '"“”„«»', "-‐‑–—") for one in group}
_LETTER: Final = re.compile(r"[^\W\d_]")


def find_quote(text: str, quote: str) -> tuple[int, int] | None:
    """Return where the quote stands in the text as [start, end), None when it does not or is too short to prove.

    Blanks of any kind count as one; typographic and typed apostrophes, quotation marks and hyphens as the same. Every
    other character must agree. What is quoted is then the text's own slice.
    """
    words = quote.split()
    if len(words) < LEAST_WORDS or len(_LETTER.findall(quote)) < LEAST_LETTERS:
        return None
    found = re.search(r"\s+".join("".join(_pattern(one) for one in word) for word in words), text)
    return found.span() if found else None


def _pattern(character: str) -> str:
    group = _ALIKE.get(character)
    if group is None:
        return re.escape(character)
    return group.replace("-", r"\-")
