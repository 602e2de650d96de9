"""The command: what it prints, writes and returns."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from index.reasons import Reason
from index.store.locks import AnotherJob, job_lock
from ingest.__main__ import main, make_parser, parse_defaults
from ingest.sources.metadata import InvalidMetadata


def test_the_defaults_are_translated_to_our_own_words() -> None:
    defaults = parse_defaults(
        make_parser().parse_args(["x", "--audience", "Membres", "--kind", "étude", "--language", "FR"])
    )
    assert defaults.stated() == {"audience": "member", "kind": "study", "language": "fr"}


def test_a_wrong_default_is_reported_before_anything_is_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(InvalidMetadata):
        parse_defaults(make_parser().parse_args(["x", "--audience", "secret"]))
    assert main([str(tmp_path), "--audience", "secret", "--data", str(tmp_path / "var")], {}) == 2
    assert "--audience: 'secret' is not understood" in capsys.readouterr().err
    assert not (tmp_path / "var").exists()


def test_a_missing_source_is_reported_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "nowhere"), "--data", str(tmp_path / "var")], {}) == 2
    assert "no such folder or file" in capsys.readouterr().err
    assert not (tmp_path / "var").exists()


def test_a_program_is_told_why_a_run_stopped_by_a_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path), "--audience", "secret", "--json", "--data", str(tmp_path / "var")], {}) == 2
    assert main([str(tmp_path / "nowhere"), "--json", "--data", str(tmp_path / "var")], {}) == 2
    lines = [line.removeprefix("passerelle-ingest: ") for line in capsys.readouterr().err.splitlines()]
    wrong, missing = map(json.loads, lines)
    assert (wrong["code"], wrong["values"]["reason"]["code"]) == ("option-wrong", "not-understood")
    assert (
        Reason.from_json(missing)
        == missing["reason"]
        == f"{tmp_path / 'nowhere'}: " + ("no such folder or file. Nothing was removed; check the path or the mount.")
    )


def test_a_second_job_says_who_holds_the_lock(tmp_path: Path) -> None:
    lock = tmp_path / "ingest.lock"
    with job_lock(lock), pytest.raises(AnotherJob, match=r"process \d+ on .+, since 20.+`.+`"), job_lock(lock):
        raise AssertionError("two jobs at once")
    with job_lock(lock):
        assert "process" in lock.read_text(encoding="utf-8")
