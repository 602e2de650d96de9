"""Each section has its own language; short and doubtful sections have their document's."""

from __future__ import annotations

import pytest

from index.documents import SectionText
from ingest.text.language import assign_languages, detect_language

TEXTS = {
    "fr": "Les travailleurs frontaliers rentrent en principe chaque jour ou au moins une fois par semaine chez eux.",
    "en": "Frontier workers return as a rule daily or at least once a week to the country in which they live.",
    "de": "Grenzgänger kehren in der Regel täglich oder mindestens einmal wöchentlich an ihren Wohnort zurück.",
    "es": "Los trabajadores fronterizos regresan en principio cada día o al menos una vez por semana a su casa.",
    "it": "I lavoratori frontalieri ritornano in linea di massima ogni giorno o almeno una volta alla settimana.",
    "nl": "Grensarbeiders keren in beginsel dagelijks of ten minste eenmaal per week naar hun woonplaats terug.",
}


@pytest.mark.parametrize("language", TEXTS)
def test_the_six_languages_are_distinguished(language: str) -> None:
    assert detect_language(TEXTS[language]).language == language


def test_a_section_in_another_language_is_recognised_and_a_short_section_inherits() -> None:
    sections = [SectionText("1", TEXTS["fr"] * 3), SectionText("2", TEXTS["de"] * 3), SectionText("3", "Total: 12 %")]
    language, assigned = assign_languages(sections)
    assert language == "fr"
    assert [section.language for section in assigned] == ["fr", "de", "fr"]


def test_the_stated_language_is_the_documents_and_only_a_sure_section_overrules_it() -> None:
    language, assigned = assign_languages([SectionText("1", TEXTS["en"] * 3), SectionText("2", "Oui.")], "fr")
    assert language == "fr"
    assert [section.language for section in assigned] == ["en", "fr"]


def test_a_stated_language_beyond_the_six_holds_for_the_whole_document() -> None:
    _, assigned = assign_languages(
        [SectionText("1", "Muito obrigado pela vossa atenção e pela vossa presença aqui.")], "pt"
    )
    assert assigned[0].language == "pt"


def test_a_document_without_letters_has_no_language() -> None:
    assert assign_languages([SectionText("1", "12 34 56")])[0] == ""
