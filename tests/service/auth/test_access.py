"""Who sees what: a document the caller may not see is as absent as one that does not exist."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from starlette.testclient import TestClient

from index.documents import Audience
from service.app import Parts, create_app
from service.auth.authenticators import KeyAuthenticator, bearer_token
from service.auth.keys import KeyNameTaken, KeyStore, UnknownKey
from service.auth.secret_sources import load_secret
from service.errors import Unauthenticated
from service.wiring import key_store
from tests.databases import Locate
from tests.service.fakes import OpenLibrary


def search(client: TestClient, key: str = "") -> Any:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    body = {"query": "ambulance transport assurance patient équipe forum", "k": 100}
    return client.post("/api/v1/search", json=body, headers=headers).json()


def test_without_a_key_one_is_public(client: TestClient) -> None:
    response = search(client)
    assert {result["document"]["audience"] for result in response["results"]} == {"public"}
    assert "BE-LU" not in response["facets"]["border"]


def test_a_member_s_key_shows_what_is_for_members_and_nothing_of_the_staff(client: TestClient, member_key: str) -> None:
    response = search(client, member_key)
    assert {result["document"]["audience"] for result in response["results"]} == {"public", "member"}
    assert response["facets"]["border"]["BE-LU"] == 1


def test_an_answer_quotes_nothing_the_caller_may_not_see(client: TestClient, member_key: str) -> None:
    question = {"question": "L'assurance du patient paie-t-elle le transport en ambulance, dit le guide interne ?"}
    public = client.post("/api/v1/ask", json=question)
    member = client.post("/api/v1/ask", json=question, headers={"Authorization": f"Bearer {member_key}"})
    assert "membres/" not in public.text
    assert "membres/ambulance" in member.text


@pytest.mark.parametrize("ending", ["", "/text", "/file"])
def test_absent_and_not_allowed_look_the_same(client: TestClient, ending: str) -> None:
    absent = client.get(f"/api/v1/documents/membres/nothing{ending}")
    reserved = client.get(f"/api/v1/documents/membres/ambulance{ending}")
    assert absent.status_code == reserved.status_code == 404
    assert absent.json() == reserved.json()


def test_a_document_whose_id_ends_in_text_is_reached(client: TestClient, parts: Parts) -> None:
    staff = {"Authorization": f"Bearer {key_store(parts.settings).add('Anne', Audience.STAFF)}"}
    assert client.get("/api/v1/documents/equipe/text", headers=staff).json()["id"] == "equipe/text"
    assert client.get("/api/v1/documents/equipe/text/text", headers=staff).text.startswith("L'équipe")
    assert client.get("/api/v1/documents/equipe/text").status_code == 404


@pytest.mark.parametrize("header", ["Bearer nonsense", "Bearer", "Basic abc", "nonsense", "", "Bearer a b", "Bearer é"])
def test_a_key_that_is_not_good_is_refused_never_made_public(client: TestClient, header: str) -> None:
    headers = {b"Authorization": header.encode("latin-1")}
    response = client.post("/api/v1/search", json={"query": "a"}, headers=headers)
    assert response.status_code == 401
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["www-authenticate"].startswith("Bearer")


def test_a_revoked_key_is_refused_at_once(client: TestClient, parts: Parts, member_key: str) -> None:
    key_store(parts.settings).revoke("Marie")
    response = client.get("/api/v1/documents/notes/ambulance", headers={"Authorization": f"Bearer {member_key}"})
    assert response.status_code == 401


def test_a_key_lasts_to_the_end_of_its_last_day(locate: Locate) -> None:
    store = KeyStore(locate("keys.sqlite"))
    token = store.add("Luc", Audience.MEMBER, expires=date(2026, 3, 31))
    assert KeyAuthenticator(store, lambda: date(2026, 3, 31)).caller(token).audience is Audience.MEMBER
    with pytest.raises(Unauthenticated):
        KeyAuthenticator(store, lambda: date(2026, 4, 1)).caller(token)


def test_a_key_is_stored_as_a_hash_in_a_file_of_its_owner(tmp_path: Any) -> None:
    path = tmp_path / "keys.sqlite"
    token = KeyStore(path).add("Luc", Audience.STAFF)
    assert token.removeprefix("passerelle_").encode() not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0


def test_a_name_has_one_living_key(locate: Locate) -> None:
    store = KeyStore(locate("keys.sqlite"))
    store.add("Luc", Audience.STAFF)
    with pytest.raises(KeyNameTaken):
        store.add("Luc", Audience.MEMBER)
    store.revoke("Luc")
    store.add("Luc", Audience.MEMBER)
    with pytest.raises(UnknownKey):
        store.revoke("Lucie")
    assert [key.revoked is None for key in store.all()] == [False, True]


@pytest.mark.parametrize(("header", "token"), [("Bearer abc", "abc"), ("bearer  abc ", "abc")])
def test_a_bearer_header_holds_one_token(header: str, token: str) -> None:
    assert bearer_token(header) == token


def test_the_secret_is_made_once_and_kept_from_others(tmp_path: Any) -> None:
    path = tmp_path / "var" / "secret"
    assert load_secret(path) == load_secret(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["secret"]


def test_only_staff_are_told_what_counts_hidden_documents(parts: Parts) -> None:
    index = parts.library.borrow()
    damaged = replace(parts, library=OpenLibrary(index, trouble="x.sqlite: 7 vectors are damaged."))
    keys = key_store(parts.settings)
    with TestClient(create_app(damaged)) as client:
        for audience in (None, Audience.MEMBER, Audience.STAFF):
            headers = {"Authorization": f"Bearer {keys.add(str(audience), audience)}"} if audience else {}
            ready = client.get("/ready", headers=headers).json()
            response = client.post("/api/v1/search", json={"query": "ambulance"}, headers=headers).json()
            is_staff = audience is Audience.STAFF
            assert (ready["generation"], response["generation"]) == ((1, 1) if is_staff else (None, None))
            assert ("7 vectors" in ready["trouble"]) == is_staff
            assert ready["trouble"]
