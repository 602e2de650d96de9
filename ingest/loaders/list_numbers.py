"""Write the numbers that office programs put before headings and paragraphs: "Article 2", "1.3", "b)", "IV."."""

from __future__ import annotations

from typing import Final

from ingest.loaders.outline import Outline, article_label, heading_level_of_line

_ROMAN: Final = (
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"),
    (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip
_MOST_LETTERS: Final = 26 * 40


def write_number(number: int, kind: str) -> str:
    """Return a number in one of the ways of Word ("lowerRoman") or OpenDocument ("i"), in figures for other ways."""
    if kind in ("upperRoman", "I"):
        return _roman(number)
    if kind in ("lowerRoman", "i"):
        return _roman(number).lower()
    if kind in ("upperLetter", "A"):
        return _letters(number).upper()
    if kind in ("lowerLetter", "a"):
        return _letters(number)
    if kind == "decimalZero":
        return f"{number:02}"
    if kind == "ordinal":
        return "1er" if number == 1 else f"{number}e"
    return str(number)


def _roman(number: int) -> str:
    if not 0 < number < 4000:
        return str(number)
    text = ""
    for value, sign in _ROMAN:
        text += sign * (number // value)
        number %= value
    return text


def _letters(number: int) -> str:
    """Return a letter, doubled after z as Word does: a, b … z, aa, bb."""
    if not 0 < number <= _MOST_LETTERS:
        return str(number)
    return chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)


def is_division(number: str) -> bool:
    """Say whether the number names a part of a text by itself ("Article 2", "Chapitre IV"), as no item's does."""
    number = number.strip(" .:–—-")
    return bool(article_label(number)) or heading_level_of_line(number) > 0


def join_number(number: str, text: str) -> str:
    """Return a numbered heading or paragraph on one line: "Article 2 – Durée", "1.3 Durée"."""
    number, text = " ".join(number.split()), text.strip()
    if not number or not text:
        return number or text
    separator = " – " if is_division(number) and number[-1].isalnum() else " "
    return f"{number}{separator}{text}"


def add_item(outline: Outline, mark: str, text: str) -> None:
    """Add an item of a list; one numbered "Article 2" opens a section as a heading without markup does."""
    if is_division(mark):
        outline.add_text(mark)
        outline.add_text(text)
    elif text:
        outline.add(join_number(mark, text))
