from __future__ import annotations

from pathlib import Path

import pytest

from eval.collection import read_set
from eval.pooling import POOL_WORDS, consensus, pool, write_pool, write_qrels
from service.judging.judgements import GRADES, Judgement, UnreadableJudgements, append_judgements, read_judgements
from tests.eval.fakes import write_set
from tests.eval.made import results, topic

DENSE = results({"all": {}}, topics=[topic("t1", ["a", "b", "c"]), topic("t2", ["d"])])
LEXICAL = results({"all": {}}, topics=[topic("t1", ["c", "e"]), topic("t2", [])])


def judged(document: str, grade: int, judge: str, at: str = "2026-11-01T10:00:00+00:00") -> Judgement:
    return Judgement("t1", document, grade, judge, at)


def test_a_pool_is_the_union_without_what_was_judged() -> None:
    pooled = pool([DENSE, LEXICAL], {"t1": {"b": 0}}, depth=10)
    assert [(candidate.topic, candidate.document) for candidate in pooled] == [
        ("t1", "c"),
        ("t1", "a"),
        ("t1", "e"),
        ("t2", "d"),
    ]
    assert (pooled[0].runs, pooled[0].best_rank) == (2, 1)


def test_a_pool_goes_no_deeper_than_asked() -> None:
    assert [candidate.document for candidate in pool([DENSE, LEXICAL], {}, depth=1)] == ["a", "c", "d"]


def test_a_pool_is_written_as_lines_table_or_page(tmp_path: Path) -> None:
    hostile = results({"all": {}}, topics=[topic("t1", ["a"], text="<script>alert(1)</script>")])
    pooled = pool([hostile], {}, depth=10)
    for suffix in ("jsonl", "tsv", "html"):
        write_pool(pooled, tmp_path / f"pool.{suffix}", "small")
    assert '"document": "a"' in (tmp_path / "pool.jsonl").read_text()
    header, row = (tmp_path / "pool.tsv").read_text().splitlines()
    assert len(header.split("\t")) == len(row.split("\t")) == 9
    page = (tmp_path / "pool.html").read_text()
    assert 'data-judged="a"' in page
    assert "<script>alert" not in page


def test_the_page_speaks_the_judges_language_and_leads_to_the_documents(tmp_path: Path) -> None:
    pooled = pool([results({"all": {}}, topics=[topic("t1", ["a b/c"])])], {}, depth=10)
    write_pool(pooled, tmp_path / "fr.html", "small", site="https://crt.example/")
    write_pool(pooled, tmp_path / "en.html", "small", language="en")
    french, english = ((tmp_path / f"{language}.html").read_text(encoding="utf-8") for language in ("fr", "en"))
    assert 'href="https://crt.example/documents/a%20b/c"' in french
    assert '<html lang="fr">' in french
    assert "href=" not in english
    for grade in GRADES:
        assert f'value="{grade}"> {grade} – {POOL_WORDS["en"].grades[grade]}' in english


def test_judgements_are_only_ever_added(tmp_path: Path) -> None:
    path = tmp_path / "judgements.jsonl"
    assert append_judgements([judged("a", 3, "Ana")], path) == 1
    assert append_judgements([judged("a", 3, "Ana"), judged("a", 2, "Ben")], path) == 1
    assert read_judgements(path) == [judged("a", 3, "Ana"), judged("a", 2, "Ben")]


@pytest.mark.parametrize(
    "line",
    [
        "{",
        '{"topic": "t1"}',
        '{"topic": "t1", "judged": "a", "grade": 7, "judge": "Ana", "at": "2026-11-01"}',
        '{"topic": "t1", "judged": "a", "grade": 1, "judge": " ", "at": "2026-11-01"}',
        '{"topic": "t1", "judged": "a", "grade": 1, "judge": "Ana", "at": "yesterday"}',
    ],
)
def test_a_wrong_judgement_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "judgements.jsonl"
    path.write_text(f"\n{line}\n")
    with pytest.raises(UnreadableJudgements, match=":2:"):
        read_judgements(path)


def test_the_latest_judgement_of_each_judge_stands_and_the_middle_is_agreed() -> None:
    made = [
        judged("a", 0, "Ana", "2026-11-02T10:00:00+01:00"),
        judged("a", 3, "Ana", "2026-11-01T10:00:00+00:00"),
        judged("a", 1, "Ben"),
        judged("a", 2, "Cléo"),
        judged("b", 3, "Ana"),
        judged("b", 0, "Ben"),
    ]
    assert consensus(made) == {"t1": {"a": 1, "b": 0}}


def test_new_judgements_go_over_the_sets_own(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "small", '{"_id": "t1", "text": "x"}', "t1 a 1\nt1 b 2")
    golden = read_set(str(folder))
    changed = write_qrels(golden, [judged("a", 3, "Ana"), judged("c#p. 1", 2, "Ana")], folder / "qrels" / "test.tsv")
    assert changed == 2
    again = read_set(str(folder))
    assert again.grades == {"t1": {"a": 3, "b": 2, "c": 2}}
    assert again.section_grades == {"t1": {"c#p. 1": 2}}


def test_a_judgement_on_another_sets_topic_is_refused(tmp_path: Path) -> None:
    golden = read_set(str(write_set(tmp_path / "small", '{"_id": "t9", "text": "x"}')))
    with pytest.raises(UnreadableJudgements, match="no topic"):
        write_qrels(golden, [judged("a", 3, "Ana")], tmp_path / "test.tsv")
