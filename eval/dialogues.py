"""Dialogues: their last turn is asked as the service asks it, and whether something was to be carried over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from eval.collection import GoldenSet, Topic
from service.answering.follow_ups import resolve
from service.library.concepts import Thesaurus

NEW_SUBJECT: Final = "new-subject"  # the slice of topics that must carry nothing over


def resolve_dialogues(golden: GoldenSet, thesaurus: Thesaurus) -> GoldenSet:
    """Return the set with the question each dialogue comes to; topics without earlier turns are as they were."""

    def resolved(topic: Topic) -> Topic:
        question = resolve(topic.text, topic.conversation, thesaurus)
        return replace(topic, resolved=question.text if question.carried else "")

    topics = tuple(resolved(topic) if topic.conversation else topic for topic in golden.topics)
    return replace(golden, topics=topics)


def measure_carrying(topics: Sequence[Topic]) -> dict[str, float]:
    """Return for each dialogue 1 where something was carried over exactly when the subject stayed, else 0."""
    return {
        topic.id: float(bool(topic.resolved) == (NEW_SUBJECT not in topic.slices))
        for topic in topics
        if topic.conversation
    }
