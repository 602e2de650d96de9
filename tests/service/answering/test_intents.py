"""What no sentence answers is told by its order, in six languages; a question for the documents is left to them."""

from __future__ import annotations

import pytest

from eval.collection import read_set
from service.answering.intents import read_intent

ORDERS = {
    "Résume le guide « Créer et faire vivre un GECT »": "summary",
    "Fais-moi un résumé de la note sur le télétravail": "summary",
    "Summarise the handbook on healthcare": "summary",
    "Fassen Sie den Leitfaden zum EVTZ zusammen": "summary",
    "Haz un resumen del estudio sobre ambulancias": "summary",
    "Riassumi lo studio sui frontalieri": "summary",
    "Vat de studie over grenseffecten samen": "summary",
    "Liste les fiches projet sur la santé": "list",
    "Montre-moi toutes les études": "list",
    "List all legal notes about the Belgian border": "list",
    "Liste alle Projektblätter auf": "list",
    "Lista las notas jurídicas": "list",
    "Elenca le schede sui trasporti": "list",
    "Geef me een lijst van studies": "list",
    "Combien de fiches sur la santé à la frontière franco-belge ?": "count",
    "Combien de documents avez-vous sur la Suisse ?": "count",
    "How many studies are there on transport?": "count",
    "Wie viele Studien gibt es zum Verkehr?": "count",
    "¿Cuántas fichas hay sobre salud?": "count",
    "Quante schede ci sono sulla salute?": "count",
    "Hoeveel projectfiches zijn er over gezondheid?": "count",
    "Compare les régimes fiscaux des frontaliers": "comparison",
    "Compare the trams of Strasbourg and Basel": "comparison",
    "Vergleiche die Tarife": "comparison",
    "Compara los hospitales": "comparison",
    "Confronta i tram": "comparison",
    "Vergelijk de havens": "comparison",
}


@pytest.mark.parametrize(("question", "kind"), ORDERS.items())
def test_an_order_is_known(question: str, kind: str) -> None:
    intent = read_intent(question)
    assert intent is not None
    assert intent.kind == kind


@pytest.mark.parametrize(
    "question",
    [
        "Combien de documents faut-il fournir pour un GECT ?",
        "Combien de jours de télétravail au Luxembourg ?",
        "How many members does the board have?",
        "Quelle est la différence entre un GECT et un GLCT ?",
        "Wie viele Tage darf ein Grenzgänger zu Hause arbeiten?",
    ],
)
def test_a_question_for_the_documents_is_none(question: str) -> None:
    assert read_intent(question) is None


@pytest.mark.parametrize("name", ["answers-dev", "unanswerable-dev", "corpus-fr", "corpus-multi", "home", "dialogues"])
def test_no_question_of_the_golden_sets_is_taken_for_an_order(name: str) -> None:
    topics = read_set(name).topics
    texts = [text for topic in topics for text in (topic.text, *topic.conversation)]
    assert [text for text in texts if read_intent(text)] == []


def test_the_subject_is_what_the_order_is_about() -> None:
    intent = read_intent("Résumez-moi la note sur le télétravail, s'il vous plaît")
    assert intent is not None
    assert intent.subject.startswith("note sur le télétravail")
