"""How a query was read is said, on the page and through the API, and can be undone."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from index.documents import Audience, Document, Kind, Metadata, SectionText
from index.types import Filter, QueryReading, Ranking
from service.app import create_app
from service.library.open_index import OpenIndex
from service.wiring import key_store
from tests.service.conftest import make_parts
from tests.service.fakes import MemoryEngine, MemoryStore, OpenLibrary, WordEmbedder
from tests.service.signing_in import sign_in


@dataclass
class ReadingEngine(MemoryEngine):
    """Reads "tram -bus teletravial" as an engine does that corrects spelling."""

    def search(
        self,
        query: str,
        k: int = 10,
        within: Filter | None = None,
        reader_language: str = "",
        *,
        as_typed: bool = False,
    ) -> Ranking:
        text = "tram télétravail"
        if as_typed:
            reading = QueryReading("tram teletravial", False, (), ("bus",))
        else:
            reading = QueryReading(text, True, ("tram",), ("bus",))
        return replace(super().search(text, k, within, reader_language), query=query, reading=reading)


def document(name: str, audience: Audience = Audience.PUBLIC, valid_to: date | None = None) -> Document:
    metadata = Metadata(name, Kind.LEGAL_NOTE, audience, "fr", valid_to=valid_to)
    return Document.from_sections(name, [SectionText("p. 1", "Le tram et le télétravail.")], metadata, source="/s")


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    ended = date(2020, 1, 1)
    documents = [document("now"), document("ended", valid_to=ended), document("hidden", Audience.STAFF, ended)]
    store = MemoryStore({each.id: each for each in documents}, tmp_path)
    library = OpenLibrary(OpenIndex(ReadingEngine(store, WordEmbedder()), store))
    return TestClient(create_app(replace(make_parts(tmp_path), library=library)))


def readings(page: str) -> list[str]:
    texts = [re.sub(r"<[^>]+>", "", text) for text in re.findall(r'<p class="reading">(.*?)</p>', page, re.S)]
    return [" ".join(html.unescape(text).split()) for text in texts]


TYPED = '/?q="tram"+-bus+teletravial&lang=en'


def test_a_correction_phrases_and_what_is_left_out_are_said(client: TestClient) -> None:
    corrected, phrase, excluded, superseded = readings(client.get(TYPED).text)
    assert corrected == 'Searched for: tram télétravail Search for “"tram" -bus teletravial” as typed instead'
    assert phrase == "Word for word: tram. Search without the quotation marks"
    assert excluded == "Left out: bus. Leave nothing out"
    assert superseded == "1 text that is no longer in force is not shown. Show them too"


def test_each_can_be_undone(client: TestClient) -> None:
    page = client.get(TYPED).text
    typed, shown = (
        next(a for a in map(html.unescape, re.findall(r'href="([^"]+)"', page)) if word in a)
        for word in ("as_typed=1", "superseded=1")
    )
    as_typed = client.get(typed + "&lang=en").text
    assert readings(as_typed)[0] == "The words were searched for as typed. Correct the spelling"
    assert "as_typed=1" in re.findall(r'href="([^"]+sort=newest[^"]*)"', as_typed)[0]
    everything = client.get(shown + "&lang=en").text
    assert everything.count("<article>") == 2
    assert not any("no longer in force is not" in text for text in readings(everything))


def test_the_api_says_the_same(client: TestClient) -> None:
    answer = client.post("/api/v1/search", json={"query": "tram"}).json()
    reading = {"text": "tram télétravail", "is_corrected": True, "phrases": ["tram"], "excluded": ["bus"]}
    assert (answer["reading"], answer["superseded_hidden"]) == (reading, 1)
    as_typed = client.post("/api/v1/search", json={"query": "tram", "as_typed": True}).json()
    assert not as_typed["reading"]["is_corrected"]
    everything = client.post("/api/v1/search", json={"query": "tram", "filters": {"superseded": True}}).json()
    assert (everything["superseded_hidden"], len(everything["results"])) == (0, 2)


def test_what_is_hidden_from_a_caller_is_not_even_counted(client: TestClient) -> None:
    assert client.post("/api/v1/search", json={"query": "tram"}).json()["superseded_hidden"] == 1
    parts = client.app.state.parts  # type: ignore[attr-defined]
    assert sign_in(client, key_store(parts.settings).add("S", Audience.STAFF)) == 303
    assert "2 texts that are no longer in force" in client.get(TYPED).text


def test_a_wrong_value_is_named(client: TestClient) -> None:
    assert client.get("/?q=tram&as_typed=yes").status_code == 422
    assert client.post("/api/v1/search", json={"query": "tram", "as_typed": 1}).status_code == 422


def test_closed_calls_and_past_events_are_counted_by_their_kinds(tmp_path: Path) -> None:
    ended = date(2020, 1, 1)
    texts = [
        replace(
            document("appel"), metadata=Metadata("Appel", Kind.FUNDING_CALL, Audience.PUBLIC, "fr", deadline=ended)
        ),
        replace(document("clos"), metadata=Metadata("Clos", Kind.FUNDING_CALL, Audience.PUBLIC, "fr", deadline=ended)),
        replace(document("salon"), metadata=Metadata("Salon", Kind.EVENT, Audience.PUBLIC, "fr", starts=ended)),
        replace(document("ouvert"), metadata=Metadata("Ouvert", Kind.FUNDING_CALL, Audience.PUBLIC, "fr")),
        replace(document("membres"), metadata=Metadata("M", Kind.EVENT, Audience.MEMBER, "fr", starts=ended)),
    ]
    store = MemoryStore({each.id: each for each in texts}, tmp_path)
    library = OpenLibrary(OpenIndex(ReadingEngine(store, WordEmbedder()), store))
    client = TestClient(create_app(replace(make_parts(tmp_path), library=library)))
    response = client.post("/api/v1/search", json={"query": "tram"}).json()
    assert response["superseded_kinds"] == {"funding call": 2, "event": 1}
    assert response["superseded_hidden"] == 3
    assert [result["document"]["id"] for result in response["results"]] == ["ouvert"]
    page = client.get("/?q=tram&lang=fr").text
    assert readings(page)[-1] == (
        "2 appels clos ne sont pas montrés. 1 événement passé n’est pas montré. Les montrer aussi"
    )
    everything = client.get("/?q=tram&lang=fr&superseded=1").text
    assert everything.count("Clos depuis le 1 janvier 2020") == 2
