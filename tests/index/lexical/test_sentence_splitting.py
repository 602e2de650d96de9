"""Sentences are slices, in order, with only blanks between them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.lexical.sentence_splitting import split_sentences

LANGUAGE = st.sampled_from(["fr", "de", "en", "es", "it", "nl", ""])
LIKELY = st.text(alphabet="abcdéA BÉ.!?…»«\"'()1234 ,\n\t\r\u00a0-•°ß", max_size=200)


def cut(text: str, language: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text, language)]


@given(st.one_of(LIKELY, st.text(max_size=200)), LANGUAGE)
def test_sentences_are_slices_in_order_and_only_blanks_are_lost(text: str, language: str) -> None:
    at = 0
    for start, end in split_sentences(text, language):
        assert at <= start < end <= len(text)
        assert text[at:start].strip() == ""
        assert text[start:end] == text[start:end].strip()
        at = end
    assert text[at:].strip() == ""


@given(st.lists(st.sampled_from(["Il pleut.", "Qui paie ?", "Oui !", "Le taux est de 3,5 %."]), max_size=8))
def test_plain_sentences_are_found_again(sentences: list[str]) -> None:
    assert cut(" ".join(sentences), "fr") == sentences


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("fr", "Selon l'art. 3, M. Dupont paie. Voir n° 12.", ["Selon l'art. 3, M. Dupont paie.", "Voir n° 12."]),
        ("fr", "Par ex. le GECT, p. ex. à Lille. Fin.", ["Par ex. le GECT, p. ex. à Lille.", "Fin."]),
        ("fr", "Il dit « Oui. » Puis il part.", ["Il dit « Oui. »", "Puis il part."]),
        ("fr", "« Qui paie ? » demande-t-il. Elle.", ["« Qui paie ? » demande-t-il.", "Elle."]),
        ("fr", "Le taux est de 3.5 %. Il baisse.", ["Le taux est de 3.5 %.", "Il baisse."]),
        ("fr", "Des écoles, etc. Les maires décident.", ["Des écoles, etc.", "Les maires décident."]),
        ("fr", "Voir art. L. 1115-1 du code. Bien.", ["Voir art. L. 1115-1 du code.", "Bien."]),
        ("fr", "Le pont du Rhin.12 Le bac reste.", ["Le pont du Rhin.12", "Le bac reste."]),
        ("de", "Am 3. Mai gilt Artikel 3. Die Regel steht.", ["Am 3. Mai gilt Artikel 3.", "Die Regel steht."]),
        ("de", "Das gilt z. B. für Busse bzw. Bahnen. Gut.", ["Das gilt z. B. für Busse bzw. Bahnen.", "Gut."]),
        ("de", "Es war 2020. Die Grenze schloss.", ["Es war 2020.", "Die Grenze schloss."]),
        ("de", "Das 2. Kapitel endet. Neu.", ["Das 2. Kapitel endet.", "Neu."]),
        ("en", "Dr. Smith met e.g. Ann. See No. 4.", ["Dr. Smith met e.g. Ann.", "See No. 4."]),
        ("en", "The answer is no. They left.", ["The answer is no.", "They left."]),
        ("es", "El art. 5 vale. ¿Quién paga? Nadie.", ["El art. 5 vale.", "¿Quién paga?", "Nadie."]),
        ("it", "Il sig. Rossi paga. La legge tace.", ["Il sig. Rossi paga.", "La legge tace."]),
        ("nl", "Dit geldt bijv. voor art. 5. De wet zwijgt.", ["Dit geldt bijv. voor art. 5.", "De wet zwijgt."]),
        ("fr", "1. Objet de la note\n2. Durée", ["1. Objet de la note", "2. Durée"]),
        ("fr", "Titre\nUne phrase qui passe\nà la ligne. Fin.", ["Titre", "Une phrase qui passe\nà la ligne.", "Fin."]),
        ("fr", "Sont visés :\n- les bus ;\n- les trains.", ["Sont visés :", "- les bus ;", "- les trains."]),
    ],
)
def test_abbreviations_ordinals_and_lists(language: str, text: str, expected: list[str]) -> None:
    assert cut(text, language) == expected
