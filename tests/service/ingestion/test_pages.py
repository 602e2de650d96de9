"""Staff see what is being read and have all known sources read again; nobody else does."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from index.reasons import Reason, record_reason
from service.app import Parts
from service.ingestion.state import IngestionFiles, Run, State
from tests.service.signing_in import sign_in, token_of

SOURCE = {
    "source": "corpus",
    "path": "/srv/corpus",
    "folder": "/srv",
    "options": ["--audience", "member"],
    "environ": {},
    "at": "2026-11-26T17:00:00+00:00",
}


@pytest.fixture
def files(parts: Parts) -> IngestionFiles:
    return IngestionFiles(parts.settings.index.data)


def know_sources(files: IngestionFiles) -> None:
    (files.data / "ingest-sources.json").write_text(json.dumps({"sources": [SOURCE]}))


def test_the_sources_are_read_again_when_staff_ask_for_it(
    staff: TestClient, files: IngestionFiles, parts: Parts
) -> None:
    know_sources(files)
    files.touch()
    page = staff.get("/staff/ingestion").text
    assert "--audience member" in page
    answer = staff.post("/staff/ingestion", data={"token": token_of(page)})
    assert "C’est demandé" in answer.text
    request = files.request()
    assert request is not None
    assert request.by == "Anne"
    assert '"action": "read again"' in next((parts.settings.index.data / "audit").glob("*.jsonl")).read_text()
    assert staff.post("/staff/ingestion", data={"token": "forged"}).status_code == 403


def test_what_cannot_be_read_again_is_said_and_why(
    client: TestClient, staff: TestClient, files: IngestionFiles, staff_key: str
) -> None:
    headers = {"Authorization": f"Bearer {staff_key}"}
    answer = client.post("/api/v1/staff/ingestion", headers=headers)
    assert answer.status_code == 409
    assert "PASSERELLE_READ_UPLOADS" in answer.json()["detail"]
    assert "python -m ingest --again" in staff.get("/staff/ingestion").text
    files.touch()
    answer = client.post("/api/v1/staff/ingestion", headers=headers)
    assert answer.status_code == 409
    assert "No run has recorded its sources" in answer.json()["detail"]
    page = staff.get("/staff/ingestion").text
    assert "Aucune lecture n’a encore noté ses dossiers" in page
    assert staff.post("/staff/ingestion", data={"token": token_of(page)}).status_code == 409
    know_sources(files)
    answer = client.post("/api/v1/staff/ingestion", headers=headers)
    assert answer.status_code == 202
    assert answer.json()["requested_by"] == "Anne"


def test_a_run_that_stopped_is_shown_with_what_to_do(staff: TestClient, files: IngestionFiles) -> None:
    run = Run("uploads", "", "2026-11-26T17:00:00+00:00", 1, "2026-11-26T17:01:00+00:00", False, "no space left.")
    files.write_state(State(last=run))
    page = staff.get("/staff/ingestion").text
    assert "no space left." in page
    assert "Si cela se répète" in page


def test_why_a_run_stopped_is_said_in_the_language_of_the_page(
    staff: TestClient, files: IngestionFiles, staff_key: str
) -> None:
    reason = Reason("catalogue-without-file", path="/srv/catalogue.csv", columns="name, title")
    run = Run("again", "Anne", "2026-11-26T17:00:00+00:00", 1, "2026-11-26T17:01:00+00:00", False, str(reason))
    files.write_state(State(last=replace(run, recorded=(record_reason(reason),))))
    assert "/srv/catalogue.csv: es gibt keine Spalte „file“" in staff.get("/staff/ingestion?lang=de").text
    headers = {"Authorization": f"Bearer {staff_key}"}
    last = staff.get("/api/v1/staff/ingestion", headers=headers).json()["last"]
    assert (last["message"], last["reasons"][0]["code"]) == (reason, "catalogue-without-file")


def test_only_staff_see_what_is_read_and_have_it_read_again(
    client: TestClient, files: IngestionFiles, member_key: str
) -> None:
    know_sources(files)
    files.touch()
    for headers, status in (({}, 401), ({"Authorization": f"Bearer {member_key}"}, 403)):
        for method in ("GET", "POST"):
            answer = client.request(method, "/api/v1/staff/ingestion", headers=headers)
            assert answer.status_code == status
            assert "corpus" not in answer.text
    sign_in(client, member_key)
    for method in ("GET", "POST"):
        assert client.request(method, "/staff/ingestion").status_code == 404
    assert files.request() is None
