"""How damaged the text of a PDF page is, and which of two readers' texts is taken."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from ingest.text.cleaning import BULLETS

WORST_DAMAGE: Final = 0.002
MOST_SHORT: Final = 0.15  # of a text, in runs of words of four letters at most: 0.19 in "moni to rag", 0.12 in formulas

_BAD: Final = re.compile(
    r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ue000-\uf8ff\ufffd]|\(cid:\d+\)|/(?:g|c|uni)[0-9A-Fa-f]{2,4}\b"
)
_LONG_WORD: Final = re.compile(r"[^\W\d_]{35,}")
_SPACED: Final = re.compile(r"(?:\b[^\W\d_] ){5,}")
_SPLIT_UP: Final = re.compile(r"(?<![^\W_])[^\W\d_]{1,4} [^\W\d_]{1,4} [^\W\d_]{1,4}(?: [^\W\d_]{1,4})+(?![^\W_])")


def better(text: str, other: Callable[[], str]) -> str:
    """Return `text`, or the other reader's when `text` is missing or damaged and the other is less so."""
    if text.strip() and damage(text) <= WORST_DAMAGE:
        return text
    instead = other()
    if not instead.strip():
        return text
    return instead if not text.strip() or damage(instead) < damage(text) else text


def damage(text: str) -> float:
    """Return the share of characters that stand for nothing, or in glued or spaced words ("moni to rag")."""
    if not text.strip():
        return 1.0
    text = text.translate(BULLETS)
    bad = sum(len(found[0]) for pattern in (_BAD, _LONG_WORD, _SPACED) for found in pattern.finditer(text))
    split = sum(len(found[0]) for found in _SPLIT_UP.finditer(text))
    return (bad + (split if split > MOST_SHORT * len(text) and len(text) > 300 else 0)) / len(text)
