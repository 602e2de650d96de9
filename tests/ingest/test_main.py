"""The command: what it prints, writes and returns."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from index.store.locks import AnotherJob, exclusive
from ingest.__main__ import defaults_of, main, parser
from ingest.sources.dates import InvalidMetadata
from ingest.sync.report import Remark, Report


def test_the_defaults_are_put_in_our_own_words() -> None:
    defaults = defaults_of(parser().parse_args(["x", "--audience", "Membres", "--kind", "étude", "--language", "FR"]))
    assert defaults.stated() == {"audience": "member", "kind": "study", "language": "fr"}


def test_a_wrong_default_is_told_before_anything_is_done(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InvalidMetadata):
        defaults_of(parser().parse_args(["x", "--audience", "secret"]))
    assert main([str(tmp_path), "--audience", "secret", "--data", str(tmp_path / "var")], {}) == 2
    assert "--audience: 'secret' is not understood" in capsys.readouterr().err
    assert not (tmp_path / "var").exists()


def test_a_missing_source_is_told_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "nowhere"), "--data", str(tmp_path / "var")], {}) == 2
    assert "no such folder or file" in capsys.readouterr().err
    assert not (tmp_path / "var").exists()


def test_a_second_job_says_who_holds_the_lock(tmp_path: Path) -> None:
    lock = tmp_path / "ingest.lock"
    with exclusive(lock), pytest.raises(AnotherJob, match=r"process \d+ on .+, since 20.+`.+`"), exclusive(lock):
        raise AssertionError("two jobs at once")
    with exclusive(lock):
        assert "process" in lock.read_text(encoding="utf-8")


def test_the_report_is_written_for_people_and_for_programs(tmp_path: Path) -> None:
    report = Report(("corpus",), new=2, unchanged=1, unsaid=2, failures=[Remark("corpus/a.pdf", "encrypted.")])
    text = report.write(tmp_path)
    assert "FAILED: corpus/a.pdf: encrypted." in text.read_text(encoding="utf-8")
    latest = json.loads((tmp_path / "ingest-report.json").read_text(encoding="utf-8"))
    assert latest["failures"] == [{"path": "corpus/a.pdf", "reason": "encrypted."}]
    assert (latest["read"], latest["failed"], latest["exit_code"]) == (2, 1, 1)
    assert datetime.fromisoformat(latest["started"]).tzinfo is not None
    assert text.with_suffix(".json").is_file()
