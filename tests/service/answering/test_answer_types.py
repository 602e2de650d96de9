"""What a question asks for and what a sentence offers, in the six languages."""

from __future__ import annotations

import pytest

from service.answering.answer_types import expected_kinds, offer_of


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("Combien d'enfants peuvent y aller ?", {"number"}),
        ("Combien de temps dure l'accord ?", {"number", "duration"}),
        ("Wie viele Jahre gilt das Abkommen?", {"number", "duration"}),
        ("Since when has it applied?", {"date"}),
        ("In welcher Stadt sitzt das Sekretariat?", {"place"}),
        ("Welche Stadt zahlt?", {"place"}),
        ("¿Cuándo entró en vigor?", {"date"}),
        ("Chi paga il biglietto?", {"person"}),
        ("Waarom is de brug dicht?", {"reason"}),
        ("Faut-il un accord de la caisse ?", {"verdict"}),
        ("Darf der Verband etwas vorschreiben?", {"verdict"}),
        ("Le statut des élus", set()),
    ],
)
def test_small_words_say_what_is_asked_for(question: str, kinds: set[str]) -> None:
    assert expected_kinds(question) >= kinds
    assert "verdict" not in expected_kinds(question) - kinds


def test_a_date_is_no_number_and_a_number_word_is_one() -> None:
    assert not offer_of("Signé le 23 mai 1991.").number
    assert offer_of("Signé le 23 mai 1991.").date
    assert offer_of("Trente places pour chaque ville.").number
    assert not offer_of("Trente places pour chaque ville.").figure
    assert offer_of("La demande se fait dans les trois mois.").duration
    assert offer_of("Kehl wird Sitz des Sekretariats.").name
    assert offer_of("Non, c'est interdit.").verdict
