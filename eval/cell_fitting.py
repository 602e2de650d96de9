"""Fit the cell model: a logistic regression per column, its threshold set on documents it was not fitted on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from eval.cells import CellMeasure, GradedDocument
from index.types import Vectors
from service.comparison.cell_model import CellModel, ColumnModel
from service.comparison.cells import only, shortlist
from service.comparison.columns import COLUMNS, Column
from service.comparison.features import FloatArray, SentenceTable

FOLDS: Final = 10  # by subject: translations and documents on one thing are held out together
MOST_WRONG: Final = 0.08  # share of the cells shown that may be wrong, where a threshold is chosen
FEWEST: Final = 5  # cells a threshold must show: on fewer the share says nothing
INVERSE_RIDGE: Final = 0.05
INVERSE_RIDGE_SIGNS: Final = 0.03
VECTOR_SCALE: Final = 25.0  # of vectors of length 1 beside standardised signs; a larger one is held back less
NEVER: Final = 99.0  # log-odds no sentence reaches
BESIDES: Final = 0.5  # wrong cells counted besides those seen: the best of many thresholds is partly luck


@dataclass(frozen=True)
class TrainingDocument:
    """A graded document with the table and the vectors of its sentences."""

    graded: GradedDocument
    table: SentenceTable
    vectors: Vectors

    def says(self, column: Column) -> FloatArray:
        """Return for each sentence 1 where it says the column, wholly or in part, else 0."""
        right = self.graded.cells.get(column, {})
        return np.array([float(piece.text in right) for piece in self.table.pieces])


def fit(
    documents: Sequence[TrainingDocument], embedder: str, fitted_on: str
) -> tuple[CellModel, Mapping[Column, CellMeasure]]:
    """Return the model, and what its thresholds gave on held-out documents."""
    by_signs: dict[Column, ColumnModel] = {}
    by_meaning: dict[Column, ColumnModel] = {}
    measured: dict[Column, CellMeasure] = {}
    for column in COLUMNS:
        for family, with_vectors in ((by_signs, False), (by_meaning, True)):
            threshold, measure = choose_threshold(_held_out(documents, column, with_vectors))
            family[column] = _fit_column(documents, column, with_vectors, threshold)
        measured[column] = measure
    return CellModel(embedder, fitted_on, by_signs, by_meaning), measured


def choose_threshold(tops: Sequence[tuple[float, bool, bool]]) -> tuple[float, CellMeasure]:
    """Return the lowest threshold with at most MOST_WRONG of the cells wrong, and what it shows.

    Each top is (log-odds, is it right, does the document say it at all). Without such a threshold nothing is shown.
    """
    graded = sum(has for _, _, has in tops)
    best, threshold, right = CellMeasure(graded, 0, 0), NEVER, 0
    ordered = sorted(tops, key=lambda top: -top[0])
    for shown, (odds, is_right, _) in enumerate(ordered, 1):
        right += is_right
        if shown >= FEWEST and shown - right + BESIDES <= MOST_WRONG * shown:
            following = ordered[shown][0] if shown < len(ordered) else odds - 1
            best, threshold = CellMeasure(graded, shown, right), (odds + following) / 2
    return threshold, best


def _held_out(
    documents: Sequence[TrainingDocument], column: Column, with_vectors: bool
) -> list[tuple[float, bool, bool]]:
    tops = []
    for fitting, held_out in _folds(documents):
        by_signs = _fit_column(fitting, column, False, 0.0)
        by_meaning = _fit_column(fitting, column, True, 0.0) if with_vectors else None
        for document in held_out:
            odds = by_signs.log_odds(document.table)
            if by_meaning:
                odds = only(by_meaning.log_odds(document.table, document.vectors), shortlist(odds))
            says, row = document.says(column), int(odds.argmax())
            tops.append((float(odds[row]), bool(says[row]), bool(says.any())))
    return tops


def _folds(documents: Sequence[TrainingDocument]) -> Iterator[tuple[list[TrainingDocument], list[TrainingDocument]]]:
    folds = {
        document.graded.id: int(hashlib.sha256(f"f{document.graded.subject}".encode()).hexdigest(), 16) % FOLDS
        for document in documents
    }
    for number in sorted(set(folds.values())):
        held_out = [document for document in documents if folds[document.graded.id] == number]
        yield [document for document in documents if folds[document.graded.id] != number], held_out


def _fit_column(
    documents: Sequence[TrainingDocument], column: Column, with_vectors: bool, threshold: float
) -> ColumnModel:
    from sklearn.linear_model import LogisticRegression

    signs = np.concatenate([document.table.signs for document in documents])
    names = documents[0].table.names
    centres, spreads = signs.mean(axis=0), signs.std(axis=0) + 1e-2
    columns = [(signs - centres) / spreads]
    if with_vectors:
        vectors = np.concatenate([document.vectors for document in documents]).astype(np.float64)
        middle = vectors.mean(axis=0)
        columns.append((vectors - middle) * VECTOR_SCALE)
    ridge = INVERSE_RIDGE if with_vectors else INVERSE_RIDGE_SIGNS
    model = LogisticRegression(C=ridge, max_iter=1000, solver="newton-cholesky")
    model.fit(np.hstack(columns), np.concatenate([document.says(column) for document in documents]))
    weights, bias = model.coef_[0], float(model.intercept_[0])
    of_signs = weights[: len(names)] / spreads
    bias -= float(of_signs @ centres)
    of_vector: FloatArray = np.zeros(0)
    if with_vectors:
        of_vector = weights[len(names) :] * VECTOR_SCALE
        bias -= float(of_vector @ middle)
    kept = {name: round(float(weight), 4) for name, weight in zip(names, of_signs, strict=True)}
    return ColumnModel(
        column, kept, round(bias, 4), round(threshold, 4), tuple(round(float(weight), 3) for weight in of_vector)
    )
