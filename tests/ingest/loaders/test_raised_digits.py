"""Raised and lowered characters change no number."""

from __future__ import annotations

import pytest

from ingest.loaders.raised_digits import write_lowered, write_raised


@pytest.mark.parametrize(
    ("before", "raised", "written"),
    [
        ("à 10", "6", "à 10⁶"),
        ("2 × 10", "-3", "2 × 10⁻³"),
        ("45 km", "2", "45 km²"),
        ("x", "2", "x²"),
        ("= 3", "2", "= 3²"),
    ],
)
def test_an_exponent_stays_raised(before: str, raised: str, written: str) -> None:
    assert before + write_raised(before, raised) == written


@pytest.mark.parametrize(
    ("before", "raised", "written"),
    [
        ("12 000", "2", "12 000 (2)"),
        ("de 110", "2", "de 110 (2)"),
        ("3 010", "2", "3 010 (2)"),
        ("frontaliers", "2", "frontaliers (2)"),
        ("programme", "3", "programme (3)"),
        ("5,3 %", "(1)", "5,3 % (1)"),
        ("prix", "1, 2", "prix (1, 2)"),
        ("12 000", "a", "12 000 (a)"),
    ],
)
def test_the_call_of_a_note_stays_apart(before: str, raised: str, written: str) -> None:
    assert before + write_raised(before, raised) == written


@pytest.mark.parametrize(
    ("before", "raised", "written"),
    [("le 1", "er", "le 1er"), ("M", "me", "Mme"), ("n", "o", "n°"), ("XX", "e", "XXe"), ("2", "o", "2°")],
)
def test_raised_letters_of_a_word_stay_in_it(before: str, raised: str, written: str) -> None:
    assert before + write_raised(before, raised) == written


def test_lowered_digits_stay_lowered() -> None:
    assert [write_lowered(text) for text in ("2", "max")] == ["₂", "max"]
