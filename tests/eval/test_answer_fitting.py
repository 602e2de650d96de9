"""Fitting the answer model: what tells right sentences and answerable questions apart gets the weight."""

from __future__ import annotations

import numpy as np
import pytest

from eval.answer_fitting import TrainingQuestion, fit, fit_confidence, fit_ranking, folds, held_out_evidence
from service.answering.features import FeatureTable, FloatArray, Question

NAMES = ("telling", "noise")


def question(number: int, answerable: bool = True) -> TrainingQuestion:
    """Return a question of five candidates; where it can be answered, the right one tells itself by its first value."""
    drawn = np.random.default_rng(number)
    table = drawn.normal(size=(5, 2))
    right = np.zeros(5, bool)
    if answerable:
        right[number % 5] = True
        table[number % 5, 0] += 8
    features = FeatureTable(Question("?", "fr", np.zeros(0), np.zeros(0), ()), (), (), (), NAMES, table)

    def evidence(scores: FloatArray) -> dict[str, float]:
        return {"top": float(scores.max()), "idle": 1.0}

    return TrainingQuestion(f"q{number}", features, right, evidence, is_answerable=answerable)


QUESTIONS = [question(number, answerable=number % 3 > 0) for number in range(60)]


def test_the_telling_value_ranks_the_right_sentence_first() -> None:
    ranking = fit_ranking(QUESTIONS, ridge=0.1)
    assert ranking.weights["telling"] > 5 * abs(ranking.weights["noise"])
    right = [question for question in QUESTIONS if question.right.any()]
    assert all(question.right[np.argmax(ranking.apply(NAMES, question.features.table))] for question in right)


def test_every_question_is_kept_back_once_and_its_ranking_never_saw_it() -> None:
    parts = folds(QUESTIONS, 5)
    assert sorted(question.id for _, kept in parts for question in kept) == sorted(
        question.id for question in QUESTIONS
    )
    assert all(
        not {question.id for question in fitting} & {question.id for question in kept} for fitting, kept in parts
    )
    assert all(
        any(question.is_answerable for question in kept) and not all(question.is_answerable for question in kept)
        for _, kept in parts
    )
    assert set(held_out_evidence(QUESTIONS)) == {question.id for question in QUESTIONS}


def test_the_fitted_model_answers_the_wanted_share_of_what_it_can() -> None:
    model = fit(QUESTIONS, "words", "these")
    can = [question for question in QUESTIONS if question.is_answerable]
    sure = [
        model.probability(question.evidence(model.ranking.apply(NAMES, question.features.table))) for question in can
    ]
    assert np.mean([confidence >= model.threshold for confidence in sure]) == pytest.approx(0.8, abs=0.1)
    assert (model.embedder, model.fitted_on) == ("words", "these")


def test_both_sorts_of_question_weigh_the_same_however_many_there_are() -> None:
    seen = [{"top": 1.0}] * 90 + [{"top": -1.0}] * 10
    fitted = fit_confidence(seen, [True] * 90 + [False] * 10)
    middle = fitted.centres["top"]
    assert fitted.apply(("top",), np.array([[0.0]]))[0] == pytest.approx(0.0, abs=0.05)
    assert middle == pytest.approx(0.8)
