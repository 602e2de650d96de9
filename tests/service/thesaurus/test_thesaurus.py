"""Staff add to the thesaurus and take back what they added; the operator's file stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rdflib import Graph
from starlette.testclient import TestClient

from index.documents import Audience
from index.lexical.thesaurus_files import ThesaurusFiles
from index.store.small_files import SmallFile, small_files
from service.app import Parts, create_app
from service.auth.scopes import Scope
from service.errors import InvalidField
from service.library.concepts import read_thesaurus
from service.thesaurus.additions import Additions, broader_statement
from tests.databases import BOTH
from tests.service.conftest import make_parts
from tests.service.signing_in import sign_in, token_of

TURTLE = """
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix theme: <https://example.org/id/theme/> .
@prefix country: <https://example.org/id/country/> .
@prefix scheme: <https://example.org/id/scheme/> .
theme:employment a skos:Concept ; skos:inScheme scheme:themes ; skos:prefLabel "emploi"@fr , "employment"@en .
theme:health a skos:Concept ; skos:inScheme scheme:themes ; skos:prefLabel "santé"@fr ; skos:altLabel "soins"@fr .
country:FR a skos:Concept ; skos:inScheme scheme:countries ; skos:notation "FR" ; skos:prefLabel "France"@fr .
"""
PATH = "/api/v1/staff/thesaurus"
REME = {"concept": "theme/employment", "kind": "alternative", "language": "fr", "text": "REME"}
FORUM = {
    "scheme": "themes",
    "labels": {"fr": "guichet emploi", "de": "Arbeitsschalter"},
    "broader": ["theme/employment"],
}


@pytest.fixture
def parts(tmp_path: Path, database: str) -> Parts:
    base = tmp_path / "thesaurus.ttl"
    base.write_text(TURTLE, encoding="utf-8")
    parts = make_parts(tmp_path, database=database)
    additions = SmallFile(small_files(parts.settings.index), "additions.ttl")
    return replace(parts, thesaurus=ThesaurusFiles(base, additions))


@pytest.fixture
def api(client: TestClient, staff_key: str) -> TestClient:
    client.headers["Authorization"] = f"Bearer {staff_key}"
    return client


def keys_named(parts: Parts, text: str) -> set[str]:
    return {mention.concept for mention in read_thesaurus(parts.thesaurus).mentions(text, "fr")}


def test_a_label_counts_at_once_and_can_be_taken_back(api: TestClient, parts: Parts, tmp_path: Path) -> None:
    assert keys_named(parts, "un REME à Metz") == set()
    assert api.post(f"{PATH}/labels", json=REME).status_code == 204
    assert keys_named(parts, "un REME à Metz") == {"theme/employment"}
    assert api.post(f"{PATH}/labels", json=REME).status_code == 409
    assert (tmp_path / "thesaurus.ttl").read_text() == TURTLE
    assert (tmp_path / "additions.ttl").stat().st_mode & 0o077 == 0
    assert api.delete(f"{PATH}/labels", params=REME).status_code == 204
    assert api.delete(f"{PATH}/labels", params=REME).status_code == 404
    assert keys_named(parts, "un REME à Metz") == set()
    answer = api.get(PATH).json()
    assert [change["action"] for change in answer["changes"]] == ["remove-label", "label"]
    assert answer["added_labels"] == []


@BOTH
def test_a_concept_has_an_address_of_its_own_and_goes_with_all_that_was_said_of_it(
    api: TestClient, parts: Parts
) -> None:
    new = FORUM | {"countries": ["FR"], "note": "Les bureaux qui conseillent"}
    assert api.post(f"{PATH}/concepts", json=new).json() == {"key": "theme/guichet-emploi"}
    concept = read_thesaurus(parts.thesaurus).concepts["theme/guichet-emploi"]
    assert (concept.scheme, concept.broader, concept.countries) == ("themes", ("theme/employment",), ("FR",))
    again = api.post(f"{PATH}/concepts", json=FORUM | {"although_known": True})
    assert again.json() == {"key": "theme/guichet-emploi-2"}
    listed = api.get(PATH, params={"q": "guichet"}).json()
    assert (listed["total"], listed["concepts"][0]["is_added"]) == (2, True)
    below = {"concept": "theme/guichet-emploi-2", "broader": "theme/guichet-emploi"}
    assert api.post(f"{PATH}/broader", json=below).status_code == 204
    gone = {"concept": "theme/guichet-emploi"}
    assert api.delete(f"{PATH}/concepts", params=gone).status_code == 409
    assert api.delete(f"{PATH}/broader", params=below).status_code == 204
    assert api.delete(f"{PATH}/concepts", params=gone).status_code == 204
    assert "theme/guichet-emploi" not in read_thesaurus(parts.thesaurus).concepts
    assert api.delete(f"{PATH}/concepts", params={"concept": "theme/health"}).status_code == 404


@pytest.mark.parametrize(
    ("operation", "body", "status"),
    [
        ("labels", REME | {"text": "soins"}, 409),  # another concept's
        ("labels", REME | {"text": "emploi"}, 409),  # its own
        ("labels", REME | {"kind": "preferred"}, 409),  # it has one
        ("labels", REME | {"text": "?!"}, 422),
        ("labels", REME | {"text": "pont rive fleuve gare tram quai port route mur"}, 422),
        ("labels", REME | {"concept": "theme/absent"}, 404),
        ("concepts", FORUM | {"broader": ["theme/absent"]}, 422),
        ("concepts", FORUM | {"countries": ["XX"]}, 422),
        ("concepts", FORUM | {"scheme": "countries"}, 422),
        ("concepts", FORUM | {"labels": {"fr": "bureau", "de": "?!"}}, 422),
        ("concepts", FORUM | {"labels": {}}, 422),
        ("broader", {"concept": "theme/health", "broader": "theme/health"}, 422),
        ("broader", {"concept": "theme/health", "broader": "theme/absent"}, 422),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_of_it_is_saved(
    api: TestClient, tmp_path: Path, operation: str, body: dict[str, Any], status: int
) -> None:
    assert api.post(f"{PATH}/{operation}", json=body).status_code == status
    assert not (tmp_path / "additions.ttl").exists()
    assert api.get(PATH).json()["changes"] == []


@BOTH
def test_a_name_of_two_concepts_is_added_once_that_is_confirmed(api: TestClient, parts: Parts) -> None:
    assert api.post(f"{PATH}/labels", json=REME | {"text": "soins", "although_known": True}).status_code == 204
    assert keys_named(parts, "les soins") == {"theme/employment", "theme/health"}


@BOTH
def test_a_circle_over_several_concepts_is_refused(tmp_path: Path, parts: Parts) -> None:
    assert isinstance(parts.thesaurus, ThesaurusFiles)
    additions = Additions(parts.thesaurus)
    employment, health = (f"https://example.org/id/theme/{name}" for name in ("employment", "health"))
    with additions.changing() as graph:
        graph.add(broader_statement(health, employment))
    before = additions.file.read()
    with pytest.raises(InvalidField, match="circle"), additions.changing() as graph:
        graph.add(broader_statement(employment, health))
    assert additions.file.read() == before


def test_the_export_holds_the_statements_of_both_files(api: TestClient, tmp_path: Path) -> None:
    api.post(f"{PATH}/labels", json=REME)
    api.post(f"{PATH}/concepts", json=FORUM)
    union = Graph().parse(tmp_path / "thesaurus.ttl") + Graph().parse(tmp_path / "additions.ttl")
    answer = api.get(f"{PATH}/export")
    assert answer.headers["content-type"].startswith("text/turtle")
    assert set(Graph().parse(data=answer.text, format="turtle")) == set(union)


@BOTH
def test_on_the_page_a_conflict_is_shown_and_confirmed(staff: TestClient, parts: Parts) -> None:
    page = staff.get("/staff/thesaurus?key=theme/employment").text
    fields = REME | {"text": "soins", "action": "label", "token": token_of(page)}
    held = staff.post("/staff/thesaurus", data=fields)
    assert held.status_code == 409
    assert "santé" in held.text
    assert 'name="although_known"' in held.text
    assert 'value="soins"' in held.text
    done = staff.post("/staff/thesaurus", data=fields | {"although_known": "yes"})
    assert 'role="status"' in done.text
    assert "nom ajouté" in done.text[done.text.index('id="history"') :]
    assert staff.post("/staff/thesaurus", data=fields | {"token": "forged"}).status_code == 403
    new = {"token": token_of(page), "action": "concept", "scheme": "themes", "label-fr": "guichet", "countries": "fr"}
    assert "guichet" in staff.post("/staff/thesaurus", data=new).text
    removed = {"token": token_of(page), "action": "remove-concept", "concept": "theme/guichet"}
    assert staff.post("/staff/thesaurus", data=removed).status_code == 200
    assert "theme/guichet" not in read_thesaurus(parts.thesaurus).concepts


def test_where_nothing_can_be_written_the_page_says_so(tmp_path: Path, parts: Parts) -> None:
    read_only: Callable[[SmallFile], bool] = lambda file: False  # noqa: E731
    from service.thesaurus.service import ThesaurusService

    app = create_app(parts)
    service = app.state.components.get(ThesaurusService)
    app.state.components.add(
        ThesaurusService, replace(service, additions=replace(service.additions, can_write=read_only))
    )
    client = TestClient(app)
    token = parts.keys.add("Anne", Audience.STAFF)
    assert client.post(f"{PATH}/labels", json=REME, headers={"Authorization": f"Bearer {token}"}).status_code == 409
    assert sign_in(client, token) == 303
    page = client.get("/staff/thesaurus").text
    assert "lecture seule" in page
    assert 'value="concept"' not in page


def test_without_a_thesaurus_the_page_says_so(tmp_path: Path) -> None:
    parts = make_parts(tmp_path)
    client = TestClient(create_app(parts))
    token = parts.keys.add("Anne", Audience.STAFF)
    headers = {"Authorization": f"Bearer {token}"}
    assert client.post(f"{PATH}/labels", json=REME, headers=headers).status_code == 404
    assert client.get(PATH, headers=headers).json()["total"] == 0
    assert sign_in(client, token) == 303
    assert "PASSERELLE_THESAURUS" in client.get("/staff/thesaurus").text


@pytest.mark.parametrize(
    ("audience", "scopes"),
    [
        (Audience.PUBLIC, None),
        (Audience.MEMBER, None),
        (Audience.MEMBER, tuple(Scope)),
        (Audience.STAFF, tuple(scope for scope in Scope if scope is not Scope.STAFF)),
    ],
)
def test_nobody_else_sees_or_changes_it(
    client: TestClient, parts: Parts, tmp_path: Path, audience: Audience, scopes: tuple[Scope, ...] | None
) -> None:
    token = parts.keys.add("x", audience, scopes=scopes)
    for headers, status in (({}, 401), ({"Authorization": f"Bearer {token}"}, 403)):
        for path in (PATH, f"{PATH}/export"):
            assert client.get(path, headers=headers).status_code == status
        for operation, body in (
            ("labels", REME),
            ("concepts", FORUM),
            ("broader", {"concept": "theme/health", "broader": "theme/employment"}),
        ):
            assert client.post(f"{PATH}/{operation}", json=body, headers=headers).status_code == status
            assert client.delete(f"{PATH}/{operation}", params=REME, headers=headers).status_code == status
    assert sign_in(client, token) == 303
    own = token_of(client.get("/signin").text)
    assert client.get("/staff/thesaurus").status_code == 404
    assert client.get("/staff/thesaurus/export").status_code == 404
    assert client.post("/staff/thesaurus", data=REME | {"action": "label", "token": own}).status_code == 404
    assert not (tmp_path / "additions.ttl").exists()
