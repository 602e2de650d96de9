"""The language a query is asked in."""

from __future__ import annotations

import pytest

from index.lexical.query_language import calm, query_language


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
def test_a_query_says_its_language_in_few_words(query: str, language: str) -> None:
    assert query_language(query) == language


@pytest.mark.parametrize("query", ["", " ", "?", "GECT", "GECT 2024", "ZOAST", "883/2004", "2011/24/UE"])
def test_an_acronym_or_a_number_says_none(query: str) -> None:
    assert query_language(query) == ""


def test_capitals_throughout_are_calmed_and_acronyms_stay() -> None:
    assert calm("STATUTS DU GECT") == "statuts du GECT"
    assert calm("Le GECT") == "Le GECT"
