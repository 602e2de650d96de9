"""Fit the answer model to questions with known answers and questions without: the ranking, and when to abstain.

Ranking: a softmax over all sentences of a question, trained so that the right ones share its mass (the top-one form of
ListNet, Cao et al. 2007). Confidence: a logistic regression (Platt 1999), fitted on rankings that never saw their
question (stacking, Wolpert 1992): a ranking is too sure of the questions it was fitted on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from index.ranking.reader import Reader
from service.answering.answer_model import AnswerModel, Linear
from service.answering.features import FeatureTable, FloatArray
from service.answering.reading import contradiction, with_readings

FOLDS: Final = 10
SEED: Final = 7
RANKING_RIDGE: Final = 3.0
CONFIDENCE_RIDGE: Final = 10.0
MOST_FALSE: Final = 0.05  # share of the questions without an answer that are answered all the same
LEAST_RIGHT: Final = 0.85  # share of the answers to questions with one that begin with the right sentence
MOST_UNHEARD: Final = 0.05  # share of those with one for which not even what comes nearest is shown
MOST_DENIED: Final = 0.02  # share of those with one whose premise is said to be false

NO_SELECTION: Final = Linear({})

Evidence = Mapping[str, float]
_Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class TrainingQuestion:
    """A question with the features of its candidates, which of them are right, and its evidence for given scores."""

    id: str
    features: FeatureTable
    right: _Mask
    gather: Callable[[FeatureTable, FloatArray], Evidence]  # for scores of the candidates
    is_answerable: bool

    def evidence(self, scores: FloatArray) -> Evidence:
        """Return what speaks for an answer when the candidates are ranked by these scores."""
        return self.gather(self.features, scores)

    def with_features(self, features: FeatureTable) -> TrainingQuestion:
        """Return the same question with further features of the same candidates."""
        return replace(self, features=features)


def fit(
    questions: Sequence[TrainingQuestion],
    embedder: str,
    fitted_on: str,
    reader: str = "",
    selection: Linear = NO_SELECTION,
) -> AnswerModel:
    """Return the model fitted to these questions, its thresholds set by the shares above.

    Where a reader read for them, `reader` names it and `selection` chose what it read.
    """
    ranking = fit_ranking(questions)
    seen, first_right = held_out_evidence(questions)
    answerable = {question.id: question.is_answerable for question in questions}
    evidence = list(seen.values())
    confidence, correctness = (fit_confidence(evidence, list(of.values())) for of in (answerable, first_right))
    with_answer = [question for question in questions if question.is_answerable]
    confidences = held_out_confidence(questions, seen, answerable)
    sure = [confidences[question.id] for question in with_answer]
    likely_right = held_out_confidence(questions, seen, first_right)
    unsure = [likely_right[question.id] for question in questions if not question.is_answerable]
    threshold = answer_threshold(
        unsure, [(likely_right[question.id], first_right[question.id]) for question in with_answer]
    )
    denied = [contradiction(question.features)[0] for question in with_answer]
    return AnswerModel(
        embedder,
        ranking,
        confidence,
        correctness,
        threshold=round(threshold, 4),
        nearest_threshold=round(float(np.quantile(sure, MOST_UNHEARD)), 4),
        contradiction_threshold=round(max(0.5, float(np.quantile(denied, 1 - MOST_DENIED))), 4) if reader else 1.0,
        fitted_on=fitted_on,
        reader=reader,
        selection=selection,
    )


def answer_threshold(unanswerable: Sequence[float], answerable: Sequence[tuple[float, bool]]) -> float:
    """Return the smallest probability from which on MOST_FALSE and LEAST_RIGHT are both kept.

    Given are the probabilities that the first sentence answers, of questions without an answer, and of those with one
    beside whether it does. Where LEAST_RIGHT cannot be kept, MOST_FALSE decides alone.
    """
    lowest = float(np.quantile(unanswerable, 1 - MOST_FALSE, method="higher"))
    thresholds = sorted({lowest, *(p for p, _ in answerable if p > lowest)})

    def share_right(threshold: float) -> float:
        given = [is_right for p, is_right in answerable if p >= threshold]
        return sum(given) / max(1, len(given))

    return next((each for each in thresholds if share_right(each) >= LEAST_RIGHT), lowest)


def read_with(reader: Reader, questions: Sequence[TrainingQuestion]) -> list[TrainingQuestion]:
    """Return the questions as the reader read for them; what it read of each a ranking chose that never saw it."""
    read = {}
    for fitting, held_out in folds(questions):
        selection = fit_ranking(fitting)
        for question in held_out:
            scores = selection.apply(question.features.names, question.features.table)
            read[question.id] = question.with_features(with_readings(reader, question.features, scores))
    return [read[question.id] for question in questions]


def folds(
    questions: Sequence[TrainingQuestion], count: int = FOLDS
) -> list[tuple[list[TrainingQuestion], list[TrainingQuestion]]]:
    """Return `count` pairs (fitted on, held out); each question is held out once, answerable and not in each fold."""
    drawn = np.random.default_rng(SEED)
    fold: dict[str, int] = {}
    for answerable in (True, False):
        group = [question.id for question in questions if question.is_answerable == answerable]
        fold |= {group[at]: number % count for number, at in enumerate(drawn.permutation(len(group)))}
    return [
        (
            [question for question in questions if fold[question.id] != number],
            [question for question in questions if fold[question.id] == number],
        )
        for number in range(count)
    ]


def held_out_evidence(questions: Sequence[TrainingQuestion]) -> tuple[dict[str, Evidence], dict[str, bool]]:
    """Return each question's evidence under a ranking not fitted on it, and whether that ranking's first is right.

    Both are in the order of the questions.
    """
    seen: dict[str, Evidence] = {}
    first_right: dict[str, bool] = {}
    for fitting, held_out in folds(questions):
        ranking = fit_ranking(fitting)
        for question in held_out:
            scores = ranking.apply(question.features.names, question.features.table)
            seen[question.id] = question.evidence(scores)
            first_right[question.id] = bool(question.right[int(np.argmax(scores))])
    return {question.id: seen[question.id] for question in questions}, {
        question.id: first_right[question.id] for question in questions
    }


def held_out_confidence(
    questions: Sequence[TrainingQuestion], seen: Mapping[str, Evidence], label: Mapping[str, bool]
) -> dict[str, float]:
    """Return each question's probability of its label under a logistic regression that was not fitted on it."""
    confidences: dict[str, float] = {}
    for fitting, held_out in folds(questions):
        confidence = fit_confidence(
            [seen[question.id] for question in fitting], [label[question.id] for question in fitting]
        )
        judge = AnswerModel("", Linear({}), confidence)
        confidences |= {question.id: judge.probability(seen[question.id]) for question in held_out}
    return confidences


def fit_ranking(questions: Sequence[TrainingQuestion], ridge: float = RANKING_RIDGE) -> Linear:
    """Return the ranking that gives right candidates most of the softmax, from the questions that have one."""
    from scipy.optimize import minimize

    with_right = [question for question in questions if question.right.any()]
    names = with_right[0].features.names
    joined = np.concatenate([question.features.table for question in with_right])
    centres, spreads = joined.mean(axis=0), joined.std(axis=0) + 1e-6
    sets = [((question.features.table - centres) / spreads, question.right) for question in with_right]

    def loss(weights: FloatArray) -> tuple[float, FloatArray]:
        total, slope = ridge * float(weights @ weights), 2 * ridge * weights
        for values, right in sets:
            scores = values @ weights
            likely = np.exp(scores - scores.max())
            likely /= likely.sum()
            mass = float(likely[right].sum()) + 1e-12
            total -= float(np.log(mass))
            slope -= values.T @ (likely * right / mass - likely)
        return total / len(sets), slope / len(sets)

    weights = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B").x
    return _linear(names, weights, centres, spreads)


def fit_confidence(seen: Sequence[Evidence], label: Sequence[bool], ridge: float = CONFIDENCE_RIDGE) -> Linear:
    """Return the logistic regression of a label, "answerable" or "the first is right": as sure as it is often true."""
    from sklearn.linear_model import LogisticRegression

    names = tuple(seen[0])
    table = np.array([[evidence[name] for name in names] for evidence in seen])
    centres, spreads = table.mean(axis=0), table.std(axis=0) + 1e-6
    model = LogisticRegression(C=1 / ridge, max_iter=5000)
    model.fit((table - centres) / spreads, np.array(label))
    return _linear(names, model.coef_[0], centres, spreads, float(model.intercept_[0]))


def _linear(
    names: Sequence[str], weights: FloatArray, centres: FloatArray, spreads: FloatArray, bias: float = 0.0
) -> Linear:
    def named(values: FloatArray) -> dict[str, float]:
        return {name: round(float(value), 5) for name, value in zip(names, values, strict=True)}

    return Linear(named(weights), named(centres), named(spreads), round(bias, 5))
