"""Which contacts belong to a case: of its border, of its theme or territory, and only those one may see."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from index.documents import Access, Audience, Document, Kind
from index.types import Filter
from service.app import create_app
from service.documents.contacts import MOST, find_contacts
from service.experiences.cases import find_cases
from service.experiences.situations import read_situation
from service.library.concepts import read_thesaurus
from service.wiring import key_store
from tests.service.cases import SITUATION, case, index_of
from tests.service.conftest import make_parts
from tests.service.fakes import MemoryStore, OpenLibrary

CASE = case("secours", "ES-FR", themes=("health",), text="Le secours entre Hendaye et Irun, au Pays basque.")


def contact(name: str, *borders: str, **fields: Any) -> Document:
    return case(name, *borders, kind=Kind.CONTACT, **fields)


def ids(*contacts: Document, of: Document = CASE, access: Access | None = None, language: str = "fr") -> list[str]:
    store = MemoryStore({document.id: document for document in contacts}, Path())
    return [card.id for card in find_contacts(of, store, access or Access(), language)]


def test_a_contact_is_of_the_border_and_of_no_other_theme() -> None:
    assert ids(
        contact("sante", "ES-FR", themes=("health",)),
        contact("general", "ES-FR"),
        contact("tram", "ES-FR", themes=("transport",)),
        contact("ailleurs", "DE-FR", themes=("health",)),
        contact("nulle part", themes=("health",)),
    ) == ["sante", "general"]


def test_one_whose_territory_the_case_names_comes_first_whatever_its_theme() -> None:
    contacts = (
        contact("sante", "ES-FR", themes=("health",)),
        contact("basque", "ES-FR", themes=("transport",), territory="Pays Basque"),
        contact("catalan", "ES-FR", themes=("transport",), territory="Catalogne"),
    )
    assert ids(*contacts) == ["basque", "sante"]


def test_at_most_a_few_and_those_of_fewer_borders_first() -> None:
    contacts = [contact(f"c{number}", "ES-FR", *["BE-FR"] * (number < 3)) for number in range(6)]
    assert ids(*contacts) == ["c3", "c4", "c5"]
    assert len(ids(*contacts)) == MOST


def test_of_translations_it_is_the_reader_s() -> None:
    contacts = (contact("fr", "ES-FR"), contact("es", "ES-FR", language="es", translation_of="fr"))
    assert [ids(*contacts, language=language) for language in ("fr", "es", "de")] == [["fr"], ["es"], ["fr"]]


def test_only_cases_have_contacts() -> None:
    for kind in Kind:
        of = replace(CASE, metadata=replace(CASE.metadata, kind=kind))
        is_case = kind in (Kind.PROJECT_SHEET, Kind.PROBLEM_SHEET, Kind.STUDY, Kind.FORUM_THREAD)
        assert ids(contact("c", "ES-FR"), of=of) == (["c"] if is_case else [])


def test_a_contact_for_members_or_a_group_is_for_them() -> None:
    contacts = (
        contact("membres", "ES-FR", audience=Audience.MEMBER),
        contact("groupe", "ES-FR", audience=Audience.MEMBER, groups=("gt",)),
    )
    assert ids(*contacts) == []
    assert ids(*contacts, access=Access(Audience.MEMBER)) == ["membres"]
    assert ids(*contacts, access=Access(Audience.MEMBER, frozenset({"gt"}))) == ["groupe", "membres"]


def test_a_document_s_page_and_a_comparable_case_show_them(tmp_path: Path) -> None:
    secret = contact("secret", "ES-FR", audience=Audience.MEMBER, organisation="Maison secrète")
    open_one = contact("accueil", "ES-FR", organisation="Eurocité", function="Accueil", territory="Pays basque")
    index = index_of(CASE, secret, open_one, case("note", "ES-FR", kind=Kind.LEGAL_NOTE))
    parts = replace(make_parts(tmp_path), library=OpenLibrary(index))
    client = TestClient(create_app(parts))
    page = client.get("/documents/secours?lang=fr").text
    assert "Contacts à cette frontière" in page
    assert "Eurocité, Accueil" in page
    assert "Maison secrète" not in page
    assert "Contacts à cette frontière" not in client.get("/documents/note?lang=fr").text
    key = key_store(parts.settings).add("Marie", Audience.MEMBER)
    sent = {"situation": SITUATION, "border": "DE-FR"}
    for headers, expected in (({}, ["accueil"]), ({"Authorization": f"Bearer {key}"}, ["accueil", "secret"])):
        (found,) = client.post("/api/v1/experiences", json=sent, headers=headers).json()["cases"]
        assert [contact["id"] for contact in found["contacts"]] == expected
    shown = client.get("/experiences", params={"q": SITUATION, "border": "DE-FR", "lang": "fr"}).text
    assert "Eurocité, Accueil" in shown
    assert "Maison secrète" not in shown


def test_contacts_calls_and_events_are_no_experiences_and_problem_sheets_no_solved_ones() -> None:
    kinds = (Kind.CONTACT, Kind.FUNDING_CALL, Kind.EVENT, Kind.PROBLEM_SHEET)
    index = index_of(*(case(kind.name, "DE-FR", kind=kind) for kind in kinds))
    thesaurus = read_thesaurus(None)
    assert find_cases(read_situation(SITUATION, "ES-FR", thesaurus), 9, index, Filter(), thesaurus) == []
