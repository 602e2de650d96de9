"""Quotes of a text that has changed: found again where it stands, shown from its former version, or gone."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from index.documents import Audience, Document, Kind, Metadata, Passage, SectionText
from index.settings import IndexSettings
from index.update import Indexer, PreparedDocument
from service.app import create_app
from service.library.open_index import OpenIndex
from service.settings import Settings
from service.wiring import build_parts
from tests.conftest import HashEmbedder
from tests.index.test_engine import engine_over
from tests.ingest.centre import NoLexical
from tests.service.dossiers.people import Person, person
from tests.service.fakes import OpenLibrary
from tests.service.signing_in import sign_in

RULE = "La règle est de trois ans."
FORMER = f"{RULE} Elle vaut pour tous."


def prepared(text: str, audience: Audience = Audience.PUBLIC) -> PreparedDocument:
    metadata = Metadata("Note", Kind.LEGAL_NOTE, audience, "fr")
    document = Document.from_sections("note", [SectionText("p. 1", text, "", "fr")], metadata)
    return PreparedDocument(document, [Passage("note", 0, len(text), text, "p. 1", "fr", "Note")])


class Centre:
    """A service over one document that changes, and two people who share a dossier."""

    def __init__(self, folder: Path) -> None:
        self.engine = engine_over(folder, [prepared(FORMER)])
        index = OpenIndex(self.engine, self.engine.store)
        settings = Settings(index=IndexSettings(data=folder), public_url="http://testserver")
        self.client = TestClient(create_app(build_parts(settings, OpenLibrary(index))))
        self.marie = person(self.client, "Marie", organisation="Ville")
        self.guest = person(self.client, "Jean", Audience.PUBLIC, organisation="Ville")
        self.dossier = self.marie.begin()
        quote = {"kind": "passage", "document_id": "note", "start": 0, "end": len(RULE)}
        self.marie.add(self.dossier, quote)
        self.marie.share(self.dossier, "organisation")

    def put(self, text: str, audience: Audience = Audience.PUBLIC) -> None:
        Indexer(self.engine.store, HashEmbedder(), NoLexical()).put([prepared(text, audience)])

    def quotes(self, reader: Person) -> list[tuple[str, str, bool]]:
        """Return what a reader sees of the quote: its words, its address, and whether it is from a former text."""
        return [
            (quote["quote"], quote["url"].partition("?")[2], quote["former_until"] is not None)
            for item in reader.items(self.dossier)
            for quote in item["quotes"]
        ]


@pytest.fixture
def centre(tmp_path: Path) -> Centre:
    return Centre(tmp_path)


def test_a_quote_that_moved_is_shown_where_it_stands_now(centre: Centre) -> None:
    centre.put(f"Nouveau préambule. {RULE}")
    for reader in (centre.marie, centre.guest):
        assert centre.quotes(reader) == [(RULE, f"start=19&end={19 + len(RULE)}#passage", False)]


def test_a_quote_the_present_text_has_no_more_is_shown_from_its_version_and_said_to_be(centre: Centre) -> None:
    centre.put("La règle est de cinq ans.")
    for reader in (centre.marie, centre.guest):
        ((words, address, is_former),) = centre.quotes(reader)
        assert (words, is_former) == (RULE, True)
        assert f"start=0&end={len(RULE)}&version=v" in address
    client, marie = centre.client, centre.marie
    (item,) = marie.items(centre.dossier)
    page = client.get(item["quotes"][0]["url"])
    assert f'<mark id="passage">{RULE}</mark>' in page.text
    sign_in(client, marie.headers["Authorization"].removeprefix("Bearer "))
    assert "Le texte actuel ne contient plus ce passage" in client.get(f"/dossiers/{centre.dossier}").text
    answer = marie.ask("GET", f"/dossiers/{centre.dossier}/export?format=odt")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert "Le texte actuel ne contient plus ce passage" in archive.read("content.xml").decode()


def test_a_former_text_others_may_not_see_is_shown_to_nobody_else(centre: Centre) -> None:
    centre.put("Le secret est de quatre ans.", Audience.MEMBER)
    secret = {"kind": "passage", "document_id": "note", "start": 0, "end": 28}
    centre.marie.add(centre.dossier, secret)
    assert [words for words, _, _ in centre.quotes(centre.marie)] == [RULE, "Le secret est de quatre ans."]
    assert centre.quotes(centre.guest) == []
    centre.put("La règle est de cinq ans.")
    assert [words for words, _, _ in centre.quotes(centre.marie)] == [RULE, "Le secret est de quatre ans."]
    assert [words for words, _, _ in centre.quotes(centre.guest)] == [RULE]
    assert len(centre.guest.items(centre.dossier)) == 1


def test_a_quote_can_be_taken_from_a_former_version_by_its_name(centre: Centre) -> None:
    centre.put("La règle est de cinq ans.")
    (item,) = centre.marie.items(centre.dossier)
    version = item["quotes"][0]["url"].partition("version=")[2].partition("#")[0]
    quote = {"kind": "passage", "document_id": "note", "start": 27, "end": len(FORMER), "version": version}
    centre.marie.add(centre.dossier, quote)
    assert [words for words, _, _ in centre.quotes(centre.guest)] == [RULE, "Elle vaut pour tous."]


def test_of_a_withdrawn_document_nothing_is_left_but_that_it_is_gone(centre: Centre) -> None:
    centre.engine.store.withdraw("note", "staff", "an error")
    (item,) = centre.marie.items(centre.dossier)
    assert (item["quotes"], item["unavailable"]) == ([], 1)
    assert centre.guest.items(centre.dossier) == []
    sign_in(centre.client, centre.marie.headers["Authorization"].removeprefix("Bearer "))
    page = centre.client.get(f"/dossiers/{centre.dossier}").text
    assert "plus disponible" in page
    assert "/documents/note" not in page
    centre.engine.store.reinstate("note")
    assert [words for words, _, _ in centre.quotes(centre.marie)] == [RULE]
