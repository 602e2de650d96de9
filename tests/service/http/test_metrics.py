from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from index.documents import Audience
from service.app import Parts, create_app
from service.http.logging import REQUEST_ID, JsonLines
from service.settings import Settings
from service.wiring import key_store
from tests.service.conftest import make_parts


@pytest.fixture
def staff(parts: Parts) -> dict[str, str]:
    return {"Authorization": f"Bearer {key_store(parts.settings).add('Anne', Audience.STAFF)}"}


def samples(client: TestClient, headers: dict[str, str]) -> dict[tuple[str, tuple[str, ...]], float]:
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_only_staff_see_the_metrics(client: TestClient, staff: dict[str, str], member_key: str) -> None:
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": f"Bearer {member_key}"}).status_code == 403
    assert client.get("/metrics", headers=staff).status_code == 200


def test_a_setting_opens_them(tmp_path: Path) -> None:
    parts = make_parts(tmp_path)
    assert Settings.from_environ({"PASSERELLE_METRICS": "open"}).open_metrics
    opened = replace(parts, settings=parts.settings.model_copy(update={"open_metrics": True}))
    with TestClient(create_app(opened)) as client:
        assert client.get("/metrics").headers["content-type"].startswith("text/plain")


def test_requests_are_counted_under_their_route_and_never_by_what_was_sent(
    client: TestClient, staff: dict[str, str]
) -> None:
    client.get("/api/v1/documents/secret-id")
    client.get("/api/v1/documents/other-secret")
    client.get("/no/such/secret")
    client.request("SECRET", "/health")
    client.post("/api/v1/search", json={"query": "secret tram"})
    values = samples(client, staff)
    assert values["passerelle_requests_total", ("GET", "/api/v1/documents/{document_id:path}", "404")] == 2
    assert values["passerelle_requests_total", ("POST", "/api/v1/search", "200")] == 1
    assert values["passerelle_request_seconds_count", ("/api/v1/search",)] == 1
    assert not any("secret" in label.lower() for _, labels in values for label in labels)


def test_the_index_the_last_ingestion_and_the_process_are_measured(
    client: TestClient, parts: Parts, staff: dict[str, str]
) -> None:
    report = parts.settings.index.data / "ingest-report.json"
    report.write_text(json.dumps({"new": 3, "failed": 1}), encoding="utf-8")
    values = samples(client, staff)
    index = parts.library.borrow()
    assert values["passerelle_index_generation", ()] == index.engine.generation
    assert values["passerelle_index_documents", ()] == index.store.count()[0]
    assert values["passerelle_last_ingestion", ("new",)] == 3
    assert values["passerelle_last_ingestion", ("failed",)] == 1
    assert values["process_resident_memory_bytes", ()] > 0
    report.write_text("not whole", encoding="utf-8")
    assert ("passerelle_last_ingestion", ("new",)) not in samples(client, staff)


def test_stages_are_measured(client: TestClient, parts: Parts, staff: dict[str, str]) -> None:
    stages = ("embed", "dense", "rerank")
    for stage in stages:
        parts.metrics.observe(stage, 0.002)
    values = samples(client, staff)
    assert all(values["passerelle_stage_seconds_count", (stage,)] == 1 for stage in stages)


@pytest.fixture
def lines() -> Iterator[list[str]]:
    made: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            made.append(self.format(record))

    handler, log = Kept(), logging.getLogger("passerelle.requests")
    handler.setFormatter(JsonLines())
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    yield made
    log.removeHandler(handler)


def test_each_request_is_one_json_line_with_its_id_and_without_its_words(client: TestClient, lines: list[str]) -> None:
    answer = client.get("/search", params={"q": "ma situation"}, headers={"X-Request-ID": "abc-1"})
    assert answer.headers["X-Request-ID"] == "abc-1"
    assert client.get("/health", headers={"X-Request-ID": "no\tgood"}).headers["X-Request-ID"] != "no\tgood"
    records = [json.loads(line) for line in lines]
    assert records[0]["request_id"] == "abc-1"
    assert (records[0]["path"], records[0]["method"]) == ("/search", "GET")
    assert records[0]["ms"] >= 0
    assert records[1]["request_id"] not in ("", "abc-1")
    assert "situation" not in "".join(lines)
    assert REQUEST_ID.get() == ""


def test_a_traceback_stays_on_its_line() -> None:
    try:
        raise ValueError("é\nè")
    except ValueError as error:
        record = logging.LogRecord("a", logging.ERROR, "", 1, "failed %s", ("x",), (ValueError, error, None))
    line = JsonLines().format(record)
    assert "\n" not in line
    assert json.loads(line)["message"] == "failed x"
    assert "ValueError" in json.loads(line)["traceback"]
