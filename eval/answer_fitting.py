"""Learn the answer model from questions with known answers and questions without: what ranks, and when to keep quiet.

Ranking: a softmax over all sentences of a question, trained so that the right ones share its mass (the top-one form of
ListNet, Cao et al. 2007). Confidence: a logistic regression with both classes weighing the same. The confidence is
fitted on rankings that never saw their question (stacking, Wolpert 1992), for a ranking is surer of what it knows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from service.answering.answer_model import AnswerModel, Linear
from service.answering.features import Table, Weighed

FOLDS: Final = 10
SEED: Final = 7
RANKING_RIDGE: Final = 10.0
CONFIDENCE_RIDGE: Final = 10.0
WANTED_COVERAGE: Final = 0.8

Evidence = Mapping[str, float]
_Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Studied:
    """A question as the answerer weighed it, which of its candidates are right, and how to see its evidence."""

    id: str
    weighed: Weighed
    right: _Mask
    evidence: Callable[[Table], Evidence]  # for scores of the candidates
    is_answerable: bool


def fit(studied: Sequence[Studied], embedder: str, fitted_on: str) -> AnswerModel:
    """Return the model these questions give; its threshold answers WANTED_COVERAGE of those it can."""
    ranking = fit_ranking(studied)
    seen = evidence_unseen(studied)
    confidence = fit_confidence([seen[one.id] for one in studied], [one.is_answerable for one in studied])
    model = AnswerModel(embedder, ranking, confidence, 0.5, fitted_on)
    sure = out_of_fold(studied, seen)
    can = [sure[one.id] for one in studied if one.is_answerable]
    threshold = float(np.quantile(can, 1 - WANTED_COVERAGE))
    return AnswerModel(embedder, model.ranking, model.confidence, round(threshold, 4), fitted_on)


def folds(studied: Sequence[Studied], count: int = FOLDS) -> list[tuple[list[Studied], list[Studied]]]:
    """Return (fitted on, kept back) `count` times; every question is kept back once, both sorts in each fold."""
    drawn = np.random.default_rng(SEED)
    fold: dict[str, int] = {}
    for answerable in (True, False):
        group = [one.id for one in studied if one.is_answerable == answerable]
        fold |= {group[place]: number % count for number, place in enumerate(drawn.permutation(len(group)))}
    return [
        ([one for one in studied if fold[one.id] != number], [one for one in studied if fold[one.id] == number])
        for number in range(count)
    ]


def evidence_unseen(studied: Sequence[Studied]) -> dict[str, Evidence]:
    """Return each question's evidence under a ranking that was not fitted on it."""
    seen: dict[str, Evidence] = {}
    for fitting, kept_back in folds(studied):
        ranking = fit_ranking(fitting)
        seen |= {one.id: one.evidence(ranking.of(one.weighed.names, one.weighed.table)) for one in kept_back}
    return seen


def out_of_fold(studied: Sequence[Studied], seen: Mapping[str, Evidence]) -> dict[str, float]:
    """Return each question's confidence under a model that was not fitted on it."""
    sure: dict[str, float] = {}
    for fitting, kept_back in folds(studied):
        told = fit_confidence([seen[one.id] for one in fitting], [one.is_answerable for one in fitting])
        judge = AnswerModel("", Linear({}), told)
        sure |= {one.id: judge.sure(seen[one.id]) for one in kept_back}
    return sure


def fit_ranking(studied: Sequence[Studied], ridge: float = RANKING_RIDGE) -> Linear:
    """Return the ranking that gives right candidates the most of the softmax; questions without one teach nothing."""
    from scipy.optimize import minimize

    taught = [one for one in studied if one.right.any()]
    names = taught[0].weighed.names
    joined = np.concatenate([one.weighed.table for one in taught])
    centres, spreads = joined.mean(axis=0), joined.std(axis=0) + 1e-6
    sets = [((one.weighed.table - centres) / spreads, one.right) for one in taught]

    def loss(weights: Table) -> tuple[float, Table]:
        total, slope = ridge * float(weights @ weights), 2 * ridge * weights
        for values, right in sets:
            scores = values @ weights
            likely = np.exp(scores - scores.max())
            likely /= likely.sum()
            mass = float(likely[right].sum()) + 1e-12
            total -= float(np.log(mass))
            slope -= values.T @ (likely * right / mass - likely)
        return total / len(sets), slope / len(sets)

    found = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B").x
    return _linear(names, found, centres, spreads)


def fit_confidence(seen: Sequence[Evidence], answerable: Sequence[bool], ridge: float = CONFIDENCE_RIDGE) -> Linear:
    """Return the logistic regression of `answerable`, both classes weighing the same."""
    from sklearn.linear_model import LogisticRegression

    names = tuple(seen[0])
    table = np.array([[one[name] for name in names] for one in seen])
    centres, spreads = table.mean(axis=0), table.std(axis=0) + 1e-6
    model = LogisticRegression(C=1 / ridge, class_weight="balanced", max_iter=5000)
    model.fit((table - centres) / spreads, np.array(answerable))
    return _linear(names, model.coef_[0], centres, spreads, float(model.intercept_[0]))


def _linear(names: Sequence[str], weights: Table, centres: Table, spreads: Table, bias: float = 0.0) -> Linear:
    def named(values: Table) -> dict[str, float]:
        return {name: round(float(value), 5) for name, value in zip(names, values, strict=True)}

    return Linear(named(weights), named(centres), named(spreads), round(bias, 5))
