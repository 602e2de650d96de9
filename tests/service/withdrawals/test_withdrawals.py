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


def signed_in(client: TestClient, key: str) -> TestClient:
    """Return the client signed in with the key, on the pages and the API."""
    client.headers["Authorization"] = f"Bearer {key}"
    assert sign_in(client, key) == 303
    return client


def compared(answer: Any, audience: Audience) -> Any:
    """Return what is compared of an answer: all of it, but for staff the generation, which grew by what they did."""
    content = comparable(answer)
    if audience is Audience.STAFF and isinstance(content, dict):
        return {name: value for name, value in content.items() if name != "generation"}
    return content


@pytest.mark.parametrize("audience", list(Audience))
def test_the_very_next_answers_are_those_of_an_index_that_never_had_it(tmp_path: Path, audience: Audience) -> None:
    originals: dict[str, bytes] = {}
    items = [Item([WORD], Audience.PUBLIC, related) for related in ((1, 1, 1), (0, 2, 0), (1, 0, 1))]
    everything = [made(number, item, originals) for number, item in enumerate(items)]
    left = [item for item in everything if item.document.id != GONE]
    (tmp_path / "all").mkdir()
    (tmp_path / "left").mkdir()
    with (
        service_over(tmp_path / "all", everything, originals) as full,
        service_over(tmp_path / "left", left, originals) as never,
    ):
        for client in (full, never):
            store = key_store(client.app.state.parts.settings)  # type: ignore[attr-defined]
            signed_in(client, store.add("x", audience))
        ids = [f"d/{mark(number)}" for number in range(3)]
        sent = [
            request
            for request in requests(full.get("/api/v1/openapi.json").json(), WORD, ids)
            if request.method in ("get", "post") and not request.path.startswith("/api/v1/staff")
        ]
        for request in sent:  # whatever is remembered of an answer must not outlive the withdrawal
            full.request(request.method, request.path, json=request.body)
        staff = key_store(full.app.state.parts.settings).add("Anne", Audience.STAFF)  # type: ignore[attr-defined]
        headers = {"Authorization": f"Bearer {staff}"}
        done = full.delete(f"/api/v1/documents/{GONE}?reason=erreur", headers=headers)
        assert done.json() | {"at": ""} == {
            **{"document_id": GONE, "title": f"Titre {mark(1)}", "at": "", "by": "Anne", "reason": "erreur"}
        }
        for request in sent:
            got, expected = (
                client.request(request.method, request.path, json=request.body) for client in (full, never)
            )
            assert got.status_code == expected.status_code < 500, request
            assert compared(got, audience) == compared(expected, audience), request
            assert mark(1) not in got.text or mark(1) in request.path, request


def test_it_is_listed_let_in_again_and_noted(tmp_path: Path) -> None:
    originals: dict[str, bytes] = {}
    with service_over(tmp_path, [made(1, Item([WORD], Audience.PUBLIC, (0, 0, 0)), originals)], originals) as client:
        client.headers["Authorization"] = (
            f"Bearer {key_store(client.app.state.parts.settings).add('Anne', Audience.STAFF)}"  # type: ignore[attr-defined]
        )
        assert client.delete(f"/api/v1/documents/{GONE}").status_code == 200
        assert client.delete(f"/api/v1/documents/{GONE}").status_code == 200
        (withdrawal,) = client.get("/api/v1/staff/withdrawn").json()["withdrawn"]
        assert (withdrawal["document_id"], withdrawal["by"]) == (GONE, "Anne")
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

    store = key_store(client.app.state.parts.settings)  # type: ignore[attr-defined]
    key = store.add("reader", Audience.STAFF, scopes=frozenset({Scope.SEARCH}))
    headers = {"Authorization": f"Bearer {key}"}
    assert client.delete("/api/v1/documents/notes/ambulance", headers=headers).status_code == 403
    assert sign_in(client, key) == 303
    assert "/staff/withdrawn" not in client.get("/documents/notes/ambulance").text


def test_staff_withdraw_from_the_document_s_page_and_let_it_in_from_the_list(client: TestClient) -> None:
    assert sign_in(client, key_store(client.app.state.parts.settings).add("Anne", Audience.STAFF)) == 303  # type: ignore[attr-defined]
    page = client.get("/documents/notes/ambulance").text
    fields = {"token": token_of(page), "document": "notes/ambulance", "reason": "périmé", "action": "withdraw"}
    listed = client.post("/staff/withdrawn", data=fields)
    assert 'role="status"' in listed.text
    assert "périmé" in listed.text
    assert client.get("/documents/notes/ambulance").status_code == 404
    assert "notes/ambulance" not in client.get("/?q=ambulance").text
    assert client.post("/staff/withdrawn", data=fields | {"token": "forged"}).status_code == 403
    form = re.search(r'<form method="post" action="/staff/withdrawn">.*?</form>', listed.text, re.S)
    assert form is not None
    hidden = {name: html.unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form[0])}
    client.post("/staff/withdrawn", data=hidden)
    assert client.get("/documents/notes/ambulance").status_code == 200
    assert client.post("/staff/withdrawn", data=hidden).status_code == 404
