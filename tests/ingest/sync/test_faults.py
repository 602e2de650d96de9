"""A second job, a folder that may not be written, a clock that goes backwards: reported, and nothing is lost."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from index.__main__ import main as index
from index.documents import Access, Audience
from index.maintenance.verify import verify
from index.store.originals import FolderOriginals
from index.store.store import Store
from ingest.__main__ import main
from ingest.sync.report import Report
from tests.conftest import ROOT
from tests.faults.mounting import run_read_only
from tests.faults.scenarios import BEFORE, SCENARIOS, bring_to, run_job, settings_of

HOLDER = """
import sys
from pathlib import Path
from index.store.locks import INGEST_LOCK, job_lock
with job_lock(Path(sys.argv[1]) / INGEST_LOCK):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "note.md").write_text("un texte", encoding="utf-8")
    return tmp_path / "source"


def test_a_second_job_reports_which_process_on_which_host_since_when_by_which_command(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "var"), "corpus/ --audience public"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert main([str(source), "--data", str(tmp_path / "var")], {}) == 2
        message = capsys.readouterr().err
        holder.kill()
    for expected in (f"process {holder.pid} on {socket.gethostname()}", "since 2", "corpus/ --audience public"):
        assert expected in message
    assert not (tmp_path / "var" / "passerelle.sqlite").exists()


def ages(data: Path) -> dict[Path, int]:
    """Return when each file was written, except the store: this process may still have it open."""
    files = (path for path in data.rglob("*") if path.is_file() and not path.name.startswith("passerelle.sqlite"))
    return {path: path.stat().st_mtime_ns for path in files}


@pytest.mark.parametrize(
    "command",
    [
        ("ingest", "{source}"),
        ("index", "rebuild"),
        ("index", "restore", "{backup}"),
        ("index", "versions", "d0", "--forget"),
        ("service",),
        ("service", "keys", "list"),
    ],
)
def test_a_folder_that_may_not_be_written_is_named_and_nothing_else_happens(
    source: Path, tmp_path: Path, command: tuple[str, ...]
) -> None:
    data = tmp_path / "var"
    bring_to(BEFORE)(data)
    assert index(["backup", str(tmp_path / "kept.zip")], {"PASSERELLE_DATA": str(data)}) == 0
    before = ages(data)
    words = [word.format(source=source, backup=tmp_path / "kept.zip") for word in command]
    done = run_read_only(data, *words)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert str(data) in done.stderr
    assert ages(data) == before


def test_an_original_that_was_lost_is_kept_anew_from_its_source_by_the_next_run(tmp_path: Path) -> None:
    SCENARIOS["job"].prepare(tmp_path / "var")
    run_job(tmp_path / "var")
    with closing(Store(tmp_path / "var" / "passerelle.sqlite")) as store:
        original = store.list_documents(Access(Audience.STAFF))[0].card.original
    lost = FolderOriginals(tmp_path / "var" / "originals").path(original)
    content = lost.read_bytes()
    lost.unlink()
    run_job(tmp_path / "var")
    assert lost.read_bytes() == content
    assert verify(settings_of(tmp_path / "var")) == []


def test_a_report_is_never_overwritten_though_the_clock_goes_backwards(tmp_path: Path) -> None:
    first, second = (Report(sources=(name,), started="2026-01-01T12:00:00+00:00") for name in ("first", "second"))
    written = [first.write(tmp_path), second.write(tmp_path)]
    assert ["first" in path.read_text(encoding="utf-8") for path in written] == [True, False]
    assert len(list((tmp_path / "reports").iterdir())) == 4
