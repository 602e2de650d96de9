"""The answer model: what was learnt about choosing a sentence and about giving no answer, as numbers in a file.

Three linear models, over the names that `features` and `evidence` give: one ranks the sentences of a question, trained
so that a right one comes first (a softmax over all of them, as in ListNet, Cao et al. 2007); the others are logistic
regressions of "the documents answer this" and of "the first sentence answers this", which is less often so: where an
answer is there and another sentence was put first, only the latter keeps the wrong one back. All belong to the embedder
they were fitted with.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Final, Self

import numpy as np

from index.errors import PasserelleError
from service.answering.features import FloatArray

SHIPPED: Final = Path(__file__).with_name("answer-model.json")
SHIPPED_WITHOUT_READER: Final = Path(__file__).with_name("answer-model-without-reader.json")
FACT: Final = "answer model"  # under which an index keeps a model of its own
_FIT: Final = "`python -m benchmarks.answers --fit --store`"


class UnfitAnswerModel(PasserelleError):
    """No answer model was fitted for this embedder; the message says how to fit one."""


@dataclass(frozen=True, slots=True)
class Linear:
    """A weighted sum of named values, each brought to its centre and spread; what has no weight counts for nothing."""

    weights: Mapping[str, float]
    centres: Mapping[str, float] = field(default_factory=dict)
    spreads: Mapping[str, float] = field(default_factory=dict)
    bias: float = 0.0

    def apply(self, names: tuple[str, ...], table: FloatArray) -> FloatArray:
        """Return one sum a row; `names` are those of the columns."""
        sums = np.full(len(table), self.bias)
        for column, name in enumerate(names):
            if weight := self.weights.get(name, 0.0):
                sums += weight * (table[:, column] - self.centres.get(name, 0.0)) / self.spreads.get(name, 1.0)
        return sums


@dataclass(frozen=True, slots=True)
class AnswerModel:
    """What ranks sentences and says how sure an answer is; `embedder` and `reader` name those it was fitted with.

    `selection` ranks sentences before the reader has seen them, to choose what it reads; `reader` is "" where none
    does, and there is no selection then. `confidence` judges whether the documents answer, `correctness` whether the
    best sentence does. From `threshold` of correctness that sentence is an answer, from `nearest_threshold` of
    confidence it is shown as what comes nearest; from `contradiction_threshold` of the reader's probability that the
    documents say otherwise, that is said instead.
    """

    embedder: str
    ranking: Linear
    confidence: Linear
    correctness: Linear | None = None  # None: an index's own model from before the two were told apart
    threshold: float = 0.5
    nearest_threshold: float = 1.0
    contradiction_threshold: float = 1.0
    fitted_on: str = ""
    reader: str = ""
    selection: Linear = field(default_factory=lambda: Linear({}))

    def probability(self, evidence: Mapping[str, float]) -> float:
        """Return in [0, 1] how likely the documents answer."""
        return _logistic(self.confidence, evidence)

    def probability_right(self, evidence: Mapping[str, float]) -> float:
        """Return in [0, 1] how likely the best sentence answers."""
        return _logistic(self.correctness or self.confidence, evidence)

    def without_threshold(self) -> Self:
        """Return the same model with nothing holding it back, which never says that the documents say otherwise."""
        return replace(self, threshold=0.0, contradiction_threshold=2.0)

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=1, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        fields = json.loads(text)
        names = ("ranking", "confidence", "correctness", "selection")
        return cls(**(fields | {name: Linear(**fields[name]) for name in names if fields.get(name)}))


def _logistic(model: Linear, evidence: Mapping[str, float]) -> float:
    log_odds = float(model.apply(tuple(evidence), np.array([list(evidence.values())]))[0])
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, log_odds))))


@lru_cache(maxsize=8)
def load_answer_model(recorded: str, embedder: str, reader: str = "") -> AnswerModel:
    """Return the index's own model, where it has `recorded` one, else the shipped one. Raises UnfitAnswerModel.

    A model fitted for another embedder or reader is refused: cosines of two embedders are not comparable, nor what two
    readers say, and a confidence taken from one for the other would mean nothing.
    """
    shipped = SHIPPED if reader else SHIPPED_WITHOUT_READER
    model = AnswerModel.from_json(recorded or shipped.read_text(encoding="utf-8"))
    if model.embedder != embedder:
        raise UnfitAnswerModel(
            f"Answers were fitted for the embedder {model.embedder!r}, the index has {embedder!r}: passages are "
            f"found, but no sentence of theirs is given as an answer. Fit them with {_FIT}."
        )
    if model.reader not in ("", reader):  # one fitted without a reader does without the one there is
        raise UnfitAnswerModel(
            f"Answers were fitted for the reader {model.reader!r}, the service has {reader or 'none'!r} "
            "(PASSERELLE_READER): passages are found, but no sentence of theirs is given as an answer. Fit them with "
            f"{_FIT}."
        )
    return model
