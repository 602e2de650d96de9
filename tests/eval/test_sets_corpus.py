"""Rules that the golden sets over the project's own corpus must keep: corpus-fr and corpus-multi."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from eval.collection import SECTION_MARK, SETS, read_set

CORPUS = Path(__file__).resolve().parents[2] / "corpus"
NAMES = ("corpus-fr", "corpus-multi")
LANGUAGES = {
    "corpus-fr": {"fr": 130},
    "corpus-multi": {"en": 30, "de": 30, "es": 20, "it": 20, "nl": 20},
}
FORMS = {"question": 0.5, "keywords": 0.25, "situation": 0.15}  # the least share of the topics
SLICES = {  # the fewest topics, over both sets
    "acronym": 12,
    "toponym": 12,
    "elision": 12,
    "compound": 12,
    "validity": 12,
    "typo": 12,
    "foreign-acronym": 12,
    "table": 12,
    "cross-lingual": 84,
    "slide": 3,
    "scan": 3,
}
FRONT_MATTER = re.compile(r"---\n(.*?)\n---\n(.*)", re.S)

Line = dict[str, Any]


def lines(name: str) -> list[Line]:
    text = (SETS / name / "queries.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def rows(name: str) -> list[tuple[str, str, str]]:
    with (SETS / name / "qrels" / "test.tsv").open(encoding="utf-8", newline="") as file:
        header, *table = csv.reader(file, delimiter="\t")
    assert header == ["query-id", "corpus-id", "score"]
    return [(topic, judged, grade) for topic, judged, grade in table]


@pytest.fixture(scope="module")
def documents() -> dict[str, Line]:
    """What the corpus says of each document; `body` is the text of those that are Markdown in documents/."""
    rows: dict[str, Line] = {}
    if (CORPUS / "catalogue.csv").is_file():
        with (CORPUS / "catalogue.csv").open(encoding="utf-8", newline="") as file:
            rows = {row["id"]: dict(row) for row in csv.DictReader(file)}
    for folder in ("documents", "originals"):
        for path in sorted((CORPUS / folder).rglob("*.md")):
            if front := FRONT_MATTER.match(path.read_text(encoding="utf-8")):
                fields = yaml.safe_load(front[1])
                rows[fields["id"]] = fields | ({"body": front[2]} if folder == "documents" else {})
    return rows


@pytest.fixture(scope="module")
def topics() -> list[Line]:
    return [topic for name in NAMES for topic in lines(name)]


@pytest.mark.parametrize("name", NAMES)
def test_a_set_has_its_topics_in_its_languages(name: str) -> None:
    assert Counter(topic["lang"] for topic in lines(name)) == LANGUAGES[name]


@pytest.mark.parametrize("name", NAMES)
def test_a_set_is_read_by_the_evaluation(name: str) -> None:
    golden = read_set(name)
    assert len(golden.topics) == len(lines(name))
    assert golden.section_grades


def test_no_topic_is_there_twice(topics: list[Line]) -> None:
    assert not [topic for topic, times in Counter(topic["_id"] for topic in topics).items() if times > 1]
    texts = Counter(" ".join(topic["text"].casefold().split()) for topic in topics)
    assert not [text for text, times in texts.items() if times > 1]


def test_each_form_has_its_share(topics: list[Line]) -> None:
    forms = Counter(topic["form"] for topic in topics)
    assert forms.keys() == FORMS.keys()
    assert all(forms[form] >= share * len(topics) for form, share in FORMS.items()), forms


def test_a_situation_has_three_to_eight_lines_and_the_others_one(topics: list[Line]) -> None:
    for topic in topics:
        length = len(topic["text"].splitlines())
        assert 3 <= length <= 8 if topic["form"] == "situation" else length == 1, topic["_id"]


def test_each_slice_is_large_enough_to_measure(topics: list[Line]) -> None:
    slices = Counter(name for topic in topics for name in topic["slices"])
    assert slices.keys() == SLICES.keys()
    assert all(slices[name] >= least for name, least in SLICES.items()), slices


@pytest.mark.parametrize("name", NAMES)
def test_only_documents_of_the_corpus_are_judged(name: str, documents: dict[str, Line]) -> None:
    assert not {judged.partition(SECTION_MARK)[0] for _, judged, _ in rows(name)} - documents.keys()


@pytest.mark.parametrize("name", NAMES)
def test_a_judged_section_is_a_heading_of_a_markdown_document(name: str, documents: dict[str, Line]) -> None:
    for topic, judged, _ in rows(name):
        document, mark, label = judged.partition(SECTION_MARK)
        if mark:
            headings = re.findall(r"^#+ +(.+?)\s*$", documents[document].get("body", ""), re.M)
            assert label in headings, (topic, judged)


@pytest.mark.parametrize("name", NAMES)
def test_grades_go_from_0_to_3_and_are_given_once(name: str) -> None:
    given = rows(name)
    assert {grade for _, _, grade in given} == {"0", "1", "2", "3"}
    assert len({(topic, judged) for topic, judged, _ in given}) == len(given)
    assert {topic for topic, _, _ in given} == {topic["_id"] for topic in lines(name)}


@pytest.mark.parametrize("name", NAMES)
def test_a_section_is_never_worth_more_than_its_document(name: str) -> None:
    worth = {(topic, judged): int(grade) for topic, judged, grade in rows(name)}
    for (topic, judged), grade in worth.items():
        assert grade <= worth[topic, judged.partition(SECTION_MARK)[0]], (topic, judged)


@pytest.mark.parametrize("name", NAMES)
def test_each_topic_is_answered_at_least_in_part(name: str) -> None:
    for topic, grades in read_set(name).grades.items():
        assert max(grades.values()) >= 2, topic
        assert sum(grade > 0 for grade in grades.values()) >= 2, topic


def test_a_topic_has_three_relevant_documents_on_average() -> None:
    relevant = [
        sum(grade > 0 for grade in grades.values()) for name in NAMES for grades in read_set(name).grades.values()
    ]
    assert sum(relevant) / len(relevant) >= 3


@pytest.mark.parametrize("name", NAMES)
def test_translations_of_a_document_have_one_grade(name: str, documents: dict[str, Line]) -> None:
    for topic, grades in read_set(name).grades.items():
        for document, grade in grades.items():
            original = documents[document].get("translation_of")
            assert not original or grades.get(original) == grade, (topic, document)


@pytest.mark.parametrize("name", NAMES)
def test_cross_lingual_is_a_topic_whose_best_documents_are_in_other_languages(
    name: str, documents: dict[str, Line]
) -> None:
    grades = read_set(name).grades
    for topic in lines(name):
        best = max(grades[topic["_id"]].values())
        spoken = {documents[judged]["language"] for judged, grade in grades[topic["_id"]].items() if grade == best}
        assert ("cross-lingual" in topic["slices"]) == (topic["lang"] not in spoken), topic["_id"]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_relevant_on_a_topics_day_was_in_force(name: str, documents: dict[str, Line]) -> None:
    for topic in read_set(name).topics:
        if topic.valid_on:
            for document, grade in read_set(name).grades[topic.id].items():
                fields = documents[document]
                first, last = _day(fields.get("valid_from")), _day(fields.get("valid_to"))
                in_force = (first or date.min) <= topic.valid_on <= (last or date.max)
                assert in_force or grade == 0, (topic.id, document)


def _day(value: object) -> date | None:
    return date.fromisoformat(str(value)) if value else None
