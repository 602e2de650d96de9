"""An overview is made of the document's own sentences: whole, standing by themselves, each a click from its place."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from index.documents import Audience, Document, Kind, Metadata, SectionText
from index.settings import IndexSettings
from service.app import create_app
from service.documents.overview import is_long, overview_of
from service.library.open_index import OpenIndex
from service.settings import Settings
from service.wiring import build_parts, key_store
from tests.conftest import prepared
from tests.index.test_engine import engine_over
from tests.service.fakes import OpenLibrary

TRAM = "Le tram D relie Strasbourg à Kehl depuis le 28 avril 2017 par un pont de 288 mètres."
SENTENCES = [
    TRAM,
    "Il a coûté cher à la ville et à ses voisins de la rive droite.",
    "Qui paie le déficit du tram entre Strasbourg et Kehl chaque année ?",
    "Mais la ville de Kehl paie une part du déficit du tram chaque année.",
    "Deux villes, un seul billet",
    "Oui.",
]


def document(*sections: tuple[str, str], kind: Kind = Kind.STUDY) -> Document:
    parts = [SectionText(heading, text, heading, "fr") for heading, text in sections]
    return Document.from_sections("note", parts, Metadata("Une note", kind, Audience.PUBLIC, "fr"))


@given(st.permutations(SENTENCES), st.integers(1, len(SENTENCES)))
def test_what_is_chosen_is_a_whole_sentence_that_leans_on_no_other(sentences: list[str], count: int) -> None:
    made = document(("Le tram", "\n\n".join(sentences[:count])))
    (entry,) = overview_of(made)
    assert entry.text == (TRAM if TRAM in sentences[:count] else "")
    assert made.text[entry.start : entry.end] == entry.text


def test_the_sentence_that_the_heading_names_and_the_others_speak_of_is_chosen() -> None:
    text = (
        "Les deux rives ont longtemps vécu dos à dos, chacune avec ses lignes. "
        "Le déficit d'exploitation de la ligne est partagé entre Strasbourg et Kehl selon une clé de 2016. "
        "La ligne a une clé de partage, et le déficit de Kehl est plafonné."
    )
    (entry,) = overview_of(document(("Le partage du déficit", text)))
    assert entry.text.startswith("Le déficit d'exploitation")


def test_words_that_lean_in_one_language_begin_sentences_in_another() -> None:
    made = Document.from_sections(
        "note",
        [
            SectionText(
                "Lage",
                "Sie zahlen zusammen drei Millionen im Jahr. Die Gemeinden zahlen drei Millionen im Jahr.",
                "Lage",
                "de",
            )
        ],
        Metadata("Notiz", language="de"),
    )
    assert overview_of(made)[0].text == "Die Gemeinden zahlen drei Millionen im Jahr."


def test_sources_and_what_a_thread_asks_first_tell_nothing() -> None:
    assert [entry.heading for entry in overview_of(document(("Le tram", TRAM), ("Sources", TRAM)))] == ["Le tram"]
    asked, answered = overview_of(document(("Question", TRAM), ("Réponse", TRAM), kind=Kind.FORUM_THREAD))
    assert not asked.has_sentence
    assert answered.has_sentence


def test_only_what_is_long_and_has_parts_is_worth_an_overview() -> None:
    assert not is_long(document(*[(f"Partie {number}", TRAM) for number in range(9)]))
    assert not is_long(document(("Partie", f"{TRAM} " * 80)))
    assert is_long(document(*[(f"Partie {number}", f"{TRAM} " * 9) for number in range(9)]))


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("overview")
    documents = [
        prepared("tram", TRAM, "La douane de la gare de Kehl est fermée depuis le mois de mai 2019."),
        prepared("secret", TRAM, audience=Audience.MEMBER),
        prepared("tram/overview", "Un document dont le nom finit comme une adresse de cette page."),
    ]
    engine = engine_over(folder, documents)
    parts = build_parts(Settings(index=IndexSettings(data=folder)), OpenLibrary(OpenIndex(engine, engine.store)))
    with TestClient(create_app(parts), raise_server_exceptions=False) as client:
        yield client


def test_each_sentence_of_the_api_stands_at_its_offsets(client: TestClient) -> None:
    seen = client.get("/api/v1/documents/tram/overview").json()
    assert [entry["label"] for entry in seen["entries"]] == ["p. 1", "p. 2"]
    for entry in seen["entries"]:
        span = {"start": entry["start"], "end": entry["end"]}
        assert client.get("/api/v1/documents/tram/text", params=span).text == entry["text"]
        assert entry["url"].endswith(f"/documents/tram?start={span['start']}&end={span['end']}#passage")


def test_a_reader_goes_from_a_sentence_to_its_place_marked(client: TestClient) -> None:
    page = client.get("/documents/tram/overview")
    assert f'href="/documents/tram?start=0&amp;end={len(TRAM)}#passage"' in page.text
    assert f'<mark id="passage">{TRAM}</mark>' in client.get(f"/documents/tram?start=0&end={len(TRAM)}").text


def test_what_may_not_be_seen_has_no_overview_and_a_name_that_ends_like_one_is_a_document(client: TestClient) -> None:
    for path in ("/documents/secret/overview", "/api/v1/documents/secret/overview"):
        assert client.get(path).status_code == 404
        assert "Kehl" not in client.get(path).text
    key = key_store(client.app.state.parts.settings).add("Marie", Audience.MEMBER)  # type: ignore[attr-defined]
    headers = {"Authorization": f"Bearer {key}"}
    assert client.get("/api/v1/documents/secret/overview", headers=headers).status_code == 200
    assert client.get("/api/v1/documents/tram/overview/overview").json()["document_id"] == "tram/overview"
