"""Excerpts: a sentence in its paragraph, a row with its header, an item with what introduces it."""

from __future__ import annotations

from index.documents import Document, Kind, Metadata, SectionText
from service.answering.excerpts import Excerpt, excerpt_of

NOTE = """Le télétravail des frontaliers est encadré par un accord. Il fixe un plafond de jours par an.
Au-delà, l'impôt est dû.

Cotisations par régime :
Régime | Taux | Base
Général | 5,3 % | salaire brut
Agricole | 4,1 % | revenu

Il faut joindre :
- une copie du permis ;
- le contrat de travail signé."""


def excerpt(quote: str, text: str = NOTE, heading: str = "Guide > Le télétravail") -> Excerpt:
    document = Document.from_sections(
        "note", [SectionText("p. 3", text, heading)], Metadata(title="Guide", kind=Kind.LEGAL_NOTE, language="fr")
    )
    start = document.text.index(quote)
    return excerpt_of(document, start, start + len(quote))


def test_a_sentence_stands_in_its_paragraph_under_its_headings() -> None:
    shown = excerpt("Il fixe un plafond de jours par an.")
    assert shown.headings == ("Guide", "Le télétravail")
    assert shown.before == "Le télétravail des frontaliers est encadré par un accord."
    assert shown.after == "Au-delà, l'impôt est dû."


def test_a_row_has_its_header_its_cells_and_the_line_above_its_table() -> None:
    shown = excerpt("Agricole | 4,1 % | revenu")
    assert shown.header == ("Régime", "Taux", "Base")
    assert shown.row == ("Agricole", "4,1 %", "revenu")
    assert shown.introduction == "Cotisations par régime :"
    assert (shown.before, shown.after) == ("", "")


def test_an_item_has_the_sentence_that_introduces_its_list() -> None:
    assert excerpt("le contrat de travail signé.").introduction == "Il faut joindre :"


def test_a_paragraph_ends_where_a_blank_line_stands() -> None:
    assert excerpt("Deuxième phrase ici.", "Première phrase ici.\n\nDeuxième phrase ici.").before == ""


def test_a_first_row_alone_is_no_header() -> None:
    assert excerpt("Général | 5,3 %", "Général | 5,3 %").header == ()
