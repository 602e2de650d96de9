"""What the reader is taught: every question has its place, kept-back documents are not among them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from eval.reader.own_questions import HERE, own_texts
from index.documents import LANGUAGES
from tests.conftest import SHARED

LINES = [
    json.loads(line)
    for path in sorted((HERE / "questions").glob("*.jsonl"))
    for line in path.read_text(encoding="utf-8").splitlines()
]
NEAR_MISSES = {
    "other-border",
    "direction",
    "version",
    "quantity",
    "negation",
    "exception",
    "theme-only",
    "false-premise",
}


def test_no_question_is_over_a_document_that_is_kept_as_a_test() -> None:
    assert not [line["id"] for line in LINES if line["document"].startswith(("cern-", "fr-", "eu-"))]


def test_there_are_enough_questions_in_six_languages() -> None:
    kinds = Counter(line["kind"] for line in LINES)
    assert set(kinds) == {"answer", *NEAR_MISSES}
    assert kinds["answer"] >= 3000
    assert sum(count for kind, count in kinds.items() if kind != "answer") >= 2000
    assert set(Counter(line["language"] for line in LINES)) == set(LANGUAGES)
    assert len({line["id"] for line in LINES}) == len(LINES)


def test_a_question_over_our_own_texts_names_a_stretch_of_them() -> None:
    texts = own_texts()
    for line in LINES:
        if line["document"] in texts:
            text = texts[line["document"]].raw
            assert 0 <= line["start"] < line["end"] <= len(text), line["id"]


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is not here")
def test_a_question_over_a_shared_document_names_a_stretch_of_it() -> None:
    lengths = {path.stem: len(path.read_text(encoding="utf-8")) for path in Path(SHARED / "documents").glob("*.md")}
    own = own_texts()
    for line in LINES:
        if line["document"] not in own:
            assert 0 <= line["start"] < line["end"] <= lengths[line["document"]], line["id"]
