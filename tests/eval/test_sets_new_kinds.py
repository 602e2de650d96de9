"""Rules of the golden set about problem sheets, funding calls, events, contacts and what came with them."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Final

import pytest

from eval.collection import SETS, GoldenSet, read_set
from index.documents import Audience, Kind
from tests.corpus.documents import documents

NEW_KINDS: Final = {Kind.PROBLEM_SHEET, Kind.FUNDING_CALL, Kind.EVENT, Kind.CONTACT}
LANGUAGES: Final = {"fr": 35, "en": 5, "de": 5, "es": 4, "it": 4, "nl": 3}


@pytest.fixture(scope="module")
def new_kinds() -> GoldenSet:
    return read_set(str(SETS / "new-kinds"))


@pytest.fixture(scope="module")
def corpus() -> dict[str, dict[str, object]]:
    return {document.id: document.fields for document in documents()}


def test_two_thirds_of_the_topics_are_in_french_and_all_six_languages_occur(new_kinds: GoldenSet) -> None:
    assert Counter(topic.language for topic in new_kinds.topics) == LANGUAGES


def test_nothing_is_asked_twice(new_kinds: GoldenSet) -> None:
    assert len({topic.text for topic in new_kinds.topics}) == len(new_kinds.topics)


def test_every_other_topic_of_a_language_is_the_test(new_kinds: GoldenSet) -> None:
    for language in LANGUAGES:
        halves = [{"dev", "test"} & set(topic.slices) for topic in new_kinds.topics if topic.language == language]
        assert halves == [{"dev"} if number % 2 == 0 else {"test"} for number in range(len(halves))]


def test_every_topic_has_an_answer_and_documents_that_were_read_and_refused(new_kinds: GoldenSet) -> None:
    for topic in new_kinds.topics:
        grades = new_kinds.grades[topic.id].values()
        assert max(grades) == 3, topic.id
        assert 0 in grades or topic.kinds, topic.id


def test_only_documents_of_the_corpus_are_judged(new_kinds: GoldenSet, corpus: dict[str, dict[str, object]]) -> None:
    assert {judged for grades in new_kinds.grades.values() for judged in grades} <= corpus.keys()


def test_each_new_kind_answers_some_topic(new_kinds: GoldenSet, corpus: dict[str, dict[str, object]]) -> None:
    best = {judged for grades in new_kinds.grades.values() for judged, grade in grades.items() if grade == 3}
    assert {corpus[judged]["kind"] for judged in best} >= NEW_KINDS


def test_versions_of_one_text_have_one_grade(new_kinds: GoldenSet, corpus: dict[str, dict[str, object]]) -> None:
    for topic, grades in new_kinds.grades.items():
        for judged, grade in grades.items():
            original = str(corpus[judged].get("translation_of", ""))
            assert grades.get(original, grade) == grade, (topic, judged)


def test_what_is_relevant_passes_the_topics_own_filter(
    new_kinds: GoldenSet, corpus: dict[str, dict[str, object]]
) -> None:
    for topic in new_kinds.topics:
        for judged, grade in new_kinds.grades[topic.id].items():
            fields = corpus[judged]
            borders = fields.get("borders", [])
            assert isinstance(borders, list)
            seen = (topic.audience or Audience.STAFF).may_see(Audience(str(fields["audience"])))
            fits = not topic.kinds or fields["kind"] in topic.kinds
            touches = not topic.borders or bool(set(topic.borders) & set(borders))
            ends = str(fields.get("deadline", ""))
            is_open = topic.valid_on is None or not ends or date.fromisoformat(ends) >= topic.valid_on
            assert grade == 0 or (seen and fits and touches and is_open), (topic.id, judged)
