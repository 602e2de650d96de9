"""The API as a client meets it: search, answers, documents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from service.app import Parts, create_app
from tests.service.conftest import make_parts

SEARCH, ASK = "/api/v1/search", "/api/v1/ask"


def find(client: TestClient, query: str, **filters: Any) -> dict[str, Any]:
    response = client.post(SEARCH, json={"query": query, "filters": filters})
    assert response.status_code == 200, response.text
    results: dict[str, Any] = response.json()
    return results


def ids(response: dict[str, Any]) -> set[str]:
    return {result["document"]["id"] for result in response["results"]}


def test_a_result_names_its_document_its_passages_and_a_citation(client: TestClient) -> None:
    response = find(client, "certificat A1 institution compétente")
    best = response["results"][0]
    expected_fields = {"reading", "superseded_hidden", "superseded_kinds"}
    assert response.keys() == {"query", "generation", "took_ms", "results", "facets", *expected_fields}
    assert best.keys() == {"document", "score", "passages", "citation", "variants"}
    assert best["document"]["url"] == "http://testserver/documents/notes/teletravail"
    assert best["document"]["published"] == "2023-07-01"
    passage = best["passages"][0]
    assert best["citation"] == {
        "text": "Télétravail et sécurité sociale, p. 1 (Centre d'essai, 2023)",
        "url": f"http://testserver/documents/notes/teletravail?start={passage['start']}&end={passage['end']}#passage",
    }


def test_highlights_are_offsets_into_the_passage(client: TestClient) -> None:
    passage = find(client, "certificats")["results"][0]["passages"][0]
    assert [passage["text"][start:end] for start, end in passage["highlights"]] == ["certificat"]


def test_every_passage_is_read_back_at_its_offsets(client: TestClient) -> None:
    for result in find(client, "ambulance transport patient télétravail")["results"]:
        for passage in result["passages"]:
            span = {"start": passage["start"], "end": passage["end"]}
            text = client.get(f"/api/v1/documents/{result['document']['id']}/text", params=span)
            assert text.text == passage["text"]


def test_every_quote_is_read_back_at_its_offsets(client: TestClient) -> None:
    answer = client.post(ASK, json={"question": "Combien de temps peut-on télétravailler ?"}).json()
    assert answer["answered"] is True
    for sentence in answer["sentences"]:
        for citation in sentence["citations"]:
            text = client.get(
                f"/api/v1/documents/{citation['document_id']}/text",
                params={"start": citation["start"], "end": citation["end"]},
            )
            assert text.text == citation["quote"]


def test_what_the_documents_do_not_say_is_not_answered(client: TestClient) -> None:
    answer = client.post(ASK, json={"question": "Quelle est la recette du gâteau au chocolat ?"}).json()
    assert answer["answered"] is False
    assert answer["sentences"] == []
    assert 0 <= answer["confidence"] < 0.5


def test_what_has_ended_is_left_out_unless_asked_for(client: TestClient) -> None:
    assert "notes/teletravail-2020" not in ids(find(client, "télétravail frontaliers"))
    assert "notes/teletravail-2020" in ids(find(client, "télétravail frontaliers", superseded=True))


def test_a_border_is_found_whichever_way_it_is_written(client: TestClient) -> None:
    assert ids(find(client, "Rettungswagen Grenze", borders=["FR-DE"])) == {"projekte/rettungsdienst"}


def test_filters_hold_together(client: TestClient) -> None:
    assert ids(find(client, "ambulance transport", languages=["en"], published_to=2019)) == {"notes/ambulance"}
    assert ids(find(client, "ambulance transport", languages=["en"], published_from=2020)) == set()


def test_a_document_tells_everything_but_its_text(client: TestClient) -> None:
    document = client.get("/api/v1/documents/notes/teletravail").json()
    assert [section["label"] for section in document["sections"]] == ["p. 1", "p. 2"]
    assert document["file_url"] == "http://testserver/api/v1/documents/notes/teletravail/file"


def test_the_original_file_comes_back_byte_for_byte(client: TestClient) -> None:
    file = client.get("/api/v1/documents/notes/teletravail/file")
    assert file.content == b"%PDF-1.4 not much of one"
    assert file.headers["content-type"] == "application/pdf"
    assert "teletravail.pdf" in file.headers["content-disposition"]


def test_a_document_without_an_original_has_no_file(client: TestClient) -> None:
    assert client.get("/api/v1/documents/notes/ambulance/file").status_code == 404


@pytest.mark.parametrize(("start", "end", "field"), [(0, 10**6, "end"), (9, 3, "start"), (-1, 3, "start")])
def test_offsets_outside_the_text_are_named(client: TestClient, start: int, end: int, field: str) -> None:
    response = client.get("/api/v1/documents/notes/ambulance/text", params={"start": start, "end": end})
    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == [field]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"query": ""}, "query"),
    ({"query": "   "}, "query"),
    ({"query": "a" * 10_000}, "query"),
    ({"query": 3}, "query"),
    ({"query": "a\x00b"}, "query"),
    ({"query": "a\ud800"}, "query"),
    ({}, "query"),
    ({"query": "a", "k": 0}, "k"),
    ({"query": "a", "k": 10**6}, "k"),
    ({"query": "a", "k": "10"}, "k"),
    ({"query": "a", "k": True}, "k"),
    ({"query": "a", "filters": {"languages": ["xx"]}}, "filters.languages"),
    ({"query": "a", "filters": {"languages": "fr"}}, "filters.languages"),
    ({"query": "a", "filters": {"kinds": ["novel"]}}, "filters.kinds"),
    ({"query": "a", "filters": {"themes": [["health"]]}}, "filters.themes"),
    ({"query": "a", "filters": {"borders": ["FR"]}}, "filters.borders"),
    ({"query": "a", "filters": {"borders": ["FR-FR"]}}, "filters.borders"),
    ({"query": "a", "filters": {"countries": ["France"]}}, "filters.countries"),
    ({"query": "a", "filters": {"published_from": "2020"}}, "filters.published_from"),
    ({"query": "a", "filters": {"published_from": 2022, "published_to": 2020}}, "filters"),
    ({"query": "a", "filters": {"valid_on": "soon"}}, "filters.valid_on"),
    ({"query": "a", "filters": {"superseded": "yes"}}, "filters.superseded"),
    ({"query": "a", "filters": {"audience": "staff"}}, "filters.audience"),
    ({"query": "a", "other": 1}, "other"),
]


@pytest.mark.parametrize(("body", "field"), WRONG, ids=lambda value: repr(value)[:50])
def test_a_wrong_field_is_named_in_a_problem(client: TestClient, body: dict[str, Any], field: str) -> None:
    response = client.post(SEARCH, content=json.dumps(body), headers={"content-type": "application/json"})
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == 422
    assert [error["field"] for error in problem["errors"]] == [field]


def test_an_unknown_value_is_told_the_allowed_ones(client: TestClient) -> None:
    problem = client.post(SEARCH, json={"query": "a", "filters": {"themes": ["love"]}}).json()
    assert "spatial-planning" in problem["errors"][0]["message"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"a"', b"null", b'{"query": "\xff\xfe"}', b"[" * 5000])
def test_a_body_that_cannot_be_read_is_a_problem_naming_the_body(client: TestClient, body: bytes) -> None:
    response = client.post(SEARCH, content=body, headers={"content-type": "application/json"})
    assert response.status_code in {400, 422}
    assert response.headers["content-type"] == "application/problem+json"
    assert [error["field"] for error in response.json()["errors"]] == ["body"]


def test_a_body_past_the_limit_is_refused(client: TestClient) -> None:
    def parts() -> Any:
        for _ in range(100):
            yield b" " * 1000

    for content in (b" " * 100_000, parts()):
        response = client.post(SEARCH, content=content, headers={"content-type": "application/json"})
        assert response.status_code == 413
        assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/api/v1/nothing", 404), ("GET", SEARCH, 405)])
def test_the_framework_s_own_errors_are_problems_too(client: TestClient, method: str, path: str, status: int) -> None:
    response = client.request(method, path)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"


def test_no_traceback_reaches_a_client(app: FastAPI, parts: Parts) -> None:
    def broken(*_: object) -> Any:
        raise RuntimeError("secret of the inside")

    vars(parts.library.borrow().engine)["search"] = broken
    with TestClient(app, raise_server_exceptions=False) as client:
        problem = client.post(SEARCH, json={"query": "a"})
        shown = client.get("/?q=a")
    assert (problem.status_code, shown.status_code) == (500, 500)
    assert problem.headers["content-type"] == "application/problem+json"
    assert "secret" not in problem.text + shown.text
    assert "Traceback" not in problem.text + shown.text


def test_openapi_documents_every_status_with_problem_details(client: TestClient) -> None:
    schema = client.get("/api/v1/openapi.json").json()
    assert set(schema["paths"]) >= {
        "/health",
        "/ready",
        "/api/v1/search",
        "/api/v1/ask",
        "/api/v1/documents/{document_id}",
        "/api/v1/documents/{document_id}/text",
        "/api/v1/documents/{document_id}/file",
    }
    responses = schema["paths"]["/api/v1/search"]["post"]["responses"]
    assert set(responses) == {"200", "400", "401", "403", "413", "422", "429", "503", "504"}
    assert set(responses["422"]["content"]) == {"application/problem+json"}
    assert "HTTPValidationError" not in json.dumps(schema)
    assert schema["components"]["schemas"]["SearchRequest"]["examples"]


def test_responses_carry_a_request_id_and_the_security_headers(client: TestClient) -> None:
    answer = client.get("/health", headers={"X-Request-ID": "abc-1"})
    assert answer.headers["x-request-id"] == "abc-1"
    assert client.get("/health", headers={"X-Request-ID": 'a b"c'}).headers["x-request-id"] != 'a b"c'
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_applications_of_a_process_share_routes_and_nothing_else(
    tmp_path: Path, parts: Parts, client: TestClient
) -> None:
    other = make_parts(tmp_path / "other")
    other.library.borrow().store.documents.clear()  # type: ignore[attr-defined]
    with TestClient(create_app(other)) as empty:
        assert empty.get("/api/v1/openapi.json").json() == client.get("/api/v1/openapi.json").json()
        assert find(client, "certificat A1")["results"]
        assert find(empty, "certificat A1")["results"] == []
        assert empty.app.state.parts is other  # type: ignore[attr-defined]
        assert client.app.state.parts is parts  # type: ignore[attr-defined]
