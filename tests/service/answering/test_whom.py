"""Contacts answer questions for somebody to turn to, and no others."""

from __future__ import annotations

import pytest

from index.documents import Audience, Kind, Metadata
from index.types import DocumentCard, RankedDocument
from service.answering.whom import documents_to_answer_from

DOCUMENTS = [
    RankedDocument(DocumentCard(kind.name, Metadata("T", kind, Audience.PUBLIC, "fr")), (), 1.0) for kind in Kind
]


def kinds(question: str) -> set[Kind]:
    return {ranked.document.metadata.kind for ranked in documents_to_answer_from(question, DOCUMENTS)}


@pytest.mark.parametrize(
    "question",
    [
        "Qui s'occupe de la santé à la frontière espagnole ?",
        "Comment contacter l'eurodistrict ?",
        "Wo finde ich Hilfe für Grenzgänger?",
        "¿A quién dirigirse para un proyecto?",
        "A chi rivolgersi per un progetto?",
    ],
)
def test_a_question_for_somebody_may_be_answered_by_a_contact(question: str) -> None:
    assert kinds(question) == set(Kind)


@pytest.mark.parametrize(
    "question", ["Combien de jours de télétravail ?", "Faut-il un certificat A1 ?", "Wann gilt das Abkommen?"]
)
def test_no_other_question_is_and_all_other_documents_stay_in_order(question: str) -> None:
    assert kinds(question) == set(Kind) - {Kind.CONTACT}
    shown = [ranked.document.id for ranked in documents_to_answer_from(question, DOCUMENTS)]
    assert shown == [kind.name for kind in Kind if kind is not Kind.CONTACT]
