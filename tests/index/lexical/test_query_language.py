"""The language a query is asked in."""

from __future__ import annotations

import pytest

from index.lexical.query_language import detect_query_language, lower_capitals


@pytest.mark.parametrize(
    ("query", "language"),
    [
        ("Qui paie l'ambulance qui passe la frontière ?", "fr"),
        ("télétravail frontalier", "fr"),
        ("TÉLÉTRAVAIL FRONTALIER", "fr"),
        ("Wer zahlt den Rettungswagen?", "de"),
        ("Grenzgänger Steuer", "de"),
        ("grensarbeider belasting", "nl"),
        ("tassazione frontalieri", "it"),
        ("hospital transfronterizo", "es"),
        ("tax rules for frontier workers", "en"),
    ],
)
def test_the_language_of_a_query_is_detected_in_few_words(query: str, language: str) -> None:
    assert detect_query_language(query) == language


@pytest.mark.parametrize("query", ["", " ", "?", "GECT", "GECT 2024", "ZOAST", "883/2004", "2011/24/UE"])
def test_an_acronym_or_a_number_has_no_language(query: str) -> None:
    assert detect_query_language(query) == ""


def test_capitals_throughout_become_small_letters_and_acronyms_stay() -> None:
    assert lower_capitals("STATUTS DU GECT") == "statuts du GECT"
    assert lower_capitals("Le GECT") == "Le GECT"
