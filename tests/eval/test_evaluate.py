from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import pytrec_eval

from eval.arms import rank_with
from eval.collection import GoldenSet, read_set
from eval.evaluate import RunOptions, measure_external_run, measure_set, save_run
from eval.results import Results, read_results, results_lines
from eval.runs import UnreadableRun, read_trec
from index.documents import Audience, Document
from index.types import Filter, Ranking
from service.answering.answers import Answer, Citation, ReadDocument, Sentence
from tests.eval.fakes import MemoryStore, WordEngine, document, write_set

ENGINE = WordEngine(
    MemoryStore(
        (
            document("bus", ("p. 1", "le bus frontalier circule"), ("p. 2", "horaires du bus")),
            document("linie", ("S. 1", "bus linie über die grenze"), language="de"),
            document("notes", ("p. 1", "notes de travail du bus"), audience=Audience.STAFF),
        )
    )
)
QUERIES = """
{"_id": "t1", "text": "bus frontalier", "lang": "fr", "slices": ["transport"]}
{"_id": "t2", "text": "bus grenze", "lang": "fr", "slices": ["transport", "acronym"]}
{"_id": "t3", "text": "horaires", "lang": "fr"}
"""
QRELS = """
t1 bus 1
t2 linie 2
t2 gone 1
t3 notes 1
"""


@pytest.fixture
def golden(tmp_path: Path) -> GoldenSet:
    return read_set(str(write_set(tmp_path / "small", QUERIES, QRELS)))


@pytest.fixture
def results(golden: GoldenSet) -> Results:
    return measure_set(golden, ENGINE)[0]


def test_each_slice_is_measured_on_its_own_topics(results: Results) -> None:
    assert results.values["all"]["RR@10"] == {"t1": 1.0, "t2": 1.0, "t3": 0.0}
    assert set(results.values["transport"]["RR@10"]) == {"t1", "t2"}
    assert set(results.values["acronym"]["RR@10"]) == {"t2"}
    assert results.summary["transport"]["RR@10"] == (1.0, 1.0, 1.0, 2)


def test_topics_are_sliced_by_the_audience_of_what_is_right(results: Results) -> None:
    assert set(results.values["audience public"]["RR@10"]) == {"t1", "t2"}
    assert set(results.values["audience staff"]["RR@10"]) == {"t3"}


def test_a_language_pair_counts_the_right_documents_of_that_language(results: Results) -> None:
    assert results.values["fr→de"]["RR@10"] == {"t2": 1.0}
    assert results.values["fr→fr"]["RR@10"] == {"t1": 1.0, "t3": 0.0}


def test_other_languages_in_the_way_cost_a_pair(tmp_path: Path) -> None:
    both = read_set(
        str(write_set(tmp_path / "both", '{"_id": "t1", "text": "bus", "lang": "fr"}', "t1 bus 1\nt1 linie 1"))
    )
    values = measure_set(both, ENGINE)[0].values
    assert values["fr→fr"]["RR@10"] == {"t1": 1.0}
    assert values["fr→de"]["RR@10"] == {"t1": 1 / 2}


def test_judged_documents_that_are_not_in_the_index_are_told(results: Results) -> None:
    assert results.unknown == ("gone",)


def test_what_a_topic_may_not_see_it_does_not_find(golden: GoldenSet) -> None:
    as_public, _ = measure_set(golden, ENGINE, options=RunOptions(audience=Audience.PUBLIC))
    documents = {document.id for topic in as_public.topics for document in topic.documents}
    assert documents == {"bus", "linie"}


def test_sections_are_measured_where_sections_are_judged(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "parts", '{"_id": "t1", "text": "horaires du bus"}')
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nt1\tbus#p. 1\t2\n")
    whole = measure_set(read_set(str(folder)), ENGINE)[0].values["all"]
    assert whole["RR@10"] == {"t1": 1.0}
    assert whole["section RR@10"] == {"t1": 1 / 3}  # bus p. 2, then notes, then bus p. 1


def test_an_arm_alone_is_measured_by_its_own_hits(golden: GoldenSet) -> None:
    assert rank_with(ENGINE, "lexical")("bus", 10, Filter(Audience.STAFF)).documents == ()
    assert measure_set(golden, ENGINE, options=RunOptions("lexical"))[0].values["all"]["R@10"] == {
        "t1": 0.0,
        "t2": 0.0,
        "t3": 0.0,
    }
    assert measure_set(golden, ENGINE, options=RunOptions("dense"))[0].values["all"]["RR@10"]["t1"] == 1.0


def test_results_are_read_as_they_were_written(golden: GoldenSet, tmp_path: Path) -> None:
    results, run = measure_set(golden, ENGINE)
    path = save_run(results, {ranked.topic.id: ranked.documents for ranked in run}, tmp_path / "runs")
    assert read_results(path) == results
    assert list(read_trec(path.with_suffix(".run"))) == ["t1", "t2", "t3"]
    payload = json.loads(path.read_text())
    assert payload["summary"]["all"]["RR@10"]["mean"] == pytest.approx(2 / 3)
    assert payload["latency_ms"].keys() == {"p50", "p99"}
    assert payload["titles"]["bus"] == "Title of bus"
    assert (payload["generation"], payload["embedder"], payload["set"], payload["arm"]) == (
        7,
        "fake",
        "small",
        "engine",
    )


def test_what_is_kept_gives_trec_eval_the_same_figures(golden: GoldenSet, tmp_path: Path) -> None:
    results, run = measure_set(golden, ENGINE)
    path = save_run(results, {ranked.topic.id: ranked.documents for ranked in run}, tmp_path)
    with path.with_suffix(".qrels").open() as qrels, path.with_suffix(".run").open() as ranked:
        evaluator = pytrec_eval.RelevanceEvaluator(pytrec_eval.parse_qrel(qrels), {"ndcg_cut_10"})
        theirs = evaluator.evaluate(pytrec_eval.parse_run(ranked))
    assert {topic: values["ndcg_cut_10"] for topic, values in theirs.items()} == pytest.approx(
        results.values["all"]["nDCG@10"]
    )


def test_another_systems_run_is_measured_as_ours_is(golden: GoldenSet) -> None:
    ours, run = measure_set(golden, ENGINE)
    theirs = measure_external_run(golden, ENGINE, {ranked.topic.id: ranked.documents for ranked in run}, name="theirs")
    assert theirs.values["all"]["nDCG@10"] == ours.values["all"]["nDCG@10"]
    assert [[document.id for document in topic.documents] for topic in theirs.topics] == [
        [document.id for document in topic.documents] for topic in ours.topics
    ]
    assert (theirs.name, theirs.judgements, theirs.embedder) == ("small · theirs", ours.judgements, "another system")
    assert "not timed" in next(results_lines(theirs))


def test_a_run_without_sections_has_no_measure_of_them(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "parts", '{"_id": "t1", "text": "horaires du bus"}')
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nt1\tbus#p. 1\t2\n")
    whole = measure_external_run(read_set(str(folder)), ENGINE, {"t1": (("bus", 1.0),)}, name="theirs").values["all"]
    assert whole["RR@10"] == {"t1": 1.0}
    assert not any(name.startswith("section") for name in whole)


def test_a_run_on_other_documents_is_refused_with_a_right_line(golden: GoldenSet) -> None:
    with pytest.raises(UnreadableRun, match=r"t1 Q0 \w+ 1 0\.9 theirs"):
        measure_external_run(golden, ENGINE, {"t1": (("elsewhere", 1.0),)}, name="theirs")


def test_a_file_that_is_no_results_is_told(tmp_path: Path) -> None:
    (tmp_path / "odd.json").write_text('{"format": 1}')
    with pytest.raises(UnreadableRun, match="Run the set again"):
        read_results(tmp_path / "odd.json")
    with pytest.raises(UnreadableRun, match="python -m eval run"):
        read_results(tmp_path / "none.json")


def test_nothing_is_asked_of_an_answerer_where_no_answer_is_judged(golden: GoldenSet) -> None:
    results, _ = measure_set(golden, ENGINE, lambda within: FirstPassage())
    assert all(topic.reply is None for topic in results.topics)


class FirstPassage:
    """Answers with the first passage whole, half sure; silent on an empty ranking."""

    def answer(self, question: str, ranking: Ranking, read: ReadDocument) -> Answer:
        if not ranking.documents:
            return Answer((), 0.0)
        passage = ranking.documents[0].passages[0].passage
        text: str = _slice(read(passage.document_id), passage.start, passage.end)
        cited = Citation(passage.document_id, "", passage.label, text, passage.start, passage.end)
        return Answer((Sentence(text, (cited,)),), 0.5)


def _slice(document: Document, start: int, end: int) -> str:
    return document.text[start:end]


def test_answers_are_measured_beside_the_ranking(tmp_path: Path) -> None:
    queries = """
{"_id": "t1", "text": "bus frontalier", "slices": ["easy"], "answers": [{"document_id": "bus", "quote": "Le bus"}]}
{"_id": "t2", "text": "grenze", "answers": [{"document_id": "bus", "quote": "Le bus frontalier"}]}
{"_id": "t3", "text": "rien", "answers": [{"document_id": "bus", "quote": "Le bus frontalier"}]}
"""
    golden = read_set(str(write_set(tmp_path / "answers", queries)))
    results, _ = measure_set(golden, ENGINE, lambda within: FirstPassage())
    assert results.values["all"]["Answer@1"] == {"t1": 1.0, "t2": 0.0, "t3": 0.0}
    assert results.values["all"]["Answered"] == {"t1": 1.0, "t2": 1.0, "t3": 0.0}
    assert results.values["easy"]["Answer@1"] == {"t1": 1.0}


def test_silence_is_measured_where_nothing_answers(tmp_path: Path) -> None:
    golden = read_set(
        str(write_set(tmp_path / "none", '{"_id": "t1", "text": "bus"}\n{"_id": "t2", "text": "baleine"}'))
    )
    results, _ = measure_set(golden, ENGINE, lambda within: FirstPassage())
    assert results.values["all"]["Abstained"] == {"t1": 0.0, "t2": 1.0}
    assert replace(results, set="x").name == "x · engine"
