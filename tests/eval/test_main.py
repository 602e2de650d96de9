from __future__ import annotations

from pathlib import Path

import pytest

from eval.__main__ import main
from eval.gate import baseline_of, write_baselines
from eval.results import write_results
from tests.eval.fakes import write_set
from tests.eval.made import results, topic

VALUES = {f"t{at}": at / 10 for at in range(10)}


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PASSERELLE_DATA", str(tmp_path / "var"))
    return tmp_path / "var"


def kept(path: Path, change: float = 0.0) -> Path:
    values = {topic: value + change for topic, value in VALUES.items()}
    write_results(results({"all": {"nDCG@10": values}}), path)
    return path


def test_an_unknown_set_is_an_error_with_its_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--set", "nowhere"]) == 2
    assert "nowhere: neither a set of eval/sets/" in capsys.readouterr().err


def test_a_set_without_corpus_needs_the_served_index(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_set(tmp_path / "small", '{"_id": "t1", "text": "x"}', "t1 a 1")
    assert main(["run", "--set", str(folder)]) == 2
    assert "passerelle-ingest" in capsys.readouterr().err


def test_a_run_of_others_that_is_not_there_is_told_before_anything_is_opened(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_set(tmp_path / "small", '{"_id": "t1", "text": "bus"}', "t1 line 1")
    assert main(["run", "--set", str(folder), "--run", str(tmp_path / "bm25s.run")]) == 2
    assert "bm25s.run: no such run" in capsys.readouterr().err


def test_compare_prints_a_table_with_losses_and_wins(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(["compare", str(kept(tmp_path / "a.json")), str(kept(tmp_path / "b.json", 0.05)), "--topics", "10"]) == 0
    )
    printed = capsys.readouterr().out
    assert "+0.050" in printed
    assert "10/0/0" in printed
    assert "query t0" in printed.split("Greatest wins")[1]


def test_a_comparison_is_a_page_too(tmp_path: Path) -> None:
    page = tmp_path / "compare.html"
    assert (
        main(["compare", str(kept(tmp_path / "a.json")), str(kept(tmp_path / "b.json", 0.05)), "--page", str(page)])
        == 0
    )
    html = page.read_text(encoding="utf-8")
    assert html.count('<article class="topic">') == 5
    assert "+0.050 · query t" in html
    assert '<th scope="row">all</th><td>10</td><td>0.450</td><td>0.500</td><td>+0.050</td>' in html


def test_report_takes_the_newest_results_of_each_set(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report"]) == 2
    assert "no results to report" in capsys.readouterr().err
    kept(data / "eval" / "runs" / "small-engine-20260101-000000.json")
    kept(data / "eval" / "runs" / "small-engine-20260102-000000.json", 0.1)
    assert main(["report", "--output", str(tmp_path / "page.html")]) == 0
    page = (tmp_path / "page.html").read_text()
    assert "0.550" in page
    assert "0.450" not in page


def test_the_gate_shows_its_own_error_rates(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    baseline = tmp_path / "baseline.json"
    assert main(["gate", "--baseline", str(baseline), "--simulate"]) == 2
    write_baselines([baseline_of(results({"all": {"nDCG@10": VALUES}}))], baseline)
    assert main(["gate", "--baseline", str(baseline), "--simulate", "--trials", "2"]) == 0
    assert "false blocks" in capsys.readouterr().out


def test_judgements_are_taken_in_and_what_is_left_is_pooled(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_set(tmp_path / "small", '{"_id": "t1", "text": "x"}', "t1 a 1")
    run = tmp_path / "run.json"
    write_results(results({"all": {}}, topics=[topic("t1", ["a", "b", "c"])]), run)
    saved = tmp_path / "saved.jsonl"
    line = '{"topic": "t1", "judged": "%s", "grade": %d, "judge": "%s", "at": "2026-11-22T10:00:00Z"}\n'
    saved.write_text(line % ("a", 3, "Ana") + line % ("b", 0, "Ana") + line % ("b", 0, "Ben"))
    pooled = tmp_path / "pool.jsonl"
    assert main(["pool", "--set", str(folder), "--judgements", str(saved), str(run), "--output", str(pooled)]) == 0
    printed = capsys.readouterr().out
    assert "3 new judgements" in printed
    assert "Ana and Ben: 1 shared" in printed
    assert "1 to judge" in printed
    assert '"document": "c"' in pooled.read_text()
    assert (folder / "qrels" / "test.tsv").read_text() == "query-id\tcorpus-id\tscore\nt1\ta\t3\nt1\tb\t0\n"


def test_a_pool_takes_the_results_of_its_own_set_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_set(tmp_path / "other", '{"_id": "t1", "text": "x"}', "t1 a 1")
    assert main(["pool", "--set", str(folder), str(kept(tmp_path / "a.json"))]) == 2
    assert "these results are of small" in capsys.readouterr().err
