"""The directory: who is at a border, which calls are open there and what is to come, for whoever may see it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from index.clock import utc_today
from index.documents import Access, Audience, Document, Kind
from service.app import create_app
from service.browse.listing import SeenDocuments
from service.directory.listing import Directory, DirectoryFilter, list_directory
from service.library.open_index import OpenIndex
from service.wiring import key_store
from tests.service.cases import case
from tests.service.conftest import make_parts
from tests.service.fakes import MemoryEngine, MemoryStore, OpenLibrary, WordEmbedder

TODAY = utc_today()
SOON, LATER, GONE = TODAY + timedelta(days=3), TODAY + timedelta(days=30), date(2020, 1, 1)


def contact(name: str, *borders: str, **fields: Any) -> Document:
    return case(name, *borders, kind=Kind.CONTACT, **{"organisation": name.title(), "function": "Santé"} | fields)


def call(name: str, *borders: str, **fields: Any) -> Document:
    return case(name, *borders, kind=Kind.FUNDING_CALL, programme="Interreg", **fields)


DOCUMENTS = (
    contact("zone", "BE-FR", themes=("health",), territory="Eurometropolis"),
    contact("agence", "BE-FR", "FR-LU"),
    contact("agence-de", "BE-FR", "FR-LU", language="de", translation_of="agence"),
    contact("tram", "BE-FR", themes=("transport",)),
    contact("membres", "ES-FR", audience=Audience.MEMBER, territory="Pays basque"),
    contact("groupe", "CH-FR", audience=Audience.MEMBER, groups=("gt",)),
    call("tard", "BE-FR", deadline=LATER),
    call("tot", "BE-FR", deadline=SOON),
    call("permanent", "BE-FR"),
    call("europe", deadline=SOON),
    call("clos", "BE-FR", deadline=GONE),
    case("salon", "FR-LU", kind=Kind.EVENT, starts=GONE, ends=SOON, place="Metz"),
    case("fini", "FR-LU", kind=Kind.EVENT, starts=GONE),
    case("note", "DE-FR", kind=Kind.LEGAL_NOTE),
)
STORE = MemoryStore({document.id: document for document in DOCUMENTS}, Path())


def directory(access: Access | None = None, language: str = "fr", **narrowed: Any) -> Directory:
    return list_directory(STORE, SeenDocuments(), access or Access(), language, DirectoryFilter(**narrowed))


def names(directory: Directory) -> dict[str, list[list[str]]]:
    return {entry.border: [[work.document.id for work in works] for works in entry[1:]] for entry in directory.entries}


def test_each_border_has_its_contacts_open_calls_by_deadline_and_events_to_come() -> None:
    assert names(directory()) == {
        "BE-FR": [["agence", "tram", "zone"], ["tot", "tard", "permanent"], []],
        "FR-LU": [["agence"], [], ["salon"]],
        "": [[], ["europe"], []],
    }
    assert [entry.border for entry in directory().entries] == ["BE-FR", "FR-LU", ""]


def test_what_a_caller_may_not_see_is_in_no_list_and_no_choice() -> None:
    public, member = directory(), directory(Access(Audience.MEMBER))
    assert (public.borders, public.territories) == (("BE-FR", "FR-LU"), ("Eurometropolis",))
    assert (member.borders, member.territories) == (("BE-FR", "ES-FR", "FR-LU"), ("Eurometropolis", "Pays basque"))
    assert "CH-FR" in directory(Access(Audience.MEMBER, frozenset({"gt"}))).borders


def test_a_theme_keeps_what_names_it_and_what_names_none() -> None:
    assert names(directory(themes=("health",)))["BE-FR"][0] == ["agence", "zone"]


def test_a_border_and_a_territory_narrow() -> None:
    assert names(directory(borders=("FR-LU",))) == {"FR-LU": [["agence"], [], ["salon"]]}
    assert names(directory(territory="Eurometropolis")) == {"BE-FR": [["zone"], ["tot", "tard", "permanent"], []]}
    assert names(directory(territory="Pays basque")) == {}
    assert directory(borders=("ES-FR",)).entries == ()


def test_of_translations_the_reader_s_is_listed_once() -> None:
    assert names(directory(language="de"))["FR-LU"][0] == ["agence-de"]


@given(
    st.sampled_from(list(Audience)),
    st.frozensets(st.sampled_from(["gt", "other"])),
    st.sampled_from([(), ("BE-FR",), ("CH-FR", "ES-FR")]),
    st.sampled_from([(), ("health",), ("transport",)]),
)
def test_nothing_is_listed_that_ended_or_that_one_may_not_see(
    audience: Audience, groups: frozenset[str], borders: tuple[str, ...], themes: tuple[str, ...]
) -> None:
    access = Access(audience, groups)
    for entry in directory(access, borders=borders, themes=themes).entries:
        assert not borders or entry.border in borders
        for work in (*entry.contacts, *entry.calls, *entry.events):
            meta = work.document.metadata
            assert access.may_see(meta)
            assert meta.valid_to is None or meta.valid_to >= TODAY


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    library = OpenLibrary(OpenIndex(MemoryEngine(STORE, WordEmbedder()), STORE))
    return TestClient(create_app(replace(make_parts(tmp_path), library=library)))


def test_the_page_shows_whom_to_ask_and_until_when_to_apply(client: TestClient) -> None:
    page = client.get("/directory?lang=fr").text
    assert page.index("Agence") < page.index("Zone")
    assert "Date limite\u00a0: " in page
    assert "(dans 3 jours)" in page
    assert "Sans date limite" in page
    assert "Metz" in page
    assert "Eurometropolis" in page
    for absent in (">clos</a>", ">fini</a>", "membres", "Pays basque", "groupe"):
        assert absent not in page
    narrowed = client.get("/directory?border=FR-LU&theme=health&territory=&lang=fr").text
    assert 'value="FR-LU" selected' in narrowed
    assert "Zone" not in narrowed
    assert 'href="/directory"' in client.get("/?lang=fr").text


def test_a_wrong_choice_is_refused_and_an_empty_one_counts_for_nothing(client: TestClient) -> None:
    for query in ("border=FR", "theme=love", "territory=%00"):
        assert client.get(f"/directory?{query}").status_code == 422
        assert client.get(f"/api/v1/directory?{query}").status_code == 422
    assert client.get("/directory?border=&theme=&territory=").status_code == 200
    assert "Voir tout l’annuaire" in client.get("/directory?territory=Nulle+part&lang=fr").text


def test_the_api_gives_the_same_with_the_facts(client: TestClient, tmp_path: Path) -> None:
    answer = client.get("/api/v1/directory", params={"border": "BE-FR", "theme": "health"}).json()
    (entry,) = answer["borders"]
    assert [contact["id"] for contact in entry["contacts"]] == ["agence", "zone"]
    assert entry["contacts"][1]["territory"] == "Eurometropolis"
    assert [each["deadline"] for each in entry["calls"]] == [SOON.isoformat(), LATER.isoformat(), None]
    everything = client.get("/api/v1/directory").json()
    assert everything["borders"][-1]["border"] is None
    assert "Pays basque" not in everything["territories"]
    key = key_store(make_parts(tmp_path).settings).add("Marie", Audience.MEMBER)
    seen = client.get("/api/v1/directory", headers={"Authorization": f"Bearer {key}"}).json()
    assert "Pays basque" in seen["territories"]
