"""A passage is translated by the language model alone, for who may read it, and never passed off as the original."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from index.documents import Audience
from service.answering.endpoint import OpenAIEndpoint
from service.app import create_app
from service.auth.scopes import Scope
from service.wiring import key_store
from tests.service.conftest import make_parts
from tests.service.resource_centre import resource_centre
from tests.service.serving import ScriptedModel
from tests.service.signing_in import sign_in, token_of

NOTE = "notes/ambulance"  # in English
FRENCH = "Le patient est transporté de l'autre côté."


@pytest.fixture
def client(tmp_path: Path, endpoint: OpenAIEndpoint, model: ScriptedModel) -> Iterator[TestClient]:
    model.reply = json.dumps({"translation": FRENCH}, ensure_ascii=False)
    parts = make_parts(tmp_path, llm=endpoint.settings)
    with TestClient(create_app(parts), raise_server_exceptions=False) as client:
        yield client


def body(document_id: str = NOTE, **changes: Any) -> dict[str, Any]:
    return {"document_id": document_id, "start": 0, "end": 40, "language": "fr"} | changes


def test_only_the_passage_is_sent_and_the_original_stays_beside_what_comes_back(
    client: TestClient, model: ScriptedModel
) -> None:
    answer = client.post("/api/v1/translate", json=body()).json()
    text = resource_centre()[NOTE].text
    assert answer["original"] == text[:40]
    assert (answer["translation"], answer["original_language"], answer["language"]) == (FRENCH, "en", "fr")
    assert answer["is_machine_translation"] is True
    assert answer["model"] == "scripted"
    assert answer["url"].endswith(f"/documents/{NOTE}?start=0&end=40#passage")
    (sent,) = model.sent
    assert json.loads(sent["messages"][1]["content"]) == {"from": "en", "to": "fr", "text": text[:40]}


def test_figures_that_differ_are_told(client: TestClient, model: ScriptedModel) -> None:
    model.reply = json.dumps({"translation": "Le patient paie 77 euros."})
    assert client.post("/api/v1/translate", json=body()).json()["differences"]["only_in_translation"] == ["77"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"end": 10**6}, "end"),
        ({"start": 50}, "end"),
        ({"language": "en"}, "language"),
        ({"language": "pl"}, "language"),
    ],
)
def test_what_cannot_be_translated_is_refused_without_asking_the_model(
    client: TestClient, model: ScriptedModel, changes: dict[str, Any], field: str
) -> None:
    answer = client.post("/api/v1/translate", json=body(**changes))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field
    assert not model.sent


def test_a_document_one_may_not_see_is_absent_and_not_sent(client: TestClient, model: ScriptedModel) -> None:
    hidden = client.post("/api/v1/translate", json=body("membres/ambulance", language="de"))
    absent = client.post("/api/v1/translate", json=body("membres/none", language="de"))
    assert hidden.status_code == absent.status_code == 404
    assert hidden.json() == absent.json()
    assert not model.sent


@pytest.mark.parametrize(
    "change",
    [
        {"status": 429},
        {"status": 500},
        {"reply": "Le patient"},
        {"reply": '{"translation": "Le pat'},
        {"reply": '{"translation": ""}'},
        {"reply": '{"translation": "un\\u200bsigne"}'},
        {"breaks_after": 1},
        {"body": b"no stream"},
    ],
)
def test_an_endpoint_that_fails_is_said_plainly(
    client: TestClient, model: ScriptedModel, change: dict[str, Any]
) -> None:
    for name, value in change.items():
        setattr(model, name, value)
    answer = client.post("/api/v1/translate", json=body())
    assert answer.status_code == 503
    assert answer.json()["detail"].startswith("No translation: the language model")
    assert "Retry-After" in answer.headers


def test_without_a_model_nothing_is_offered_and_why_is_said(tmp_path: Path) -> None:
    with TestClient(create_app(make_parts(tmp_path))) as client:
        assert "/translate" not in client.get("/?q=ambulance patient").text
        answer = client.post("/api/v1/translate", json=body())
        assert answer.status_code == 404
        assert "No language model is configured" in answer.json()["detail"]


def test_a_key_that_is_not_for_asking_translates_nothing(client: TestClient) -> None:
    keys = key_store(client.app.state.parts.settings)  # type: ignore[attr-defined]
    key = keys.add("Forum", Audience.MEMBER, scopes=frozenset({Scope.SEARCH}))
    assert client.post("/api/v1/translate", json=body(), headers={"Authorization": f"Bearer {key}"}).status_code == 403
    assert sign_in(client, key) == 303
    assert 'action="/translate"' not in client.get("/?q=ambulance patient").text


def test_a_reader_has_a_passage_in_another_language_translated_beside_the_original(client: TestClient) -> None:
    results_page = client.get("/?q=ambulance patient transport")
    assert "Ce texte est en anglais." in results_page.text
    assert 'action="/translate"' in results_page.text
    shown = client.post(
        "/translate", data={"token": token_of(results_page.text), "document": NOTE, "start": "0", "end": "40"}
    )
    assert shown.status_code == 200
    assert "Traduit par un modèle de langue (scripted)" in shown.text
    assert '<blockquote class="text" lang="en"' in shown.text
    assert 'lang="fr"><p>Le patient est transporté' in shown.text
    assert f'href="/documents/{NOTE}?start=0&amp;end=40#passage"' in shown.text


def test_a_reader_sees_no_translation_of_what_they_may_not_read(client: TestClient, model: ScriptedModel) -> None:
    token = token_of(client.get("/signin").text)
    pages = [
        client.post("/translate", data={"token": token, "document": document_id, "start": "0", "end": "40"})
        for document_id in ("membres/ambulance", "membres/none")
    ]
    assert [page.status_code for page in pages] == [404, 404]
    assert "membres/ambulance" not in pages[0].text
    assert not model.sent


def test_a_form_of_another_site_is_refused_and_an_error_is_said_on_the_page(
    client: TestClient, model: ScriptedModel
) -> None:
    token = token_of(client.get("/signin").text)
    fields = {"document": NOTE, "start": "0", "end": "40"}
    assert client.post("/translate", data=fields | {"token": "forged"}).status_code == 403
    assert client.post("/translate", data={"token": token, "document": NOTE}).status_code == 422
    assert not model.sent
    model.status = 500
    failed = client.post("/translate", data=fields | {"token": token})
    assert failed.status_code == 503
    assert "La traduction n’a pas pu être obtenue" in failed.text


def test_a_language_the_reader_has_chosen_is_not_pointed_out(client: TestClient) -> None:
    query = "/?q=ambulance patient transport"
    for address, accepted in ((query, "fr, en;q=0.5"), (f"{query}&language=en", "fr"), (f"{query}&lang=en", "fr")):
        page = client.get(address, headers={"Accept-Language": accepted}).text
        assert "anglais." not in page
        assert "This text is in English" not in page
