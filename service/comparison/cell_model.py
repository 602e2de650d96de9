"""The cell model: for each column, how likely a sentence says it, and from when on it is shown.

A logistic regression per column over the signs of a sentence and, where the embedder is the one it was fitted with, the
sentence's vector. Each has a threshold below which the cell stays empty: an empty cell is better than a wrong one. The
signs alone choose which sentences are embedded, and everything where another embedder is used.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from index.types import Vectors
from service.comparison.columns import COLUMNS, Column
from service.comparison.features import FloatArray, SentenceTable

SHIPPED: Final = Path(__file__).with_name("cell-model.json")
REQUIRED: Final[Mapping[Column, tuple[str, ...]]] = {  # signs one of which a cell must have, whatever the weights say
    Column.LEGAL_FORM: ("w_form", "w_personality", "w_law", "w_treaty", "w_regulation"),
    Column.PARTNERS: ("authorities", "names"),
    Column.COST: ("money",),
    Column.FUNDING: ("w_fund", "w_pays", "w_share"),
    Column.YEAR: ("year",),
}
NOT: Final = -99.0  # the log-odds of a sentence without them
_FIT: Final = "`python -m benchmarks.comparison --fit --write`"


@dataclass(frozen=True, slots=True)
class ColumnModel:
    """A weighted sum that gives the log-odds that a sentence says the column; shown from `threshold` on."""

    column: Column
    signs: Mapping[str, float]
    bias: float
    threshold: float
    vector: tuple[float, ...] = ()  # weights of the sentence's vector, () for a model of signs alone

    def log_odds(self, table: SentenceTable, vectors: Vectors | None = None) -> FloatArray:
        """Return one sum a sentence; `vectors` are (sentences, dimension) where the model has weights for them."""
        weights = np.array([self.signs.get(name, 0.0) for name in table.names])
        sums: FloatArray = table.signs @ weights + self.bias
        if self.vector and vectors is not None:
            sums = sums + vectors @ np.array(self.vector)
        return np.where(_may_say(self.column, table), sums, NOT)


@dataclass(frozen=True)
class CellModel:
    """One model per column by signs, and one by signs and meaning for the embedder it was fitted with."""

    embedder: str
    fitted_on: str
    by_signs: Mapping[Column, ColumnModel]
    by_meaning: Mapping[Column, ColumnModel]

    def to_json(self) -> str:
        payload = {
            "embedder": self.embedder,
            "fitted_on": self.fitted_on,
            "by_signs": {column: _payload(model) for column, model in self.by_signs.items()},
            "by_meaning": {column: _payload(model) for column, model in self.by_meaning.items()},
        }
        return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).replace('"by_', '\n"by_')

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Raises ValueError for a model that lacks a column."""
        payload = json.loads(text)
        families = [
            {
                Column(name): ColumnModel(Column(name), **fields | {"vector": tuple(fields["vector"])})
                for name, fields in part.items()
            }
            for part in (payload["by_signs"], payload["by_meaning"])
        ]
        if any(set(family) != set(COLUMNS) for family in families):
            raise ValueError(f"not a model of every column. Fit it again: {_FIT}.")
        return cls(payload["embedder"], payload["fitted_on"], *families)


@cache
def shipped_model() -> CellModel:
    """Return the model that comes with the service."""
    return CellModel.from_json(SHIPPED.read_text(encoding="utf-8"))


def _may_say(column: Column, table: SentenceTable) -> npt.NDArray[np.bool_]:
    required = [table.names.index(name) for name in REQUIRED.get(column, ()) if name in table.names]
    if not required:
        return np.ones(len(table.signs), np.bool_)
    may: npt.NDArray[np.bool_] = (table.signs[:, required] > 0).max(axis=1)
    return may


def _payload(model: ColumnModel) -> dict[str, Any]:
    return {
        "signs": dict(model.signs),
        "bias": model.bias,
        "threshold": model.threshold,
        "vector": list(model.vector),
    }
