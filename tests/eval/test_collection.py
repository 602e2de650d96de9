from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from eval.collection import RightQuote, UnreadableSet, read_set
from index.documents import Audience, Kind
from tests.eval.fakes import write_set


def test_topics_carry_language_slices_audience_day_and_answers(tmp_path: Path) -> None:
    folder = write_set(
        tmp_path / "small",
        '{"_id": "t1", "text": "Was ist ein EVTZ?", "lang": "de", "metadata": {"slices": ["acronym"],'
        ' "audience": "member", "valid_on": "2020-02-01", "answers": [{"document_id": "d", "quote": "Ein EVTZ"}]}}',
    )
    (topic,) = read_set(str(folder)).topics
    assert (topic.language, topic.slices, topic.audience) == ("de", ("acronym",), Audience.MEMBER)
    assert topic.valid_on == date(2020, 2, 1)
    assert topic.answers == (RightQuote("d", "Ein EVTZ"),)


def test_a_topic_may_be_about_some_kinds_and_borders_only_and_they_are_part_of_the_digest(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "small", '{"_id": "t1", "text": "x", "kinds": ["event"], "borders": ["FR-IT"]}')
    everything = read_set(str(write_set(tmp_path / "wide", '{"_id": "t1", "text": "x"}')))
    filtered = read_set(str(folder))
    assert (filtered.topics[0].kinds, filtered.topics[0].borders) == ((Kind.EVENT,), ("FR-IT",))
    assert filtered.judgements_digest != everything.judgements_digest


def test_a_kind_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "small", '{"_id": "t1", "text": "x", "kinds": ["festival"]}')
    with pytest.raises(UnreadableSet, match="festival"):
        read_set(str(folder))


def test_slices_may_stand_at_the_top_of_a_topic_and_its_form_is_one(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "small", '{"_id": "t1", "text": "x", "slices": ["typo", "typo"], "form": "keywords"}')
    assert read_set(str(folder)).topics[0].slices == ("typo", "keywords")


def test_a_document_is_worth_its_best_section_unless_it_was_judged_itself(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "small", '{"_id": "t1", "text": "x"}')
    (folder / "qrels" / "test.tsv").write_text(
        "query-id\tcorpus-id\tscore\nt1\ta#p. 1\t1\nt1\ta#p. 2\t3\nt1\tb#p. 1\t3\nt1\tb\t2\nt1\tc\t0\n"
    )
    golden = read_set(str(folder))
    assert golden.grades == {"t1": {"a": 3, "b": 2, "c": 0}}
    assert golden.section_grades == {"t1": {"a#p. 1": 1, "a#p. 2": 3, "b#p. 1": 3}}


def test_a_set_where_nothing_is_right_is_unanswerable(tmp_path: Path) -> None:
    assert read_set(str(write_set(tmp_path / "none", '{"_id": "t1", "text": "x"}'))).is_unanswerable
    assert read_set(str(write_set(tmp_path / "zero", '{"_id": "t1", "text": "x"}', "t1 a 0"))).is_unanswerable
    unjudged = write_set(tmp_path / "unjudged", '{"_id": "t1", "text": "x"}')
    (unjudged / "qrels" / "test.tsv").unlink()
    assert not read_set(str(unjudged)).is_unanswerable
    assert not read_set(str(write_set(tmp_path / "one", '{"_id": "t1", "text": "x"}', "t1 a 1"))).is_unanswerable


def test_documents_without_a_language_are_in_the_topics(tmp_path: Path) -> None:
    corpus = '{"_id": "a", "text": "Bonjour"}\n{"_id": "b", "title": "B", "text": "Hello", "lang": "en"}'
    golden = read_set(str(write_set(tmp_path / "own", '{"_id": "t1", "text": "x", "lang": "fr"}', "t1 a 1", corpus)))
    assert [document.language for document in golden.documents()] == ["fr", "en"]


def test_the_digest_changes_with_a_judgement_and_not_with_the_folder(tmp_path: Path) -> None:
    before, same, other = (
        read_set(str(write_set(tmp_path / name, '{"_id": "t1", "text": "x"}', qrels)))
        for name, qrels in (("a", "t1 d 1"), ("b", "t1 d 1"), ("c", "t1 d 2"))
    )
    assert before.judgements_digest == same.judgements_digest != other.judgements_digest


@pytest.mark.parametrize(
    ("queries", "qrels", "says"),
    [
        ('{"_id": "t1"}', "", "text"),
        ('{"_id": "t1", "text": "x"', "", "not JSON"),
        ('{"_id": "t1", "text": "x"}\n{"_id": "t1", "text": "y"}', "", "twice"),
        ('{"_id": "t1", "text": "x", "audience": "friends"}', "", "friends"),
        ('{"_id": "t1", "text": "x"}', "t2 a 1", "t2"),
        ('{"_id": "t1", "text": "x"}', "t1 a good", "whole grade"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, queries: str, qrels: str, says: str) -> None:
    folder = write_set(tmp_path / "wrong", queries, qrels)
    with pytest.raises(UnreadableSet, match=says):
        read_set(str(folder))


def test_an_unknown_set_says_which_there_are(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSet, match="Sets that are there"):
        read_set(str(tmp_path / "nowhere"))
