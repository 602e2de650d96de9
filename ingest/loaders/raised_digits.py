"""Write raised and lowered characters so that they change no number: 10⁶ and m² as such, the call of a note apart."""

from __future__ import annotations

import re
from typing import Final

SUPERSCRIPTS: Final = str.maketrans("0123456789+-−–=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ⁿ")
_SUBSCRIPTS: Final = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")
_BASE: Final = re.compile(
    r"(?:(?<![^\W_])(?:[kcdmhµ]?m|[A-Za-zα-ωΑ-Ω])"  # a unit of length, a letter that stands for a quantity
    r"|\b(?:cos|sin|tan|log|ln|exp)"
    r"|(?<!\d[\u00a0\u202f ])(?<![\d.,])10"  # a power of ten
    r"|[×·*=+/^(]\s?\d+(?:[.,]\d+)?)$"  # a number in a formula
)
_EXPONENT: Final = re.compile(r"[+\-−–]?\d+|n")
_CALLS: Final = re.compile(r"[(\[]?\s*(\d{1,3}(?:\s?[,;–-]\s?\d{1,3})*|[a-z])\s*[)\]]?")
_ORDINAL: Final = re.compile(r"\d[eoè]|(?<!\d)\d{1,2}\.?[adn]")


def is_exponent(before: str, raised: str) -> bool:
    """Say whether raised digits belong to what is before them ("10" and "6", "km" and "2"), and call no note."""
    return _EXPONENT.fullmatch(raised.strip()) is not None and _BASE.search(before) is not None


def write_raised(before: str, raised: str) -> str:
    """Return what to write after `before` for raised text: "⁶", "er", " (2)" for the call of a note."""
    if is_exponent(before, raised):
        return raised.strip().translate(SUPERSCRIPTS)
    calls = _CALLS.fullmatch(raised.strip())
    if calls is None or not before.strip():
        return raised
    if calls[1] == "o" and re.search(r"(?:\b[Nn]|\d)$", before):
        return "°"
    if not calls[1][0].isdigit() and (not before[-1].isdigit() or _ORDINAL.search(before + calls[1])):
        return raised
    return f" ({calls[1]})" if before[-1:].strip() else f"({calls[1]})"


def write_lowered(lowered: str) -> str:
    """Return lowered text with its digits as subscripts: CO₂, log₂."""
    return lowered.translate(_SUBSCRIPTS) if any(map(str.isdigit, lowered)) else lowered
