"""Sources are read again as they were read: from the same folder, with the same options."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.__main__ import INTERRUPTED, main
from ingest.sync.former_sources import NAME, FormerSources, NoFormerSources


@pytest.fixture
def former(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FormerSources:
    monkeypatch.chdir(tmp_path)
    return FormerSources(tmp_path)


def test_sources_read_alike_are_one_run(former: FormerSources) -> None:
    former.record([Path("a"), Path("b")], ["--audience", "public"], {})
    former.record([Path("c")], [], {"PASSERELLE_FORUM_AUDIENCES": "5=public"})
    first, second = former.runs()
    assert (first.sources, first.options) == (("a", "b"), ("--audience", "public"))
    assert (second.sources, dict(second.environ)) == (("c",), {"PASSERELLE_FORUM_AUDIENCES": "5=public"})
    assert first.folder == str(former.data)


def test_the_last_options_of_a_source_hold_under_whatever_name_it_was_given(former: FormerSources) -> None:
    former.record([Path("a")], ["--audience", "public"], {})
    former.record([former.data / "a"], ["--audience", "member"], {})
    (run,) = former.runs()
    assert run.options == ("--audience", "member")


def test_a_run_without_sources_records_nothing(former: FormerSources) -> None:
    former.record([], [], {})
    assert not (former.data / NAME).exists()


def test_without_a_record_it_is_said_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--again", "--data", str(tmp_path)], {}) == 2
    assert "passerelle-ingest SOURCE" in capsys.readouterr().err
    (tmp_path / NAME).write_text("{")
    with pytest.raises(NoFormerSources, match="cannot be read"):
        FormerSources(tmp_path).runs()


def test_a_source_that_is_gone_is_named_and_nothing_is_touched(
    former: FormerSources, capsys: pytest.CaptureFixture[str]
) -> None:
    former.record([Path("gone")], [], {})
    assert main(["--again", "--data", str(former.data)], {}) == 2
    assert "gone: no such folder or file" in capsys.readouterr().err
    assert not (former.data / "passerelle.sqlite").exists()


def test_an_interrupted_source_keeps_the_others_from_being_read(
    former: FormerSources, monkeypatch: pytest.MonkeyPatch
) -> None:
    former.record([Path("a")], ["--audience", "public"], {})
    former.record([Path("b")], ["--audience", "member"], {})
    read = []

    def interrupted(words: list[str], environ: dict[str, str]) -> int:
        read.append(words[-1])
        return INTERRUPTED

    monkeypatch.setattr("ingest.__main__.main", interrupted)
    assert main(["--again", "--data", str(former.data)], {}) == INTERRUPTED
    assert read == ["a"]


@pytest.mark.parametrize("words", [["--again", "x"], ["--uploads", "--watch"], ["--uploads", "x"], []])
def test_what_does_not_go_together_is_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(words, {})
    assert "passerelle-ingest: error:" in capsys.readouterr().err
