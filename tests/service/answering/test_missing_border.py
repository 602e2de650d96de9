"""Borders are offered where the answer depends on one and the question names none."""

from __future__ import annotations

import pytest

from index.documents import Audience, Kind, Metadata
from index.types import DocumentCard, Filter, RankedDocument, Ranking
from service.answering.missing_border import MOST, borders_to_choose
from service.library.concepts import read_thesaurus
from tests.service.thesaurus import THESAURUS

EVERYTHING = Filter()
TAX = "Où un frontalier paie-t-il l'impôt ?"
OWN = [("CH-FR",), ("BE-FR",), ("BE-FR", "CH-FR", "DE-FR", "ES-FR", "FR-IT", "FR-LU", "FR-MC")]


def choose(
    question: str, borders: list[tuple[str, ...]], within: Filter = EVERYTHING, language: str = "fr"
) -> list[str]:
    documents = tuple(
        RankedDocument(
            DocumentCard(f"d{number}", Metadata("T", Kind.LEGAL_NOTE, Audience.PUBLIC, "fr", borders=listed)), (), 1.0
        )
        for number, listed in enumerate(borders)
    )
    ranking = Ranking(question, 1, documents, {}, language)
    return list(borders_to_choose(question, ranking, within, read_thesaurus(THESAURUS)))


def test_the_borders_of_the_best_documents_are_offered_the_best_ones_first() -> None:
    borders = choose(TAX, OWN)
    assert borders[:2] == ["CH-FR", "BE-FR"]
    assert len(borders) == MOST


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Which country pays unemployment benefit to a frontier worker?", "en"),
        ("Wo zahlt ein Grenzgänger Steuern?", "de"),
        ("¿Dónde tributa un trabajador fronterizo?", "es"),
        ("Dove paga le imposte un frontaliere?", "it"),
        ("Waar betaalt een grensarbeider belasting?", "nl"),
    ],
)
def test_they_are_offered_in_every_language(question: str, language: str) -> None:
    assert choose(question, OWN, language=language)[:2] == ["CH-FR", "BE-FR"]


@pytest.mark.parametrize(
    "question",
    [
        "Où un frontalier en Suisse paie-t-il l'impôt ?",
        "Un frontalier à Genève paie-t-il l'impôt ?",
        "Qui exploite le tram ?",
    ],
)
def test_a_question_that_names_a_place_or_does_not_depend_on_one_offers_none(question: str) -> None:
    assert choose(question, OWN) == []


def test_documents_of_one_border_or_of_all_leave_no_choice() -> None:
    assert choose(TAX, [("CH-FR",), ("CH-FR",), OWN[2]]) == []
    assert choose(TAX, [(), OWN[2]]) == []


def test_a_border_that_was_chosen_leaves_none() -> None:
    assert choose(TAX, OWN, Filter(borders=frozenset({"BE-FR"}))) == []
