"""What a question asks for and what a sentence offers, in the six languages."""

from __future__ import annotations

import pytest

from service.answering.answer_types import expected, offered


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
    assert expected(question) >= kinds
    assert "verdict" not in expected(question) - kinds


def test_a_date_is_no_number_and_a_number_word_is_one() -> None:
    assert not offered("Signé le 23 mai 1991.").number
    assert offered("Signé le 23 mai 1991.").date
    assert offered("Trente places pour chaque ville.").number
    assert not offered("Trente places pour chaque ville.").figure
    assert offered("La demande se fait dans les trois mois.").duration
    assert offered("Kehl wird Sitz des Sekretariats.").name
    assert offered("Non, c'est interdit.").verdict
