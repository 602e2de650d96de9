"""A language model as judge: what it is sent and never sent, what is kept of it, and how far it agrees."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.__main__ import main
from eval.collection import read_set
from eval.llm_judge import JudgeFailed, LlmJudge, Pair, parse_grade, sample_of_judged
from eval.pooling import write_pool
from index.documents import Access, Audience, Document
from index.errors import UnknownDocument
from service.answering.endpoint import EndpointFailed
from service.judging.judgements import PooledDocument, read_judgements
from tests.eval.fakes import MemoryStore, document, write_set
from tests.service.serving import ScriptedModel, served

QUERIES = '{"_id": "t1", "text": "Qui paie le tram ?"}\n{"_id": "t2", "text": "Et le bus ?", "lang": "fr"}'


def grade_by_word(payload: dict[str, Any]) -> str:
    """Give 3 where the document speaks of a tram, else 0."""
    message = json.loads(payload["messages"][1]["content"])
    return json.dumps({"why": "It says so.", "grade": 3 if "tram" in message["document"]["text"] else 0})


class Wording:
    """A model that replies with the same words, or fails so many times first."""

    def __init__(self, reply: str, failures: int = 0) -> None:
        self.words, self.failures = reply, failures
        self.messages: list[str] = []

    def reply(self, prompt: str, message: str, schema: dict[str, Any]) -> Iterator[str]:
        self.messages.append(message)
        if self.failures:
            self.failures -= 1
            raise EndpointFailed("the language model is busy")
        yield self.words


def reader(*documents: Document, audience: Audience = Audience.PUBLIC) -> Any:
    store = MemoryStore(documents)
    return lambda document_id: store.document(document_id, Access(audience))


def judge_over(tmp_path: Path, model: Wording, read: Any) -> LlmJudge:
    return LlmJudge(model, "scripted", read, tmp_path / "judgements.jsonl")


def pairs(tmp_path: Path, *judged: str) -> list[Pair]:
    golden = read_set(str(write_set(tmp_path / "small", QUERIES)))
    return [Pair(golden.topics[0], name) for name in judged]


def test_a_grade_is_kept_with_its_reason_and_asked_for_once(tmp_path: Path) -> None:
    model = Wording('{"why": "It  names who pays.", "grade": 2}')
    judge = judge_over(tmp_path, model, reader(document("a", ("p. 1", "Le tram."))))
    pool = pairs(tmp_path, "a", "a")
    assert judge.run(pool).judged == 1
    (kept,) = read_judgements(judge.path)
    assert (kept.topic, kept.judged, kept.grade, kept.judge) == ("t1", "a", 2, "llm:scripted")
    assert kept.note == "It names who pays."
    assert judge.run(pool).known == 1
    assert len(model.messages) == 1


def test_documents_beyond_the_audience_are_never_sent(tmp_path: Path) -> None:
    secret = document("secret", ("p. 1", "Salaire du directeur."), audience=Audience.STAFF)
    model = Wording('{"why": "", "grade": 1}')
    judge = judge_over(tmp_path, model, reader(secret, document("a", ("p. 1", "Le tram."))))
    progress = judge.run(pairs(tmp_path, "secret", "secret#p. 1", "gone", "a"))
    assert (progress.withheld, progress.judged) == (3, 1)
    assert "Salaire" not in "".join(model.messages)


def test_a_section_is_judged_by_its_own_text(tmp_path: Path) -> None:
    model = Wording('{"why": "", "grade": 1}')
    judge = judge_over(tmp_path, model, reader(document("a", ("p. 1", "Le tram."), ("p. 2", "Le bus."))))
    assert judge.run(pairs(tmp_path, "a#p. 2", "a#p. 9")).withheld == 1
    (message,) = model.messages
    assert json.loads(message)["document"] == {"title": "Title of a", "section": "p. 2", "text": "Le bus."}


def test_what_is_no_grade_is_not_kept_and_asked_again(tmp_path: Path) -> None:
    read = reader(document("a", ("p. 1", "Le tram.")))
    judge = judge_over(tmp_path, Wording("I would say three."), read)
    pool = pairs(tmp_path, "a")
    assert judge.run(pool).failed == 1
    assert read_judgements(judge.path) == []
    assert judge_over(tmp_path, Wording('{"why": "", "grade": 0}'), read).run(pool).judged == 1


def test_an_endpoint_that_is_gone_ends_the_run_and_loses_nothing(tmp_path: Path) -> None:
    read = reader(*(document(name, ("p. 1", "Le tram.")) for name in "abcd"))
    pool = pairs(tmp_path, *"abcd")
    first = judge_over(tmp_path, Wording('{"why": "", "grade": 0}'), read)
    assert first.run(pool, limit=1).judged == 1
    with pytest.raises(JudgeFailed, match=r"3 times in a row.*run the same command again"):
        judge_over(tmp_path, Wording("", failures=9), read).run(pool)
    assert len(read_judgements(first.path)) == 1
    assert judge_over(tmp_path, Wording('{"why": "", "grade": 1}', failures=2), read).run(pool).judged == 1


@given(st.text())
def test_any_reply_is_a_grade_or_none(reply: str) -> None:
    assert (parsed := parse_grade(reply)) is None or parsed[0] in (0, 1, 2, 3)


@pytest.mark.parametrize(
    ("reply", "grade"),
    [
        ('```json\n{"why": "x", "grade": 3}\n```', 3),
        ('{"grade": 4}', None),
        ('{"grade": true}', None),
        ('{"grade": "2"}', None),
        ('{"grade": [2]}', None),
        ("[1]", None),
        ("{}", None),
    ],
)
def test_only_a_whole_number_from_0_to_3_is_a_grade(reply: str, grade: int | None) -> None:
    parsed = parse_grade(reply)
    assert (parsed[0] if parsed else None) == grade


def test_the_sample_is_spread_over_the_grades_and_always_the_same(tmp_path: Path) -> None:
    qrels = "\n".join(f"t1 zero{at} 0" for at in range(30)) + "\nt1 a 1\nt2 b 3\nt2 c#p._1 3"
    golden = read_set(str(write_set(tmp_path / "small", QUERIES, qrels)))
    drawn = sample_of_judged(golden, 6)
    assert drawn == sample_of_judged(golden, 6)
    assert {"a", "b", "c#p._1"} < {pair.judged for pair in drawn}
    assert len(sample_of_judged(golden, 100)) == 33
    assert sample_of_judged(golden, 0) == []


def test_the_command_judges_a_pool_and_says_how_far_people_agree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus = "\n".join(
        json.dumps({"_id": name, "title": name, "text": text})
        for name, text in {"a": "Le tram est payé.", "b": "Un bus.", "c": "Le tram encore.", "d": "Rien."}.items()
    )
    folder = write_set(tmp_path / "small", QUERIES, "t1 a 3\nt1 b 0\nt2 b 1", corpus)
    pool = tmp_path / "pool.jsonl"
    write_pool([PooledDocument("t1", "Qui paie le tram ?", name, name, name, "x", 1, 1) for name in "cd"], pool)
    people = tmp_path / "var" / "eval" / "judgements" / "small.jsonl"
    people.parent.mkdir(parents=True)
    people.write_text('{"topic": "t1", "judged": "c", "grade": 2, "judge": "Ana", "at": "2026-11-22T10:00:00Z"}\n')
    monkeypatch.setenv("PASSERELLE_DATA", str(tmp_path / "var"))
    command = ["judge", "--set", str(folder), str(pool), "--sample", "3"]
    assert main(command) == 2
    assert "PASSERELLE_LLM_URL" in capsys.readouterr().err
    model = ScriptedModel(reply_to=grade_by_word)
    with served(model.app()) as address:
        monkeypatch.setenv("PASSERELLE_LLM_URL", f"{address}/v1")
        monkeypatch.setenv("PASSERELLE_LLM_MODEL", "scripted")
        assert main(command) == 0
        assert main(command) == 0
    model.ended.set()
    printed = capsys.readouterr().out
    assert "5 judged now, 0 before, 0 not sent" in printed
    assert "0 judged now, 5 before" in printed
    assert "small and llm:scripted: 3 shared, kappa" in printed
    assert "Ana and llm:scripted: 1 shared, kappa 0.00, weighted 0.00" in printed
    output = people.parent / "small-llm.jsonl"
    assert {given.judged: given.grade for given in read_judgements(output) if given.topic == "t1"} == {
        "a": 3,
        "b": 0,
        "c": 3,
        "d": 0,
    }
    assert len(model.sent) == 5
    assert main(["pool", "--set", str(folder), "--judgements", str(output)]) == 0
    assert "5 new judgements" in capsys.readouterr().out


def test_with_nothing_to_judge_the_command_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {"DATA": str(tmp_path / "var"), "LLM_URL": "http://127.0.0.1:9/v1", "LLM_MODEL": "m"}.items():
        monkeypatch.setenv(f"PASSERELLE_{name}", value)
    assert main(["judge", "--set", str(write_set(tmp_path / "small", QUERIES))]) == 2
    assert "nothing to judge. Make a pool" in capsys.readouterr().err


def test_a_reader_of_an_own_corpus_knows_no_other_documents(tmp_path: Path) -> None:
    from eval.llm_judge import document_reader
    from index.settings import IndexSettings

    folder = write_set(tmp_path / "small", QUERIES, "t1 a 1", '{"_id": "a", "text": "x"}')
    read = document_reader(read_set(str(folder)), IndexSettings(data=tmp_path), Access(Audience.PUBLIC))
    assert read("a").text.strip() == "x"
    with pytest.raises(UnknownDocument):
        read("b")
