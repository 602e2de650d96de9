"""Where a list, a count, a summary and a comparison lead, within what the caller may see."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from index.clock import utc_today
from index.documents import Audience, Document, Kind, Metadata, SectionText
from index.types import Filter
from service.answering.intents import read_intent
from service.answering.referrals import Referral, refer
from service.library.concepts import read_thesaurus
from service.library.open_index import OpenIndex
from tests.service.fakes import MemoryEngine, MemoryStore, WordEmbedder
from tests.service.thesaurus import THESAURUS


def sheet(number: int, audience: Audience, themes: tuple[str, ...], borders: tuple[str, ...]) -> Document:
    metadata = Metadata(
        f"Fiche {number}", Kind.PROJECT_SHEET, audience, "fr", ("BE", "FR"), borders, themes, published=utc_today()
    )
    return Document.from_sections(f"fiche-{number}", [SectionText("p. 1", f"Un projet numéro {number}.")], metadata)


@pytest.fixture
def index(tmp_path: Path) -> OpenIndex:
    documents = [
        sheet(1, Audience.PUBLIC, ("health",), ("BE-FR",)),
        sheet(2, Audience.PUBLIC, ("health",), ("CH-FR",)),
        sheet(3, Audience.MEMBER, ("health",), ("BE-FR",)),
        sheet(4, Audience.PUBLIC, ("transport",), ("BE-FR",)),
        Document.from_sections(
            "guide",
            [SectionText("p. 1", "Comment créer un groupement.")],
            Metadata("Créer un GECT : guide pratique", Kind.PUBLICATION, Audience.MEMBER, "fr"),
        ),
    ]
    store = MemoryStore({document.id: document for document in documents}, tmp_path)
    return OpenIndex(MemoryEngine(store, WordEmbedder()), store)


def lead(index: OpenIndex, question: str, audience: Audience = Audience.PUBLIC) -> Referral:
    intent = read_intent(question)
    assert intent
    return refer(intent, question, index, Filter(audience, current_on=utc_today()), read_thesaurus(THESAURUS))


def params(referral: Referral) -> dict[str, list[str]]:
    return parse_qs(urlsplit(referral.path).query)


@pytest.mark.parametrize(
    ("question", "filters"),
    [
        (
            "Combien de fiches projet sur la santé à la frontière franco-belge ?",
            {"kind": ["project sheet"], "theme": ["health"], "border": ["BE-FR"]},
        ),
        ("How many project sheets are there on health?", {"kind": ["project sheet"], "theme": ["health"]}),
        ("Liste alle Projektblätter zum Verkehr auf", {"kind": ["project sheet"], "theme": ["transport"]}),
    ],
)
def test_a_list_is_the_search_page_with_its_filters(
    index: OpenIndex, question: str, filters: dict[str, list[str]]
) -> None:
    assert params(lead(index, question)) == {"q": [question]} | filters


def test_a_count_is_of_what_the_caller_may_see(index: OpenIndex) -> None:
    question = "Combien de fiches projet sur la santé à la frontière franco-belge ?"
    assert lead(index, question).count == 1
    assert lead(index, question, Audience.MEMBER).count == 2


def test_what_no_filter_says_is_not_counted(index: OpenIndex) -> None:
    referral = lead(index, "Combien de fiches projet sur les abattoirs ?")
    assert referral.count is None
    assert params(referral)["kind"] == ["project sheet"]


def test_a_summary_leads_to_the_document_the_caller_may_see(index: OpenIndex) -> None:
    question = "Résume le guide pratique « Créer un GECT »"
    assert lead(index, question, Audience.MEMBER).path == "/documents/guide/overview"
    hidden = lead(index, question)
    assert hidden.document is None
    assert hidden.path.startswith("/?q=")


def test_a_comparison_leads_to_the_table_across_borders(index: OpenIndex) -> None:
    assert lead(index, "Compare les hôpitaux").path == "/compare?q=Compare+les+h%C3%B4pitaux"
