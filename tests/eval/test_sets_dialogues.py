"""Rules of the golden set of dialogues, and what is carried over in them."""

from __future__ import annotations

from collections import Counter
from typing import Final

import pytest

from eval.collection import SETS, GoldenSet, read_set
from eval.dialogues import NEW_SUBJECT, measure_carrying, resolve_dialogues
from service.library.concepts import NO_THESAURUS, read_thesaurus
from tests.eval.corpus_documents import sources
from tests.service.thesaurus import THESAURUS

SLICES: Final = {"place", "subject", NEW_SUBJECT}


@pytest.fixture(scope="module")
def dialogues() -> GoldenSet:
    return read_set(str(SETS / "dialogues"))


def test_sixty_dialogues_in_six_languages(dialogues: GoldenSet) -> None:
    languages = Counter(topic.language for topic in dialogues.topics)
    assert languages == {"fr": 30, "en": 8, "de": 8, "es": 5, "it": 5, "nl": 4}
    assert {len(topic.conversation) for topic in dialogues.topics} == {1, 2}
    assert len({(*topic.conversation, topic.text) for topic in dialogues.topics}) == 60


def test_a_third_change_the_subject_and_half_are_the_test(dialogues: GoldenSet) -> None:
    counts = Counter(name for topic in dialogues.topics for name in topic.slices)
    assert (counts[NEW_SUBJECT], counts["dev"], counts["test"]) == (20, 30, 30)
    for topic in dialogues.topics:
        assert len(SLICES & {*topic.slices}) == 1, topic.id
        assert ("three-turns" in topic.slices) == (len(topic.conversation) == 2), topic.id


def test_every_dialogue_has_a_document_that_answers_its_last_turn(dialogues: GoldenSet) -> None:
    for topic in dialogues.topics:
        grades = dialogues.grades[topic.id]
        assert max(grades.values()) == 3, topic.id
        assert grades.keys() <= sources().keys(), topic.id


def test_dialogues_of_the_half_the_rules_were_chosen_on_are_understood(dialogues: GoldenSet) -> None:
    resolved = resolve_dialogues(dialogues, read_thesaurus(THESAURUS))
    carrying = measure_carrying(resolved.topics)
    assert {topic.id for topic in dialogues.topics if "dev" in topic.slices and not carrying[topic.id]} == set()
    assert len(carrying) == 60


def test_the_judgements_are_those_of_the_turns_whatever_they_come_to(dialogues: GoldenSet) -> None:
    resolved = resolve_dialogues(dialogues, read_thesaurus(THESAURUS))
    assert resolved.judgements_digest == dialogues.judgements_digest


def test_topics_without_earlier_turns_stay_as_they_are() -> None:
    home = read_set(str(SETS / "home"))
    assert resolve_dialogues(home, NO_THESAURUS) == home
    assert measure_carrying(home.topics) == {}
