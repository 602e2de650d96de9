"""Comparable experiences: cases of other borders only, diverse, every statement proved, nothing hidden."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from index.documents import Audience, Kind
from index.types import DocumentCard, Filter, RankedDocument
from service.app import create_app
from service.experiences.cases import choose_cases, diversify, find_cases
from service.experiences.comparison import compare
from service.experiences.situations import read_situation, situation_of
from service.forum.suggestions import Quote
from service.library.concepts import NO_THESAURUS, Thesaurus, read_thesaurus
from service.wiring import key_store
from tests.service.cases import SITUATION, THESAURUS, case, index_of, names
from tests.service.conftest import make_parts
from tests.service.fakes import OpenLibrary

GERMAN = "Der Rettungswagen fuhr lange ohne Abkommen. Der EVTZ hat das geändert. Das Krankenhaus ist zufrieden."


@pytest.fixture(scope="module")
def thesaurus(tmp_path_factory: pytest.TempPathFactory) -> Thesaurus:
    path = tmp_path_factory.mktemp("skos") / "thesaurus.ttl"
    path.write_text(THESAURUS, encoding="utf-8")
    return read_thesaurus(path)


def test_only_what_was_lived_at_other_borders_is_a_case(thesaurus: Thesaurus) -> None:
    index = index_of(
        case("own", "ES-FR"),
        case("both", "BE-FR", "ES-FR"),
        case("other", "DE-FR"),
        case("note", "DE-FR", kind=Kind.LEGAL_NOTE),
        case("unsolved", "DE-FR", kind=Kind.FORUM_THREAD, solved=False),
        case("solved", "DE-FR", kind=Kind.FORUM_THREAD, solved=True),
        case("nowhere"),
        case("ended", "DE-FR", valid_to=date(2000, 1, 1)),
    )
    situation = read_situation(SITUATION, "", thesaurus)
    assert situation.borders == {"ES-FR"}
    cases = choose_cases(situation, 10, index, Filter(current_on=date(2020, 1, 1)), thesaurus)
    assert names(cases) == {"other", "solved"}


def test_a_border_that_is_given_goes_before_those_named(thesaurus: Thesaurus) -> None:
    index = index_of(case("own", "ES-FR"), case("other", "DE-FR"))
    situation = read_situation(SITUATION, "DE-FR", NO_THESAURUS)
    assert names(choose_cases(situation, 10, index, Filter(), NO_THESAURUS)) == {"own"}


@pytest.mark.parametrize(
    ("text", "borders"),
    [
        ("Entre la France et l'Espagne, rien ne va", {"ES-FR"}),
        ("Le SAMU met trente minutes", set()),
        ("À Trente, la neige", {"AT-IT"}),
        ("À la frontière franco-espagnole", {"ES-FR"}),
        ("À la frontière espagnole", {"ES-FR"}),
        ("une commune espagnole et la France", {"ES-FR"}),
        ("une commune espagnole", set()),
    ],
)
def test_borders_are_named_by_themselves_their_places_or_two_countries(
    thesaurus: Thesaurus, text: str, borders: set[str]
) -> None:
    assert thesaurus.borders_named(text, "fr") == borders


def test_a_document_is_no_case_for_itself_nor_is_its_translation(thesaurus: Thesaurus) -> None:
    source = case("source", "ES-FR")
    index = index_of(source, case("version", "DE-FR", translation_of="source"), case("other", "DE-FR"))
    assert names(choose_cases(situation_of(source, ""), 9, index, Filter(), thesaurus)) == {"other"}


def test_a_second_case_of_a_border_waits_for_a_case_of_another_that_is_nearly_as_good() -> None:
    def ranked(name: str, border: str, score: float) -> RankedDocument:
        return RankedDocument(DocumentCard(name, case(name, border).metadata), (), score)

    cases = [
        ranked("a", "DE-FR", 1.0),
        ranked("b", "DE-FR", 0.99),
        ranked("c", "BE-FR", 0.98),
        ranked("d", "FR-LU", 0.5),
    ]
    assert [chosen.document.id for chosen in diversify(cases, 4, 0.05)] == ["a", "c", "b", "d"]
    assert [chosen.document.id for chosen in diversify(cases, 2, 0.0)] == ["a", "b"]


def test_what_is_shared_is_said_across_languages_and_proved_in_both_texts(thesaurus: Thesaurus) -> None:
    german = case("de", "AT-DE", text=GERMAN, language="de", published=date(2019, 1, 1))
    situation = read_situation(SITUATION, "ES-FR", thesaurus)
    common, differs = compare(situation, german, Quote("", 0, 0, ""), thesaurus)
    assert [(shared.facet, shared.value) for shared in common] == [
        ("obstacle", "absence de convention"),
        ("theme", "ambulance"),
    ]
    for shared in common:
        assert shared.here is not None
        assert situation.text[shared.here.start : shared.here.end] == shared.here.text
        assert german.text[shared.there.start : shared.there.end] == shared.there.text == GERMAN[:43]
    by_facet = {difference.facet: difference for difference in differs}
    assert by_facet["border"].here == ("ES-FR",)
    assert by_facet["border"].there == ("AT-DE",)
    assert by_facet["country"].there == ("AT", "DE")
    assert (by_facet["language"].there, by_facet["published"].there) == (("de",), ("2019",))
    form = by_facet["legal form"]
    assert form.there == ("GECT",)
    assert form.quote is not None
    assert form.quote.text == "Der EVTZ hat das geändert."


def test_without_a_thesaurus_the_nearest_passage_is_what_is_comparable() -> None:
    situation = read_situation(SITUATION, "ES-FR", NO_THESAURUS)
    (only,) = find_cases(situation, 5, index_of(case("a", "DE-FR")), Filter(), NO_THESAURUS)
    assert [common.facet for common in only.comparable] == ["passage"]
    assert only.comparable[0].there.text.startswith("L'ambulance passe")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[TestClient, str]]:
    (tmp_path / "thesaurus.ttl").write_text(THESAURUS, encoding="utf-8")
    index = index_of(
        case("ouvert", "DE-FR"),
        case("reserve", "BE-FR", audience=Audience.MEMBER),
        case("ici", "ES-FR"),
        case("ouvert-de", "DE-FR", text=GERMAN, language="de", translation_of="ouvert"),
        case("cache-en", "DE-FR", language="en", audience=Audience.STAFF, translation_of="ouvert"),
    )
    parts = replace(make_parts(tmp_path), library=OpenLibrary(index), thesaurus=tmp_path / "thesaurus.ttl")
    with TestClient(create_app(parts), raise_server_exceptions=False) as client:
        yield client, key_store(parts.settings).add("Marie", Audience.MEMBER)


def ask(client: TestClient, key: str = "", **payload: Any) -> Any:
    return client.post("/api/v1/experiences", json=payload, headers={"Authorization": f"Bearer {key}"} if key else {})


def test_the_api_gives_cases_with_quotes_that_stand_in_their_documents(served: tuple[TestClient, str]) -> None:
    client, _ = served
    answer = ask(client, situation=SITUATION).json()
    assert answer["borders"] == ["ES-FR"]
    (only,) = answer["cases"]
    assert only["document"]["id"] == "ouvert"
    assert [variant["id"] for variant in only["variants"]] == ["ouvert-de"]
    for quote in [only["quote"], *(common["there"] for common in only["comparable"])]:
        text = client.get(f"/api/v1/documents/ouvert/text?start={quote['start']}&end={quote['end']}").text
        assert text == quote["text"]


def test_a_reserved_case_neither_shows_nor_counts_for_the_public(served: tuple[TestClient, str]) -> None:
    client, key = served
    assert "reserve" not in ask(client, situation=SITUATION).text
    assert {result["document"]["id"] for result in ask(client, key, situation=SITUATION).json()["cases"]} == {
        "ouvert",
        "reserve",
    }
    hidden, absent = (ask(client, document_id=name) for name in ("reserve", "none"))
    assert hidden.status_code == absent.status_code == 404
    assert "cache-en" not in ask(client, key, situation=SITUATION).text
    shown = client.get("/experiences", params={"q": SITUATION}).text
    assert "ouvert" in shown
    assert "reserve" not in shown
    assert "cache-en" not in shown


@pytest.mark.parametrize(
    "payload",
    [{}, {"situation": "a", "document_id": "b"}, {"situation": " "}, {"situation": "a", "border": "FR"}, {"k": 0}],
)
def test_a_request_that_is_not_understood_is_refused(served: tuple[TestClient, str], payload: dict[str, Any]) -> None:
    assert ask(served[0], **payload).status_code == 422


def test_the_page_shows_cases_by_border_in_the_readers_language(served: tuple[TestClient, str]) -> None:
    client, _ = served
    assert "Décrivez votre situation" in client.get("/experiences").text
    shown = client.get("/experiences", params={"q": SITUATION, "lang": "en"}).text
    assert 'id="border-DE-FR"' in shown
    assert "What is comparable" in shown
    assert "What differs" in shown
    assert "Also in:" in shown
    assert "ouvert-de" in shown
    from_document = client.get("/experiences", params={"document": "ici"}).text
    assert "ouvert" in from_document
    assert client.get("/experiences", params={"document": "none"}).status_code == 404
    assert client.get("/experiences", params={"q": "x", "border": "??"}).status_code == 422


def test_the_search_page_links_to_the_other_versions(served: tuple[TestClient, str]) -> None:
    shown = served[0].get("/", params={"q": "ambulance secours frontière"}).text
    assert 'href="/documents/ouvert-de" hreflang="de"' in shown
    assert "cache-en" not in shown


def test_a_text_that_has_ended_is_found_only_when_asked_for_and_names_its_successor(client: TestClient) -> None:
    old, payload = "notes/teletravail-2020", {"query": "télétravail des frontaliers pendant la crise"}
    assert old not in client.post("/api/v1/search", json=payload).text
    results = client.post("/api/v1/search", json=payload | {"filters": {"superseded": True}}).json()["results"]
    (document,) = [result["document"] for result in results if result["document"]["id"] == old]
    assert (document["valid_to"], document["replaced_by"]) == ("2022-06-30", "notes/teletravail")
    page = client.get("/", params={"q": payload["query"], "superseded": "1"}).text
    assert "Il est remplacé par" in page
    assert 'href="/documents/notes/teletravail"' in page
