"""Windows: every piece is read, none across sections, and a short one again at the head of the next window."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from service.answering.candidates import Piece
from service.answering.windows import MOST_PIECES, MOST_TOKENS, SHORT_ENOUGH, estimated_tokens, windows

LENGTHS = st.lists(st.tuples(st.integers(1, 900), st.booleans()), max_size=40)


def pieces_of(lengths: list[tuple[int, bool]]) -> list[Piece]:
    """Return pieces of these lengths; True begins a new section."""
    pieces: list[Piece] = []
    start = section = 0
    for length, is_new in lengths:
        section += is_new
        pieces.append(Piece(start, start + length, section, "sentence", "x" * length, "fr", "", True))
        start += length + 1
    return pieces


@given(LENGTHS)
def test_every_piece_is_read_in_order(lengths: list[tuple[int, bool]]) -> None:
    pieces = pieces_of(lengths)
    cut = windows(pieces)
    assert sorted({number for window in cut for number in window}) == list(range(len(pieces)))
    for window in cut:
        assert list(window) == list(range(window[0], window[-1] + 1))


@given(LENGTHS)
def test_no_window_crosses_a_section_or_is_too_long(lengths: list[tuple[int, bool]]) -> None:
    pieces = pieces_of(lengths)
    for window in windows(pieces):
        assert len({pieces[number].section for number in window}) == 1
        assert len(window) <= MOST_PIECES
        tokens = [estimated_tokens(pieces[number].text) for number in window]
        assert sum(tokens) <= MOST_TOKENS or len(window) == 1 or (len(window) == 2 and tokens[0] <= SHORT_ENOUGH)


def test_the_last_short_sentence_is_read_again_before_the_next() -> None:
    pieces = pieces_of([(400, False), (80, False), (400, False)])
    assert windows(pieces) == [(0, 1), (1, 2)]


def test_nothing_to_read_has_no_window() -> None:
    assert windows([]) == []
