"""An answer on the page: an excerpt that stands by itself, said to be what it is, and what its text is worth."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date

import pytest
from starlette.testclient import TestClient

from index.documents import Audience, Document, Kind, Metadata, SectionText
from index.types import Ranking
from service.answering.answers import Answer, Citation, ReadDocument, Sentence
from service.app import Parts, create_app
from service.library.open_index import OpenIndex
from tests.service.fakes import MemoryEngine, MemoryStore, OpenLibrary, WordEmbedder

TEXT = """Le télétravail des frontaliers est encadré par un accord. Il fixe un plafond de jours par an.
Au-delà, l'impôt est dû.

Cotisations par régime :
Régime | Taux
Général | 5,3 %
Agricole | 4,1 %"""
SENTENCE, ROW = "Il fixe un plafond de jours par an.", "Agricole | 4,1 %"
DOCUMENT = Document.from_sections(
    "note",
    [SectionText("p. 3", TEXT, "Guide > Le télétravail")],
    Metadata("Guide", Kind.FORUM_THREAD, Audience.PUBLIC, "fr", published=date(2021, 3, 1), valid_to=date(2022, 1, 31)),
)


@dataclass(frozen=True)
class Given:
    """Answers whatever is asked with what it was made with."""

    given: Answer

    def answer(self, question: str, ranking: Ranking, read: ReadDocument) -> Answer:
        return self.given


def said(quote: str) -> Sentence:
    start = TEXT.index(quote)
    return Sentence(quote, (Citation.of(DOCUMENT, "p. 3", start, start + len(quote)),), "fr")


def page(parts: Parts, given: Answer) -> str:
    """Return the answer's section of the page, its markup without line breaks."""
    store = MemoryStore({"note": DOCUMENT}, parts.settings.index.data)
    library = OpenLibrary(OpenIndex(MemoryEngine(store, WordEmbedder()), store))
    chosen = replace(parts, library=library, answerer=lambda index, within: Given(given))
    client = TestClient(create_app(chosen), raise_server_exceptions=False)
    whole = client.get("/?q=Quel+plafond+de+jours+de+télétravail+%3F&superseded=1&lang=fr").text
    shown = re.search(r'<section class="answer.*?</section>', whole, re.DOTALL)
    assert shown, whole
    return " ".join(shown[0].split())


def test_a_sentence_is_strong_in_its_paragraph_under_its_headings(parts: Parts) -> None:
    shown = page(parts, Answer((said(SENTENCE),), 0.9))
    assert "Ce que disent les documents" in shown
    assert f"<strong>{SENTENCE}</strong>" in shown
    assert "Le télétravail des frontaliers est encadré par un accord." in shown
    assert "Guide › Le télétravail" in shown


def test_a_row_is_a_small_table_with_its_header(parts: Parts) -> None:
    shown = page(parts, Answer((said(ROW),), 0.9))
    assert '<th scope="col">Régime</th><th scope="col">Taux</th>' in shown
    assert "<td>Agricole</td><td>4,1 %</td>" in shown
    assert "Cotisations par régime :" in shown


def test_a_source_says_what_it_is_and_whether_it_has_ended(parts: Parts) -> None:
    shown = page(parts, Answer((said(SENTENCE),), 0.9))
    for text in ("forum", '<time datetime="2021-03-01">', "jusqu’au 31 janvier 2022"):
        assert text in shown, text


@pytest.mark.parametrize(
    ("given", "title", "offers"),
    [
        (Answer((), 0.4, contradicting=(said(SENTENCE),)), "Les documents disent autre chose", False),
        (Answer((), 0.4, nearest=(said(SENTENCE),)), "Les documents ne répondent pas directement", True),
        (Answer((), 0.1), "Pas de réponse directe", True),
    ],
)
def test_what_is_no_answer_is_never_shown_as_one(parts: Parts, given: Answer, title: str, offers: bool) -> None:
    shown = page(parts, given)
    assert title in shown
    assert "Ce que disent les documents" not in shown
    assert ("/obstacles" in shown) is offers


def test_what_comes_near_beside_an_answer_is_folded_away(parts: Parts) -> None:
    shown = page(parts, Answer((said(SENTENCE),), 0.9, nearest=(said(ROW),)))
    before, _, folded = shown.partition("<details>")
    assert "4,1 %" not in before
    assert "4,1 %" in folded
