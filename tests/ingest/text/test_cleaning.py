"""Texts have the characters and spaces a reader expects."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from ingest.text.cleaning import clean, one_line


def test_ligatures_soft_hyphens_and_odd_spaces_are_resolved() -> None:
    assert clean("ef\ufb01cace co\u00adopération\u00a0: l’e\u0301té\ufeff") == "efficace coopération : l’été"


def test_control_and_private_characters_go_and_bullets_stay() -> None:
    assert clean("a\x00b\x07c \uf0b7 point \ue123") == "abc • point"


def test_blank_lines_part_paragraphs_once() -> None:
    assert clean(" a  b \r\n\r\n\r\n\r\n c ") == "a b\n\nc"


def test_the_raised_o_of_numero_is_restored_in_references_only() -> None:
    assert clean("Ordonnance no 2022-544") == "Ordonnance n° 2022-544"
    assert clean("there are no 3 people") == "there are no 3 people"
    assert clean("1o Par tout professionnel") == "1° Par tout professionnel"


def test_text_read_in_the_wrong_encoding_is_read_back() -> None:
    assert clean("hôpital à créer".encode().decode("cp1252", errors="ignore")) == "hôpital à créer"


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert "\x00" not in once
    assert "\n" not in one_line(text)


def test_lone_surrogates_go_since_no_database_takes_them() -> None:
    assert clean("L’\udce9t\ud83d\u00e9") == "L’té"
    assert clean("un pont \U0001f309") == "un pont \U0001f309"


def test_windows_characters_declared_as_latin_1_are_what_was_typed() -> None:
    assert clean("l\x92\x9cuvre \x96 12 \x80") == "l’œuvre – 12 €"
