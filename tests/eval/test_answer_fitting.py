"""Fitting the answer model: what tells right sentences and answerable questions apart gets the weight."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from eval.answer_fitting import (
    TrainingQuestion,
    answer_threshold,
    fit,
    fit_confidence,
    fit_ranking,
    folds,
    held_out_evidence,
)
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

    def evidence(features: FeatureTable, scores: FloatArray) -> dict[str, float]:
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
    seen, first_right = held_out_evidence(QUESTIONS)
    assert list(seen) == list(first_right) == [question.id for question in QUESTIONS]


def test_the_fitted_model_answers_at_most_a_twentieth_of_what_it_cannot() -> None:
    model = fit(QUESTIONS, "words", "these")
    answered = {True: list[bool](), False: list[bool]()}
    for question in QUESTIONS:
        scores = model.ranking.apply(NAMES, question.features.table)
        is_answered = model.probability_right(question.evidence(scores)) >= model.threshold
        answered[question.is_answerable].append(is_answered)
    assert np.mean(answered[False]) <= 0.1  # 0.05 on rankings that never saw the question
    assert np.mean(answered[True]) > 0.8
    assert (model.embedder, model.fitted_on) == ("words", "these")


def test_what_is_answered_is_seldom_unanswerable_and_mostly_right() -> None:
    unanswerable = [0.1] * 95 + [0.6] * 5
    right = [(0.9, True)] * 80 + [(0.7, True)] * 10
    assert answer_threshold(unanswerable, [*right, (0.5, True), (0.3, False)]) == 0.6 < 0.7, "more would be false"
    assert answer_threshold(unanswerable, [*right, *[(0.65, False)] * 30]) == 0.7, "a quarter would be wrong"
    assert answer_threshold(unanswerable, [(0.9, False), (0.7, True)]) == 0.6, "none is right often enough"


def test_a_question_whose_wrong_sentence_comes_first_is_answerable_and_not_answered() -> None:
    """Every third question has its right sentence where nothing tells it: its answer is there and another is chosen."""
    blind = [
        replace(each, right=np.roll(each.right, 1)) if number % 3 == 1 else each
        for number, each in enumerate(QUESTIONS)
    ]

    def gather(features: FeatureTable, scores: FloatArray) -> dict[str, float]:
        return {"top": float(scores.max()), "hint": features.table[0, 1]}

    questions = [
        replace(each, gather=gather, features=replace(each.features, table=each.features.table.copy()))
        for each in blind
    ]
    for number, each in enumerate(questions):
        each.features.table[0, 1] = 5.0 * (number % 3 == 1)  # what tells that the ranking errs
    model = fit(questions, "words", "these")
    evidence = [each.evidence(model.ranking.apply(NAMES, each.features.table)) for each in questions]
    wrong, right = evidence[1::3], evidence[2::3]
    assert np.mean([model.probability(each) for each in wrong]) > 0.5
    assert np.mean([model.probability_right(each) for each in wrong]) < 0.3
    assert np.mean([model.probability_right(each) for each in right]) > 0.5


def test_confidence_is_the_share_of_such_questions_that_are_answered() -> None:
    seen = [{"top": 1.0}] * 50 + [{"top": -1.0}] * 50
    fitted = fit_confidence(seen, [True] * 45 + [False] * 5 + [True] * 10 + [False] * 40, ridge=0.01)
    odds = fitted.apply(("top",), np.array([[1.0], [-1.0]]))
    assert (1 / (1 + np.exp(-odds))).tolist() == pytest.approx([0.9, 0.2], abs=0.01)
