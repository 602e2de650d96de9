"""How sure an answer is: what was seen in the passages, as numbers, and the one rule that turns them into a yes."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for an answer. Cosines are the embedder's; nothing here depends on the size of the collection."""

    passage_cosine: float  # of the question with the nearest passage
    sentence_cosine: float  # of the question with the chosen sentence
    margin: float  # how far the nearest sentence stands above the mean of all that were weighed
    coverage: float  # share of the question's terms in the chosen sentence's passage; 0 across languages
    is_same_language: bool  # whether coverage says anything


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic model of "the documents answer this", fitted on answerable and unanswerable questions.

    Cosines of multilingual-e5 lie in a narrow band (0.75 to 0.92), hence the large weights. The numbers are those of
    `python -m benchmarks.answers --fit` on 200 documents: fitted on half of the 120 questions they answer and of the 80
    they do not (20 off-topic, 60 near misses and false premises), AUROC 0.716 on the other half, where 73 % of the
    answerable are answered and 50 % of the others met with silence. Off-topic questions are told apart; a question that
    names the right things and asks what no document says is not: cosines do not see it. The margin counted for nothing.
    """

    passage_centre: float = 0.8655
    passage_weight: float = 22.829
    sentence_centre: float = 0.8439
    sentence_weight: float = 8.345
    margin_centre: float = 0.0455
    margin_weight: float = 0.0
    coverage_centre: float = 0.3552
    coverage_weight: float = 0.033
    bias: float = 0.0384
    threshold: float = 0.5

    def confidence(self, evidence: Evidence) -> float:
        """Return in [0, 1] how likely the documents answer; never lower for more evidence."""
        lean = (
            self.bias
            + self.passage_weight * (evidence.passage_cosine - self.passage_centre)
            + self.sentence_weight * (evidence.sentence_cosine - self.sentence_centre)
            + self.margin_weight * (evidence.margin - self.margin_centre)
        )
        if evidence.is_same_language:
            lean += self.coverage_weight * (evidence.coverage - self.coverage_centre)
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, lean))))

    def is_enough(self, evidence: Evidence) -> bool:
        return self.confidence(evidence) >= self.threshold


E5_SMALL = Calibration()
