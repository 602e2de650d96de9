"""Where on a page a quote stands: found by its letters, on the page its label names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.pictures.matching import find_words
from service.pictures.service import page_of
from tests.service.paged import plain


@pytest.mark.parametrize(
    ("label", "page"), [("p. 12", 12), ("p. 3 (OCR)", 3), ("diapo 4", 4), ("art. 3", 0), ("p. 12-13", 0), ("", 0)]
)
def test_the_page_is_known_from_the_label(label: str, page: int) -> None:
    assert page_of(label) == page


WORDS = st.lists(st.text("abcdefghijklmnopqrstuvwxyzéà", min_size=1, max_size=9), min_size=3, max_size=60)


@given(WORDS, st.data())
def test_a_quote_is_found_whatever_stands_between_its_letters(words: list[str], data: st.DataObject) -> None:
    text = " ".join(words)
    start = data.draw(st.integers(0, len(text) - 2))
    end = data.draw(st.integers(start + 1, len(text)))
    noise = data.draw(st.lists(st.sampled_from(["", "", " ", "-\n", "\u0002", "\u00ad", "  "]), min_size=len(text)))
    page = [character for letter, more in zip(text, noise[: len(text)], strict=True) for character in (letter, *more)]
    positions = find_words(text, start, end, page)
    assert "".join(page[position] for position in positions if page[position].isalnum()) == plain(text[start:end])
