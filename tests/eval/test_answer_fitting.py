"""Fitting the answer model: what tells right sentences and answerable questions apart gets the weight."""

from __future__ import annotations

import numpy as np
import pytest

from eval.answer_fitting import Studied, evidence_unseen, fit, fit_confidence, fit_ranking, folds
from service.answering.features import Question, Table, Weighed

NAMES = ("telling", "noise")


def studied(number: int, answerable: bool = True) -> Studied:
    """Return a question of five candidates; where it can be answered, the right one tells itself by its first value."""
    drawn = np.random.default_rng(number)
    table = drawn.normal(size=(5, 2))
    right = np.zeros(5, bool)
    if answerable:
        right[number % 5] = True
        table[number % 5, 0] += 8
    weighed = Weighed(Question("?", "fr", np.zeros(0), np.zeros(0), ()), (), (), (), NAMES, table)

    def evidence(scores: Table) -> dict[str, float]:
        return {"top": float(scores.max()), "idle": 1.0}

    return Studied(f"q{number}", weighed, right, evidence, is_answerable=answerable)


QUESTIONS = [studied(number, answerable=number % 3 > 0) for number in range(60)]


def test_the_telling_value_ranks_the_right_sentence_first() -> None:
    told = fit_ranking(QUESTIONS, ridge=0.1)
    assert told.weights["telling"] > 5 * abs(told.weights["noise"])
    right = [one for one in QUESTIONS if one.right.any()]
    assert all(one.right[np.argmax(told.of(NAMES, one.weighed.table))] for one in right)


def test_every_question_is_kept_back_once_and_its_ranking_never_saw_it() -> None:
    parts = folds(QUESTIONS, 5)
    assert sorted(one.id for _, kept in parts for one in kept) == sorted(one.id for one in QUESTIONS)
    assert all(not {one.id for one in fitting} & {one.id for one in kept} for fitting, kept in parts)
    assert all(
        any(one.is_answerable for one in kept) and not all(one.is_answerable for one in kept) for _, kept in parts
    )
    assert set(evidence_unseen(QUESTIONS)) == {one.id for one in QUESTIONS}


def test_the_fitted_model_answers_the_wanted_share_of_what_it_can() -> None:
    model = fit(QUESTIONS, "words", "these")
    can = [one for one in QUESTIONS if one.is_answerable]
    sure = [model.sure(one.evidence(model.ranking.of(NAMES, one.weighed.table))) for one in can]
    assert np.mean([one >= model.threshold for one in sure]) == pytest.approx(0.8, abs=0.1)
    assert (model.embedder, model.fitted_on) == ("words", "these")


def test_both_sorts_of_question_weigh_the_same_however_many_there_are() -> None:
    seen = [{"top": 1.0}] * 90 + [{"top": -1.0}] * 10
    told = fit_confidence(seen, [True] * 90 + [False] * 10)
    middle = told.centres["top"]
    assert told.of(("top",), np.array([[0.0]]))[0] == pytest.approx(0.0, abs=0.05)
    assert middle == pytest.approx(0.8)
