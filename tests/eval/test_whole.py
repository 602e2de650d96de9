"""The whole way once, with the bundled model: a set's own corpus indexed, measured, recorded, and held to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.__main__ import main
from index.dense.openvino_runtime import OpenVinoEmbedder
from tests.eval.fakes import write_set

CORPUS = """
{"_id": "zoast", "title": "Soins en ZOAST", "lang": "fr", "text": "Les assurés se soignent de l'autre côté."}
{"_id": "tram", "title": "Le tram du Rhin", "lang": "fr", "text": "La ligne D relie Strasbourg à Kehl depuis 2017."}
{"_id": "wasser", "title": "Trinkwasser", "lang": "de", "text": "Zwei Gemeinden teilen sich ein Wasserwerk."}
"""
QUERIES = """
{"_id": "t1", "text": "se faire soigner dans le pays voisin sans demander d'autorisation", "lang": "fr"}
{"_id": "t2", "text": "tram Strasbourg Kehl", "lang": "fr"}
{"_id": "t3", "text": "deux communes partagent une usine d'eau potable", "lang": "fr"}
"""


def test_a_set_with_its_own_corpus_is_measured_through_the_served_pipeline(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    bundled: OpenVinoEmbedder,
    models: Path,
) -> None:
    monkeypatch.setenv("PASSERELLE_DATA", str(tmp_path / "var"))
    monkeypatch.setenv("PASSERELLE_MODELS", str(models))
    folder = str(write_set(tmp_path / "own", QUERIES, "t1 zoast 1\nt2 tram 1\nt3 wasser 1", CORPUS))
    assert main(["run", "--set", folder, "--slices"]) == 0
    printed = capsys.readouterr()
    assert "RR@10              1.000 [1.000, 1.000]" in printed.out
    assert "fr→de" in printed.out
    written = Path(printed.err.split("written: ")[1].strip())
    payload = json.loads(written.read_text())
    assert payload["embedder"] == bundled.name
    assert [line.split()[2] for line in written.with_suffix(".run").read_text().splitlines() if " 1 " in line] == [
        "zoast",
        "tram",
        "wasser",
    ]
    run = written.with_suffix(".run").rename(tmp_path / "theirs.run")
    assert main(["run", "--set", folder, "--run", str(run)]) == 0
    assert "RR@10              1.000 [1.000, 1.000]" in capsys.readouterr().out
    baseline = str(tmp_path / "baseline.json")
    assert main(["gate", "--record", "--baseline", baseline, "--set", folder]) == 0
    assert main(["gate", "--baseline", baseline, "--set", folder]) == 0
