"""`python -m ingest --workers N` itself, with the bundled model: it ranks as an index that one process made."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from index.dense.openvino_runtime import OpenVinoEmbedder
from index.documents import Audience
from index.settings import IndexSettings
from index.types import Filter
from index.wiring import open_engine
from ingest.__main__ import main
from tests.conftest import ROOT
from tests.index.postgresql.test_golden_rankings import assert_same, golden_queries, run
from tests.ingest.workers.teams import MakeSettings

NOTES = ROOT / "corpus/documents/notes-bilateral"
BEGINNINGS = ("accord-", "hopital-", "karlsruher-")


def test_without_postgresql_workers_are_refused_with_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--workers", "2", str(tmp_path), "--data", str(tmp_path / "var")], {}) == 2
    assert "PASSERELLE_DATABASE" in capsys.readouterr().err
    assert not (tmp_path / "var").exists()
    with pytest.raises(SystemExit):
        main(["--workers", "-1", str(tmp_path)], {})


@pytest.mark.parametrize("without_source", ["--uploads", "--watch"])
def test_workers_are_refused_where_they_have_nothing_to_read(
    without_source: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["--workers", "2", without_source], {"PASSERELLE_DATABASE": "postgresql://x"})
    assert "--workers read what is in a SOURCE" in capsys.readouterr().err


def test_two_workers_make_an_index_that_ranks_as_that_of_one(
    make_settings: MakeSettings, models: Path, bundled: OpenVinoEmbedder, tmp_path: Path
) -> None:
    sources = tmp_path / "sources"
    (sources / "documents/notes-bilateral").mkdir(parents=True)
    for path in NOTES.iterdir():
        if path.name.startswith(BEGINNINGS):
            shutil.copy(path, sources / "documents/notes-bilateral")
    shutil.copy(ROOT / "corpus/catalogue.csv", sources)
    several = replace(make_settings("several"), models=models, thesaurus=ROOT / "corpus/thesaurus.ttl")
    alone = replace(several, data=tmp_path / "alone", database="")
    run("ingest", sources, settings=alone)
    run("ingest", sources, "--workers", "2", settings=several)
    assert _counts(several) == _counts(alone)
    run("ingest", "--again", "--workers", "2", settings=several)
    run("ingest", "--again", settings=alone)
    assert _counts(several) == _counts(alone)
    embedded = open_engine(alone, bundled)
    served = open_engine(several, bundled, reader=embedded.reader)
    with closing(embedded.store), closing(served.store):
        for query in golden_queries()[::150]:
            assert_same((embedded, served), query, Filter(Audience.STAFF))


def _counts(settings: IndexSettings) -> dict[str, object]:
    report = json.loads((settings.data / "ingest-report.json").read_text(encoding="utf-8"))
    return {name: value for name, value in report.items() if name not in ("seconds", "started")}
