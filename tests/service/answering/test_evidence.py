"""The answer model: a file of numbers that belongs to one embedder, and is refused with any other."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.dense.bundled_model import MODEL_NAME
from index.documents import Access, Audience
from index.types import Filter
from service.answering.answer_model import SHIPPED, AnswerModel, Linear, UnfitAnswerModel, load_answer_model
from service.answering.extractive import ExtractiveAnswerer, UnfitAnswerer
from service.library.open_index import OpenIndex
from service.settings import Settings
from service.wiring import answerers
from tests.service.conftest import EAGER, WORDS
from tests.service.fakes import MemoryEngine, MemoryStore, WordEmbedder
from tests.service.resource_centre import resource_centre

QUESTION = "Qui paie le transport du patient ?"


class Recording(MemoryStore):
    """A store that keeps an answer model."""

    def fact(self, name: str) -> str:
        return WORDS.to_json() if name == "answer model" else ""


def test_a_model_is_the_same_read_back() -> None:
    assert AnswerModel.from_json(WORDS.to_json()) == WORDS


def test_the_shipped_model_belongs_to_the_bundled_embedder_and_is_small() -> None:
    assert load_answer_model("", MODEL_NAME).embedder == MODEL_NAME
    assert SHIPPED.stat().st_size < 2_000_000
    assert json.loads(SHIPPED.read_text(encoding="utf-8"))["fitted_on"] == "answers-dev unanswerable-dev"


def test_a_model_fitted_for_another_embedder_is_refused_with_the_remedy() -> None:
    with pytest.raises(UnfitAnswerModel, match=r"'multilingual-e5-small'.*'other'.*benchmarks\.answers --fit --store"):
        load_answer_model("", "other")


def test_passages_are_found_and_no_sentence_given_where_no_model_fits(tmp_path: Path) -> None:
    store = MemoryStore(resource_centre(), tmp_path)
    engine = MemoryEngine(store, WordEmbedder())
    answerer = answerers(Settings())(OpenIndex(engine, store), Filter())
    assert isinstance(answerer, UnfitAnswerer)
    answer = answerer.answer(
        QUESTION, engine.search(QUESTION), lambda name: store.document(name, Access(Audience.PUBLIC))
    )
    assert not answer.is_answered
    assert "Fit them with" in answer.note


def test_an_index_s_own_model_goes_before_the_shipped_one(tmp_path: Path) -> None:
    store = Recording(resource_centre(), tmp_path)
    answerer = answerers(Settings())(OpenIndex(MemoryEngine(store, WordEmbedder()), store), Filter())
    assert isinstance(answerer, ExtractiveAnswerer)
    assert answerer.model == WORDS


@given(st.dictionaries(st.sampled_from("abc"), st.floats(-1e6, 1e6)))
def test_confidence_lies_between_none_and_all(evidence: dict[str, float]) -> None:
    model = AnswerModel("words", WORDS.ranking, Linear({"a": 2.0, "b": -1.0}, {"a": 1.0}, {"b": 3.0}))
    assert 0 <= model.probability(evidence) <= 1
    assert model.probability_right(evidence) == model.probability(evidence)
    assert model.without_threshold().probability(evidence) == model.probability(evidence)


def test_a_linear_model_is_the_weighted_sum_of_what_it_knows() -> None:
    model = Linear({"a": 2.0, "b": 3.0}, {"a": 1.0}, {"a": 4.0}, bias=0.5)
    assert model.apply(("a", "x"), np.array([[5.0, 9.0], [1.0, 9.0]])).tolist() == [2.5, 0.5]
    assert EAGER.threshold == 0
