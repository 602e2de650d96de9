"""Rules of the golden sets beside `corpus-*`: answers and unanswerable (and `-dev`), experiences and others."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from functools import cache
from typing import Any, Final

import pytest

from eval.collection import SETS, GoldenSet, read_set
from index.documents import THEMES, Audience, Kind
from service.web.translating import Translator
from tests.eval.corpus_documents import plain, sources

LANGUAGES: Final = {
    "answers": {"fr": 70, "en": 15, "de": 15, "es": 7, "it": 7, "nl": 6},
    "unanswerable": {"fr": 45, "en": 12, "de": 10, "es": 5, "it": 4, "nl": 4},
    "answers-dev": {"fr": 194, "en": 48, "de": 48, "es": 18, "it": 25, "nl": 19},
    "unanswerable-dev": {"fr": 80, "en": 24, "de": 18, "es": 11, "it": 11, "nl": 9},
    "experiences": {"fr": 40, "en": 6, "de": 6, "es": 3, "it": 3, "nl": 2},
    "suggestions": {"fr": 52, "en": 8, "de": 8, "es": 5, "it": 4, "nl": 3},
    "known": {"fr": 34, "de": 9, "en": 8, "es": 4, "it": 3, "nl": 3},
    "members": {"fr": 24, "en": 4, "de": 3, "es": 2, "it": 3, "nl": 2},
    "members-silence": {"fr": 14, "en": 2, "de": 2, "es": 1, "it": 1, "nl": 2},
    "home": {"fr": 3, "en": 3, "de": 3, "es": 3, "it": 3, "nl": 3},
    "audiences": {"fr": 19, "en": 3, "de": 2, "es": 3, "it": 2, "nl": 1},
}


ANSWERS: Final = ("answers", "answers-dev", "members", "home")


UNANSWERABLE: Final = {
    "unanswerable": {"off-topic": 20, "absent": 20, "near-miss": 25, "false-premise": 15},
    "unanswerable-dev": {"off-topic": 25, "absent": 41, "near-miss": 57, "false-premise": 30},
    "members-silence": {"absent": 6, "near-miss": 8, "false-premise": 8},
}


JUDGED: Final = (*ANSWERS, "experiences", "suggestions")


FORMS: Final = {"question", "keywords", "situation"}


LIVED: Final = {Kind.PROJECT_SHEET, Kind.STUDY, Kind.FORUM_THREAD}


COMPARABLE: Final = re.compile(r"(theme|instrument|obstacle|actors):[a-z][a-z0-9-]+")


@cache
def golden(name: str) -> GoldenSet:
    return read_set(str(SETS / name))


@cache
def lines(name: str) -> tuple[dict[str, Any], ...]:
    text = (SETS / name / "queries.jsonl").read_text(encoding="utf-8")
    return tuple(json.loads(line) for line in text.splitlines() if line)


@pytest.mark.parametrize("name", LANGUAGES)
def test_languages_are_counted(name: str) -> None:
    assert Counter(topic.language for topic in golden(name).topics) == LANGUAGES[name]


@pytest.mark.parametrize("name", LANGUAGES)
def test_readme_stands_beside(name: str) -> None:
    assert (SETS / name / "README.md").is_file()


def test_nothing_is_asked_twice() -> None:
    topics = [topic for name in LANGUAGES for topic in golden(name).topics]
    assert [name for name, times in Counter(topic.id for topic in topics).items() if times > 1] == []
    texts = Counter(" ".join(topic.text.casefold().split()) for topic in topics)
    assert [text for text, times in texts.items() if times > 1] == []


@pytest.mark.parametrize("name", JUDGED)
def test_judgements_name_documents_of_the_corpus(name: str) -> None:
    judged = {document for grades in golden(name).grades.values() for document in grades}
    assert judged - sources().keys() == set()
    assert {grade for grades in golden(name).grades.values() for grade in grades.values()} <= {1, 2, 3}


@pytest.mark.parametrize("name", JUDGED)
def test_no_judgement_stands_twice(name: str) -> None:
    rows = (SETS / name / "qrels" / "test.tsv").read_text(encoding="utf-8").splitlines()[1:]
    pairs = Counter(tuple(row.split("\t")[:2]) for row in rows)
    assert [pair for pair, times in pairs.items() if times > 1] == []


@pytest.mark.parametrize("name", ANSWERS)
def test_each_answer_stands_in_its_document(name: str) -> None:
    missing = [
        (topic.id, answer.quote)
        for topic in golden(name).topics
        for answer in topic.answers
        if (text := sources()[answer.document_id].text) is not None and plain(answer.quote) not in text
    ]
    assert missing == []


@pytest.mark.parametrize("name", ANSWERS)
def test_each_question_is_answered_and_judged_by_the_same_documents(name: str) -> None:
    for topic in golden(name).topics:
        answering = {answer.document_id for answer in topic.answers}
        assert answering, topic.id
        assert answering == set(golden(name).grades[topic.id]), topic.id
        assert len(topic.answers) == len(set(topic.answers)), topic.id


@pytest.mark.parametrize("name", ANSWERS)
def test_a_quarter_is_asked_in_another_language_than_answered(name: str) -> None:
    across = {
        topic.id
        for topic in golden(name).topics
        if topic.language not in {sources()[answer.document_id].language for answer in topic.answers}
    }
    assert across == {topic.id for topic in golden(name).topics if "cross-lingual" in topic.slices}
    assert len(across) * 4 >= len(golden(name).topics)


@pytest.mark.parametrize("name", UNANSWERABLE)
def test_unanswerable_is_unanswerable(name: str) -> None:
    assert golden(name).is_unanswerable
    assert (SETS / name / "qrels" / "test.tsv").read_text(encoding="utf-8").count("\n") == 1
    kinds = Counter(kind for topic in golden(name).topics for kind in topic.slices if kind not in FORMS)
    assert kinds == UNANSWERABLE[name]


def test_experiences_are_cases_at_other_borders() -> None:
    for line in lines("experiences"):
        for case in line["cases"]:
            document = sources()[case["document_id"]]
            assert document.kind in LIVED, (line["_id"], case["document_id"])
            assert document.solved is not False, (line["_id"], case["document_id"])
            assert document.audience is not Audience.STAFF, (line["_id"], case["document_id"])
            assert line["border"] not in document.borders, (line["_id"], case["document_id"])


def test_experiences_say_what_compares_and_what_differs() -> None:
    for line in lines("experiences"):
        for case in line["cases"]:
            compared = case["comparable"]
            assert all(COMPARABLE.fullmatch(value) for value in compared), (line["_id"], case["document_id"])
            themes = [value.removeprefix("theme:") for value in compared if value.startswith("theme:")]
            assert themes, (line["_id"], case["document_id"])
            assert set(themes) <= set(THEMES)
            assert len(compared) >= 2
            assert all(case["differs"])
            assert case["differs"]


def test_experiences_are_judged_as_their_cases_are_graded() -> None:
    for line in lines("experiences"):
        assert 3 <= len(line["text"].splitlines()) <= 6, line["_id"]
        graded = {case["document_id"]: case["grade"] for case in line["cases"]}
        assert graded == golden("experiences").grades[line["_id"]]
        assert max(graded.values()) == 3, line["_id"]


def test_most_experiences_have_cases_at_three_borders() -> None:
    spread = [
        {border for case in line["cases"] for border in sources()[case["document_id"]].borders}
        for line in lines("experiences")
    ]
    assert sum(len(borders) >= 3 for borders in spread) >= 40


def test_suggestions_are_posts_and_twenty_have_nothing_to_show() -> None:
    nothing = {topic.id for topic in golden("suggestions").topics if "nothing" in topic.slices}
    assert len(nothing) == 20
    assert {topic.id for topic in golden("suggestions").topics} - nothing == golden("suggestions").grades.keys()
    assert all(line["text"] == f"{line['title']}\n{line['body']}" for line in lines("suggestions"))


def test_suggestions_are_solutions_that_a_member_may_see() -> None:
    for topic, grades in golden("suggestions").grades.items():
        assert max(grades.values()) >= 2, topic
        for document in grades:
            shown = sources()[document]
            assert shown.audience is not Audience.STAFF, (topic, document)
            assert shown.solved is not False, (topic, document)
            assert not shown.superseded, (topic, document)


def forbidden(audience: Audience) -> set[str]:
    return {id_ for id_, document in sources().items() if not audience.may_see(document.audience)}


@pytest.mark.parametrize("audience", [Audience.PUBLIC, Audience.MEMBER])
def test_forbidden_documents_are_those_the_corpus_reserves(audience: Audience) -> None:
    listed = (SETS / "audiences" / f"{audience}.txt").read_text(encoding="utf-8").split()
    assert listed == sorted(forbidden(audience))
    with (SETS / "audiences" / "forbidden.tsv").open(encoding="utf-8", newline="") as rows:
        table = [row for row in csv.DictReader(rows, delimiter="\t") if row["audience"] == audience]
    assert [row["document-id"] for row in table] == listed
    assert all(row["reason"] for row in table)


def test_probes_aim_at_what_their_audience_must_not_meet() -> None:
    assert len(lines("audiences")) == 30
    for line in lines("audiences"):
        assert line["surfaces"], line["_id"]
        assert set(line["surfaces"]) <= forbidden(Audience(line["audience"])), line["_id"]


@pytest.mark.parametrize("language", LANGUAGES["home"])
def test_the_set_home_holds_the_examples_of_the_home_page(language: str) -> None:
    translate = Translator(language)
    examples = [translate(f"home.example.{number}").replace("\u202f", " ") for number in (1, 2, 3)]
    assert [topic.text for topic in golden("home").topics if topic.language == language] == examples
    assert all(topic.audience is Audience.PUBLIC for topic in golden("home").topics)
