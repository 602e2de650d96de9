"""The development sets keep away from the test sets and from the words of the documents."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

import pytest

from eval.collection import read_set
from tests.eval.corpus_documents import plain, sources

PAIRS: Final = (("answers-dev", "answers"), ("unanswerable-dev", "unanswerable"))
ASKED_FOR: Final = {"who", "when", "how-much", "legal-basis", "where", "yes-no", "how", "condition", "what"}
COPIED: Final = 6  # words in a row


def test_no_sentence_answers_in_both_sets() -> None:
    tested = {answer for topic in read_set("answers").topics for answer in topic.answers}
    shared = [
        (topic.id, answer) for topic in read_set("answers-dev").topics for answer in topic.answers if answer in tested
    ]
    assert shared == []


@pytest.mark.parametrize(("developed", "tested"), PAIRS)
def test_no_question_is_nearly_one_of_the_test(developed: str, tested: str) -> None:
    known = {run: topic.id for topic in read_set(tested).topics for run in runs(topic.text)}
    near = [(topic.id, known[run]) for topic in read_set(developed).topics for run in runs(topic.text) if run in known]
    assert near == []


@pytest.mark.parametrize("name", ["answers-dev", "unanswerable-dev"])
def test_no_question_copies_a_document(name: str) -> None:
    written = {run for source in sources().values() if source.text for run in runs(plain(source.text))}
    copied = [(topic.id, run) for topic in read_set(name).topics for run in runs(topic.text) if run in written]
    assert copied == []


def test_each_question_says_what_it_asks_for() -> None:
    for topic in read_set("answers-dev").topics:
        assert len(ASKED_FOR & set(topic.slices)) == 1, topic.id


def test_most_of_the_corpus_is_asked_about() -> None:
    cited = Counter(answer.document_id for topic in read_set("answers-dev").topics for answer in topic.answers)
    assert len(cited) >= 150
    assert max(cited.values()) <= len(read_set("answers-dev").topics) // 10


def runs(text: str) -> Iterator[tuple[str, ...]]:
    """Yield every run of words that would count as copied."""
    words = re.findall(r"\w+", text.casefold())
    yield from zip(*(words[start:] for start in range(COPIED)), strict=False)
