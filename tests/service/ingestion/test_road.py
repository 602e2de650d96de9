"""The whole road without a terminal: an upload is read by the service itself, found, and never needs a restart."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.conftest import ROOT

TEXT = b"# Le bac de Lauterbourg\n\nLe bac passe le Rhin et relie les deux rives pour les cyclistes.\n"


def run(environment: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def wait_for(condition: Callable[[], bool]) -> None:
    for _ in range(600):
        try:
            if condition():
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    pytest.fail("it did not happen within two minutes")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_upload_is_read_and_found_and_folders_are_read_again(tmp_path: Path, models: Path, workers: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    sources = tmp_path / "sources"
    sources.mkdir()
    shutil.copy(ROOT / "corpus/documents/forum/fil-dissoudre-glct.md", sources)
    names = {"DATA": str(tmp_path / "var"), "MODELS": str(models), "PORT": port, "WORKERS": workers}
    environment = {**os.environ, **{f"PASSERELLE_{name}": value for name, value in names.items()}}
    run(environment, "ingest", str(sources), "--audience", "public")
    key = run(environment, "service", "keys", "add", "--audience", "staff", "--name", "Anne").split()[-1]
    with (
        subprocess.Popen([sys.executable, "-m", "service"], cwd=ROOT, env=environment) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client,
    ):
        try:
            client.headers["Authorization"] = f"Bearer {key}"
            wait_for(lambda: client.get("/ready").status_code == 200)
            form = {"audience": "public", "title": "Le bac sur le Rhin"}
            sent = client.post("/api/v1/staff/uploads", data=form, files={"files": ("Bac.md", TEXT)})
            assert sent.status_code == 202
            wait_for(lambda: state_of(client)[0] == "read")
            url = state_of(client)[1]
            wait_for(lambda: client.get(url).status_code == 200)
            wait_for(lambda: "Le bac sur le Rhin" in titles(client, "bac Lauterbourg cyclistes"))

            (sources / "nouveau.md").write_text("# Le tram de Kehl\n\nLe tram passe le pont de Kehl toutes les heures.")
            assert client.post("/api/v1/staff/ingestion").status_code == 202
            wait_for(lambda: "Le tram de Kehl" in titles(client, "tram pont de Kehl"))
            assert (
                httpx.get(f"{client.base_url}/api/v1/documents/nouveau").status_code == 200
            )  # public as the folder was
        finally:
            process.terminate()


def state_of(client: httpx.Client) -> tuple[str, str]:
    (upload,) = client.get("/api/v1/staff/uploads").json()["uploads"]
    return upload["state"], upload["url"] or ""


def titles(client: httpx.Client, query: str) -> list[str]:
    results = client.post("/api/v1/search", json={"query": query}).raise_for_status().json()["results"]
    return [result["document"]["title"] for result in results]
