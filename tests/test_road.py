"""The whole road, nothing replaced: files, `python -m ingest`, the bundled model, `python -m service`, quotes."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from tests.conftest import ROOT

QUESTIONS = (
    "Notre ambulance passe la frontière gyrophare allumé : que faire au feu rouge ?",
    "Qui est responsable des dettes d'un GECT ?",
    "Welches Recht gilt für den Lehrvertrag eines Lehrlings, der in Deutschland arbeitet?",
    "How does an EGTC receive electronic invoices from its suppliers?",
    "Wer bezahlt den Schulbus über die Mosel?",
    "¿Quién puede pescar en el Bidasoa?",
    "Comment dissoudre un GLCT ?",
    "Un fonctionnaire peut-il être détaché auprès d'un GECT ?",
)
THREADS = (
    "fil-ambulance-gyrophare-frontiere",
    "fil-apprenti-cfa-entreprise-allemande",
    "fil-dissoudre-glct",
    "fil-recruter-fonctionnaire-gect",
    "forum-schulbus-ueber-die-mosel",
    "hilo-pesca-bidasoa-permiso",
    "thread-carpool-lane-before-border",
    "thread-einvoicing-egtc-suppliers",
    "thread-energy-community-minho-neighbours",
)
OFF_TOPIC = "Quelle est la recette de la tarte aux pommes de ma grand-mère ?"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Path:
    """Index the forum threads of corpus/, a PDF, a deck, and two files that cannot be read."""
    folder = tmp_path_factory.mktemp("road")
    sources = folder / "sources"
    (sources / "documents/forum").mkdir(parents=True)
    for name in THREADS:
        shutil.copy(ROOT / f"corpus/documents/forum/{name}.md", sources / "documents/forum")
    shutil.copy(ROOT / "corpus/catalogue.csv", sources)
    for path in (
        "projects-france/calorie-kehl-strasbourg.pdf",
        "notes-europe/chomage-frontaliers-reforme-echec-2021.pptx",
    ):
        original = next((ROOT / "corpus/documents").rglob(f"{Path(path).stem}.*"))
        target = sources / original.relative_to(ROOT / "corpus")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(original, target)
    (sources / "documents/broken.pdf").write_bytes(b"%PDF-1.7 cut off")
    (sources / "documents/unknown.xyz").write_text("?")
    run = ingest(folder, sources, models)
    assert run.returncode == 1, run.stderr
    assert "broken.pdf" in run.stdout + run.stderr
    assert "unknown.xyz" in run.stdout + run.stderr
    return folder


def environment(folder: Path, models: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "PASSERELLE_DATA": str(folder / "var"), "PASSERELLE_MODELS": str(models), **more}


def ingest(folder: Path, sources: Path, models: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ingest", str(sources)]
    return subprocess.run(
        command, cwd=ROOT, env=environment(folder, models), capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def client(data: Path, models: Path) -> Iterator[httpx.Client]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [sys.executable, "-m", "service"]
    with subprocess.Popen(command, cwd=ROOT, env=environment(data, models, PASSERELLE_PORT=port)) as process:
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
                wait_until_ready(client)
                yield client
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def member(client: httpx.Client, data: Path, models: Path) -> Iterator[httpx.Client]:
    """A client with a member's key, made by the command line."""
    command = [sys.executable, "-m", "service", "keys", "add", "--audience", "member", "--name", "Marie"]
    made = subprocess.run(command, cwd=ROOT, env=environment(data, models), capture_output=True, text=True, check=True)
    headers = {"Authorization": f"Bearer {made.stdout.split()[-1]}"}
    with httpx.Client(base_url=client.base_url, headers=headers, timeout=60) as signed_in:
        yield signed_in


def wait_until_ready(client: httpx.Client) -> None:
    for _ in range(600):
        try:
            if client.get("/ready").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    pytest.fail(f"the service never became ready: {client.get('/ready').text}")


def test_every_quote_of_every_answer_stands_word_for_word_at_its_offsets(member: httpx.Client) -> None:
    checked = 0
    for question in QUESTIONS:
        answer = member.post("/api/v1/ask", json={"question": question}).raise_for_status().json()
        for sentence in [*answer["sentences"], *answer["contradicting"], *answer["nearest"]]:
            for citation in sentence["citations"]:
                assert read(member, citation["document_id"], citation["start"], citation["end"]) == citation["quote"]
                checked += 1
    assert checked >= 5


def read(client: httpx.Client, document_id: str, start: int, end: int) -> str:
    where = f"/api/v1/documents/{quote(document_id)}/text"
    return client.get(where, params={"start": start, "end": end}).raise_for_status().text


def test_passages_are_slices_of_their_documents_and_highlights_of_their_passages(member: httpx.Client) -> None:
    response = member.post("/api/v1/search", json={"query": "dissoudre un GLCT", "k": 5}).raise_for_status().json()
    assert response["results"][0]["document"]["id"] == "fil-dissoudre-glct"
    for result in response["results"]:
        for passage in result["passages"]:
            assert read(member, result["document"]["id"], passage["start"], passage["end"]) == passage["text"]
            assert all(0 <= start < end <= len(passage["text"]) for start, end in passage["highlights"])


def test_a_question_is_met_by_documents_in_other_languages(member: httpx.Client) -> None:
    payload = {"query": "facturation électronique à un GECT par ses fournisseurs", "filters": {"languages": ["en"]}}
    response = member.post("/api/v1/search", json=payload).raise_for_status().json()
    assert response["results"][0]["document"]["id"] == "thread-einvoicing-egtc-suppliers"


def test_what_no_document_answers_is_not_answered(client: httpx.Client) -> None:
    answer = client.post("/api/v1/ask", json={"question": OFF_TOPIC}).raise_for_status().json()
    assert not answer["answered"]
    assert answer["sentences"] == []


def test_members_documents_are_nowhere_for_the_public(client: httpx.Client) -> None:
    assert client.get("/api/v1/documents/fil-dissoudre-glct").status_code == 404
    response = client.post("/api/v1/search", json={"query": "GECT", "k": 100}).raise_for_status().json()
    assert {result["document"]["audience"] for result in response["results"]} == {"public"}
    assert set(response["facets"].get("audience", {"public": 0})) == {"public"}


def test_a_second_run_reads_and_embeds_nothing(data: Path, models: Path) -> None:
    run = ingest(data, data / "sources", models)
    assert run.returncode == 1
    report = json.loads((data / "var/ingest-report.json").read_text(encoding="utf-8"))
    assert report["embedded"] == 0
    assert "torch" not in run.stderr
