"""Staff take a document out: from the next request on nobody finds, reads, lists or fetches it, whatever they ask."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from index.documents import Audience
from service.wiring import key_store
from tests.service.asking_everything import comparable, requests
from tests.service.marked import Item, made, mark, service_over
from tests.service.signing_in import sign_in, token_of

WORD = "ambulance"
GONE = f"d/{mark(1)}"


def asked_of(client: TestClient, key: str) -> TestClient:
    """Return the client signed in with the key, on the pages and the API."""
    client.headers["Authorization"] = f"Bearer {key}"
    assert sign_in(client, key) == 303
    return client


def as_told(answer: Any, audience: Audience) -> Any:
    """Return what is compared of an answer: all of it, but for staff the generation, which grew by what they did."""
    told = comparable(answer)
    if audience is Audience.STAFF and isinstance(told, dict):
        return {name: value for name, value in told.items() if name != "generation"}
    return told


@pytest.mark.parametrize("audience", list(Audience))
def test_the_very_next_answers_are_those_of_an_index_that_never_had_it(tmp_path: Path, audience: Audience) -> None:
    originals: dict[str, bytes] = {}
    items = [Item([WORD], Audience.PUBLIC, related) for related in ((1, 1, 1), (0, 2, 0), (1, 0, 1))]
    everything = [made(number, item, originals) for number, item in enumerate(items)]
    left = [one for one in everything if one.document.id != GONE]
    (tmp_path / "all").mkdir()
    (tmp_path / "left").mkdir()
    with (
        service_over(tmp_path / "all", everything, originals) as full,
        service_over(tmp_path / "left", left, originals) as never,
    ):
        for client in (full, never):
            store = key_store(client.app.state.desk.settings)  # type: ignore[attr-defined]
            asked_of(client, store.add("x", audience))
        ids = [f"d/{mark(number)}" for number in range(3)]
        asked = [
            one
            for one in requests(full.get("/api/v1/openapi.json").json(), WORD, ids)
            if one.method in ("get", "post") and not one.path.startswith("/api/v1/staff")
        ]
        for one in asked:  # whatever is remembered of an answer must not outlive the withdrawal
            full.request(one.method, one.path, json=one.body)
        staff = key_store(full.app.state.desk.settings).add("Anne", Audience.STAFF)  # type: ignore[attr-defined]
        headers = {"Authorization": f"Bearer {staff}"}
        done = full.delete(f"/api/v1/documents/{GONE}?reason=erreur", headers=headers)
        assert done.json() | {"at": ""} == {
            **{"document_id": GONE, "title": f"Titre {mark(1)}", "at": "", "by": "Anne", "reason": "erreur"}
        }
        for one in asked:
            got, expected = (client.request(one.method, one.path, json=one.body) for client in (full, never))
            assert got.status_code == expected.status_code < 500, one
            assert as_told(got, audience) == as_told(expected, audience), one
            assert mark(1) not in got.text or mark(1) in one.path, one


def test_it_is_listed_let_in_again_and_noted(tmp_path: Path) -> None:
    originals: dict[str, bytes] = {}
    with service_over(tmp_path, [made(1, Item([WORD], Audience.PUBLIC, (0, 0, 0)), originals)], originals) as client:
        client.headers["Authorization"] = (
            f"Bearer {key_store(client.app.state.desk.settings).add('Anne', Audience.STAFF)}"  # type: ignore[attr-defined]
        )
        assert client.delete(f"/api/v1/documents/{GONE}").status_code == 200
        assert client.delete(f"/api/v1/documents/{GONE}").status_code == 200
        (one,) = client.get("/api/v1/staff/withdrawn").json()["withdrawn"]
        assert (one["document_id"], one["by"]) == (GONE, "Anne")
        assert client.get(f"/api/v1/documents/{GONE}").status_code == 404
        assert client.delete(f"/api/v1/staff/withdrawn/{GONE}").status_code == 204
        assert client.delete(f"/api/v1/staff/withdrawn/{GONE}").status_code == 404
        assert client.delete("/api/v1/documents/d/absent").status_code == 404
        assert client.get(f"/api/v1/documents/{GONE}").status_code == 200
        log = next((tmp_path / "audit").glob("*.jsonl")).read_text()
        assert '"action": "withdraw"' in log
        assert '"action": "reinstate"' in log


def test_only_staff_withdraw_and_others_are_not_told_what_there_is(client: TestClient, member_key: str) -> None:
    for headers, status in (({}, 401), ({"Authorization": f"Bearer {member_key}"}, 403)):
        for path in ("documents/notes/ambulance", "documents/absent", "staff/withdrawn/notes/ambulance"):
            assert client.delete(f"/api/v1/{path}", headers=headers).status_code == status
        assert client.get("/api/v1/staff/withdrawn", headers=headers).status_code == status
    assert client.get("/api/v1/documents/notes/ambulance").status_code == 200


def test_a_key_of_staff_that_is_for_searching_withdraws_nothing(client: TestClient) -> None:
    from service.auth.scopes import Scope

    store = key_store(client.app.state.desk.settings)  # type: ignore[attr-defined]
    key = store.add("reader", Audience.STAFF, scopes=frozenset({Scope.SEARCH}))
    headers = {"Authorization": f"Bearer {key}"}
    assert client.delete("/api/v1/documents/notes/ambulance", headers=headers).status_code == 403
    assert sign_in(client, key) == 303
    assert "/staff/withdrawn" not in client.get("/documents/notes/ambulance").text


def test_staff_withdraw_from_the_document_s_page_and_let_it_in_from_the_list(client: TestClient) -> None:
    assert sign_in(client, key_store(client.app.state.desk.settings).add("Anne", Audience.STAFF)) == 303  # type: ignore[attr-defined]
    page = client.get("/documents/notes/ambulance").text
    said = {"token": token_of(page), "document": "notes/ambulance", "reason": "périmé", "action": "withdraw"}
    listed = client.post("/staff/withdrawn", data=said)
    assert 'role="status"' in listed.text
    assert "périmé" in listed.text
    assert client.get("/documents/notes/ambulance").status_code == 404
    assert "notes/ambulance" not in client.get("/?q=ambulance").text
    assert client.post("/staff/withdrawn", data=said | {"token": "forged"}).status_code == 403
    form = re.search(r'<form method="post" action="/staff/withdrawn">.*?</form>', listed.text, re.S)
    assert form is not None
    fields = {name: html.unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form[0])}
    client.post("/staff/withdrawn", data=fields)
    assert client.get("/documents/notes/ambulance").status_code == 200
    assert client.post("/staff/withdrawn", data=fields).status_code == 404
