"""What people call the kinds of documents."""

from __future__ import annotations

import pytest

from index.documents import Kind
from service.library.kind_names import kinds_named


@pytest.mark.parametrize(
    ("text", "language", "kind"),
    [
        ("liste les fiches projet", "fr", Kind.PROJECT_SHEET),
        ("les notes juridiques sur l'eau", "fr", Kind.LEGAL_NOTE),
        ("legal notes on water", "en", Kind.LEGAL_NOTE),
        ("alle Projektblätter", "de", Kind.PROJECT_SHEET),
        ("hilos del foro", "es", Kind.FORUM_THREAD),
        ("articoli di stampa", "it", Kind.PRESS_ARTICLE),
        ("juridische nota's", "nl", Kind.LEGAL_NOTE),
        ("les fiches problème sur l'eau", "fr", Kind.PROBLEM_SHEET),
        ("les fiches contact à cette frontière", "fr", Kind.CONTACT),
        ("les appels à projets", "fr", Kind.FUNDING_CALL),
        ("prochains événements", "fr", Kind.EVENT),
        ("problem factsheets", "en", Kind.PROBLEM_SHEET),
        ("calls for proposals", "en", Kind.FUNDING_CALL),
        ("Förderaufrufe", "de", Kind.FUNDING_CALL),
        ("fichas de problemas", "es", Kind.PROBLEM_SHEET),
        ("bandi", "it", Kind.FUNDING_CALL),
        ("probleemfiches", "nl", Kind.PROBLEM_SHEET),
    ],
)
def test_a_kind_is_known_by_its_names(text: str, language: str, kind: Kind) -> None:
    assert [named for named, _ in kinds_named(text, language)] == [kind]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("le projet de tram", "fr"),
        ("une fiche de paie", "fr"),
        ("the project", "en"),
        ("les événements culturels", "fr"),
    ],
)
def test_what_documents_are_about_is_no_kind(text: str, language: str) -> None:
    assert list(kinds_named(text, language)) == []
