"""A quote is found word for word or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.answering.verification import find_quote

TEXT = "Le SMUR\nintervient  sans formalités\u00a0: c’est l’accord-cadre (2005) qui le dit."


@pytest.mark.parametrize(
    "quote",
    ["SMUR intervient sans formalités", "formalités : c'est l'accord-cadre", "l’accord‑cadre (2005) qui"],
)
def test_blanks_and_the_shape_of_apostrophes_make_no_difference(quote: str) -> None:
    assert find_quote(TEXT, f" {quote}  ") is not None


@pytest.mark.parametrize(
    "quote",
    [
        "",
        "   ",
        "le dit",
        "SMUR intervient avec formalités",
        "smur intervient sans formalités",
        "l.accord.cadre .* qui",
    ],
)
def test_anything_else_is_no_quote(quote: str) -> None:
    assert find_quote(TEXT, quote) is None


def test_too_short_a_quote_proves_nothing() -> None:
    assert find_quote("a b c d e f g h", "a b c") is None


WORDS = st.lists(st.text(st.characters(categories=["L", "N", "P"]), min_size=4, max_size=9), min_size=4, max_size=20)


@given(WORDS, st.data())
def test_every_slice_is_found_and_what_is_found_says_the_same(words: list[str], data: st.DataObject) -> None:
    text = "\n".join(words)
    first = data.draw(st.integers(0, len(words) - 3))
    last = data.draw(st.integers(first + 3, len(words)))
    quote = " ".join(words[first:last])
    span = find_quote(text, quote)
    if sum(letter.isalpha() for letter in quote) < 12:
        return
    assert span is not None
    assert len(text[slice(*span)].split()) == len(quote.split())
