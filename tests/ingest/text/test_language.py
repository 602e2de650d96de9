"""Each section has its own language; short and doubtful ones their document's."""

from __future__ import annotations

import pytest

from index.documents import SectionText
from ingest.text.language import detected, with_languages

TEXTS = {
    "fr": "Les travailleurs frontaliers rentrent en principe chaque jour ou au moins une fois par semaine chez eux.",
    "en": "Frontier workers return as a rule daily or at least once a week to the country in which they live.",
    "de": "Grenzgänger kehren in der Regel täglich oder mindestens einmal wöchentlich an ihren Wohnort zurück.",
    "es": "Los trabajadores fronterizos regresan en principio cada día o al menos una vez por semana a su casa.",
    "it": "I lavoratori frontalieri ritornano in linea di massima ogni giorno o almeno una volta alla settimana.",
    "nl": "Grensarbeiders keren in beginsel dagelijks of ten minste eenmaal per week naar hun woonplaats terug.",
}


@pytest.mark.parametrize("language", TEXTS)
def test_the_six_languages_are_told_apart(language: str) -> None:
    assert detected(TEXTS[language])[0] == language


def test_a_section_in_another_language_is_known_and_a_short_one_inherits() -> None:
    sections = [SectionText("1", TEXTS["fr"] * 3), SectionText("2", TEXTS["de"] * 3), SectionText("3", "Total: 12 %")]
    language, placed = with_languages(sections)
    assert language == "fr"
    assert [one.language for one in placed] == ["fr", "de", "fr"]


def test_the_stated_language_is_the_documents_and_yields_only_to_a_sure_section() -> None:
    language, placed = with_languages([SectionText("1", TEXTS["en"] * 3), SectionText("2", "Oui.")], "fr")
    assert language == "fr"
    assert [one.language for one in placed] == ["en", "fr"]


def test_a_language_beyond_the_six_is_taken_at_its_word() -> None:
    _, placed = with_languages(
        [SectionText("1", "Muito obrigado pela vossa atenção e pela vossa presença aqui.")], "pt"
    )
    assert placed[0].language == "pt"


def test_a_document_without_letters_has_no_language() -> None:
    assert with_languages([SectionText("1", "12 34 56")])[0] == ""
