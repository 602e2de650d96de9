"""What completes a query: names of the thesaurus, and titles the caller may see."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from starlette.testclient import TestClient

from index.documents import Audience, Document, Kind, Metadata, SectionText
from service.app import create_app
from service.library.open_index import OpenIndex
from service.wiring import key_store
from tests.service.browsing import needs_chromium, served_site
from tests.service.conftest import make_parts
from tests.service.fakes import MemoryEngine, MemoryStore, OpenLibrary, WordEmbedder

SKOS = """
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix theme: <https://example.org/id/theme/> .
@prefix scheme: <https://example.org/id/> .
theme:health a skos:Concept ; skos:inScheme scheme:themes ;
    skos:prefLabel "tramway léger"@fr , "tram line"@en .
"""


def document(title: str, audience: Audience = Audience.PUBLIC, valid_to: date | None = None) -> Document:
    metadata = Metadata(title, Kind.STUDY, audience, "fr", valid_to=valid_to)
    return Document.from_sections(title, [SectionText("p. 1", "texte")], metadata, source="/s")


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    (tmp_path / "thesaurus.ttl").write_text(SKOS, encoding="utf-8")
    documents = [
        document("Étude du tram à Kehl"),
        document("Tram de Bâle"),
        document("Tram réservé", Audience.STAFF),
        document("Tram ancien", valid_to=date(2020, 1, 1)),
    ]
    store = MemoryStore({each.id: each for each in documents}, tmp_path)
    library = OpenLibrary(OpenIndex(MemoryEngine(store, WordEmbedder()), store))
    return TestClient(create_app(replace(make_parts(tmp_path), library=library, thesaurus=tmp_path / "thesaurus.ttl")))


def completions(client: TestClient, typed: str, lang: str = "fr", key: str = "") -> list[str]:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    answer = client.get("/api/v1/completions", params={"q": typed, "lang": lang}, headers=headers)
    return [f"{each['kind']} {each['text']}" for each in answer.json()["completions"]]


def test_names_come_first_then_titles_that_begin_so(client: TestClient) -> None:
    expected = ["concept tramway léger", "concept tram line", "title Tram de Bâle", "title Étude du tram à Kehl"]
    assert completions(client, "tra") == expected
    assert completions(client, "tra", "en")[:2] == ["concept tram line", "concept tramway léger"]


@pytest.mark.parametrize("typed", ["etude du tr", "ÉTUDE DU TR", "kehl étu"])
def test_accents_capitals_and_order_do_not_count(client: TestClient, typed: str) -> None:
    assert completions(client, typed) == ["title Étude du tram à Kehl"]


@pytest.mark.parametrize("typed", ["", " ", "t", "x" * 101, "trax", "ram"])
def test_there_may_be_nothing_to_complete(client: TestClient, typed: str) -> None:
    assert completions(client, typed) == []


def test_a_title_is_for_those_who_may_see_its_document_in_force(client: TestClient) -> None:
    parts = client.app.state.parts  # type: ignore[attr-defined]
    key = key_store(parts.settings).add("S", Audience.STAFF)
    assert "title Tram réservé" in completions(client, "tram", key=key)
    assert "title Tram réservé" not in completions(client, "tram")
    assert "title Tram ancien" not in completions(client, "tram", key=key)


def test_a_withdrawn_document_is_no_longer_offered(client: TestClient) -> None:
    assert "title Tram de Bâle" in completions(client, "tram")
    client.app.state.parts.library.borrow().store.withdraw("Tram de Bâle", "S", "")  # type: ignore[attr-defined]
    assert "title Tram de Bâle" not in completions(client, "tram")


def test_the_page_gives_them_as_opensearch_writes_suggestions(client: TestClient) -> None:
    answer = client.get("/completions?q=kehl&lang=fr")
    assert answer.headers["content-type"] == "application/x-suggestions+json"
    assert answer.json() == ["kehl", ["Étude du tram à Kehl"]]


@needs_chromium
def test_the_box_offers_what_the_service_completes(tmp_path: Path, browser: Browser) -> None:
    with served_site(tmp_path) as site, browser.new_context(base_url=site.address, locale="fr-FR") as context:
        page = context.new_page()
        page.goto("/")
        page.locator("#q").press_sequentially("télét")
        page.wait_for_selector("#completions option", state="attached")
        offered = page.locator("#completions option").evaluate_all("options => options.map(option => option.value)")
        assert any("télétravail" in text.lower() for text in offered)
