"""How right, how quick and how sure the extractive answers are, and how their calibration was fitted.

    PASSERELLE_DATA=var python -m benchmarks.answers          measure with the numbers that stand in the code
    PASSERELLE_DATA=var python -m benchmarks.answers --fit    fit them anew and print them

Questions are those of eval/sets/answers (the documents answer them) and eval/sets/unanswerable (they do not), asked of
the index as staff. Half of each set, drawn with a fixed seed, is for fitting; every figure on the other half is about
numbers that have never seen it. The weights are those of a logistic regression that may not be negative (more evidence
never makes less sure), both classes weighing the same, so that a confidence of 0.5 is where the two are as likely.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Final

import numpy as np

from eval.answers import abstention, measure_replies, right_at
from eval.collection import Topic, read_set
from eval.results import Reply
from eval.runs import asked_within
from index.documents import Audience, Document
from index.settings import IndexSettings
from index.wiring import open_engine
from service.answers import Answer
from service.evidence import E5_SMALL, Calibration, Evidence
from service.extractive import ExtractiveAnswerer
from service.inquiry import DEPTH
from service.library import OpenIndex
from service.sentence_memory import RememberingEmbedder, SentenceMemory
from service.wiring import answerer

SEED: Final = 7
RIDGE: Final = 0.002


@dataclass
class Seen:
    """A calibration that keeps what it was shown: the first evidence is the best sentence's."""

    evidence: list[Evidence]
    calibration: Calibration

    def confidence(self, evidence: Evidence) -> float:
        self.evidence.append(evidence)
        return self.calibration.confidence(evidence)

    def is_enough(self, evidence: Evidence) -> bool:
        return self.calibration.is_enough(evidence)


@dataclass(frozen=True)
class Asked:
    """A question that was answered, and what the answer rests on."""

    topic: Topic
    evidence: Evidence | None
    answer: Answer
    said: Answer  # what it would have said had it not kept silent
    cold_ms: float
    warm_ms: float


def ask_all(names: Sequence[str]) -> list[Asked]:
    """Return every question of the sets, answered."""
    engine = open_engine(IndexSettings.from_environ(os.environ))
    index = OpenIndex(engine, engine.store)
    asked = []
    for topic in [topic for name in names for topic in read_set(name).topics]:
        within = asked_within(topic, Audience.STAFF)
        ranking = engine.search(topic.text, DEPTH, within)
        plain, memory = answerer(index, within), SentenceMemory()
        made = replace(plain, embedder=RememberingEmbedder(plain.embedder, memory))

        def read(document_id: str, seen_as: Audience = within.audience) -> Document:
            return engine.store.document(document_id, seen_as)

        began = time.perf_counter()
        answer = made.answer(topic.text, ranking, read)
        once = time.perf_counter()
        made.answer(topic.text, ranking, read)
        twice = time.perf_counter()
        evidence: list[Evidence] = []
        said = _outspoken(made, evidence).answer(topic.text, ranking, read)
        asked.append(
            Asked(topic, next(iter(evidence), None), answer, said, (once - began) * 1000, (twice - once) * 1000)
        )
    return asked


def _outspoken(made: ExtractiveAnswerer, evidence: list[Evidence]) -> ExtractiveAnswerer:
    seen = Seen(evidence, replace(made.calibration, threshold=0.0))
    return replace(made, calibration=seen)  # type: ignore[arg-type]  # it speaks as one


def fit(asked: Sequence[Asked]) -> Calibration:
    """Return the calibration these questions give."""
    from scipy.optimize import minimize

    known = [one for one in asked if one.evidence]
    table = np.array([_row(one.evidence) for one in known if one.evidence])
    centres = table.mean(axis=0)
    centres[3] = table[table[:, 4] > 0, 3].mean()
    values = table[:, :4] - centres[:4]
    values[:, 3] *= table[:, 4]
    spread = values.std(axis=0)
    values /= spread
    can = np.array([bool(one.topic.answers) for one in known])
    each = np.where(can, 0.5 / can.mean(), 0.5 / (1 - can.mean()))
    sign = np.where(can, 1.0, -1.0)

    def loss(parameters: np.ndarray) -> float:
        lean = values @ parameters[:4] + parameters[4]
        return float((each * np.logaddexp(0, -sign * lean)).mean() + RIDGE * (parameters[:4] ** 2).sum())

    found = minimize(loss, np.zeros(5), bounds=[(0, None)] * 4 + [(None, None)], method="L-BFGS-B").x
    weights = found[:4] / spread
    names = ("passage", "sentence", "margin", "coverage")
    fitted = {f"{name}_centre": round(float(centre), 4) for name, centre in zip(names, centres, strict=False)}
    fitted |= {f"{name}_weight": round(float(weight), 3) for name, weight in zip(names, weights, strict=True)}
    return Calibration(**fitted, bias=round(float(found[4]), 4))


def _row(evidence: Evidence) -> list[float]:
    return [
        evidence.passage_cosine,
        evidence.sentence_cosine,
        evidence.margin,
        evidence.coverage,
        float(evidence.is_same_language),
    ]


def halves(asked: Sequence[Asked]) -> tuple[list[Asked], list[Asked]]:
    """Return two halves, the answerable and the others in each, the same at every run."""
    fitting: list[Asked] = []
    for answerable in (True, False):
        group = sorted((one for one in asked if bool(one.topic.answers) == answerable), key=lambda one: one.topic.id)
        fitting += random.Random(SEED).sample(group, len(group) // 2)
    ids = {one.topic.id for one in fitting}
    return fitting, [one for one in asked if one.topic.id not in ids]


def report(name: str, asked: Sequence[Asked], calibration: Calibration) -> dict[str, object]:
    """Return the measures of these questions under a calibration."""
    replies = {one.topic.id: _reply(one, calibration) for one in asked}
    measured = {key: round(float(np.mean(list(each.values()))), 3) for key, each in measure_replies(replies).items()}
    told = abstention(list(replies.values()))
    given = [one for one in asked if one.topic.answers and _reply(one, calibration).is_answered]
    later = [place for one in given for place in _later(one)]
    return {
        "set": name,
        "questions": len(asked),
        "AUROC": round(told.auroc, 3) if told else None,
        **measured,
        "sentences_per_answer": round(float(np.mean([len(one.answer.sentences) for one in given])), 2) if given else 0,
        "right_of_second_and_third": round(float(np.mean(later)), 3) if later else None,
    }


def _later(one: Asked) -> list[bool]:
    """Say of each sentence after the first whether it is right."""
    return [
        right_at(replace(one.answer, sentences=(sentence,)), one.topic.answers) == 1
        for sentence in one.answer.sentences[1:]
    ]


def _reply(one: Asked, calibration: Calibration) -> Reply:
    confidence = calibration.confidence(one.evidence) if one.evidence else 0.0
    return Reply(
        is_answered=confidence >= calibration.threshold and one.evidence is not None,
        confidence=confidence,
        sentences=tuple(sentence.text for sentence in one.said.sentences),
        right_at=right_at(one.said, one.topic.answers),
        is_answerable=bool(one.topic.answers),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fit", action="store_true", help="fit the calibration anew")
    wanted = parser.parse_args()
    asked = ask_all(["answers", "unanswerable"])
    fitting, kept_back = halves(asked)
    calibration = fit(fitting) if wanted.fit else E5_SMALL
    print(json.dumps(asdict(calibration)))
    for name, part in (("fitted on", fitting), ("kept back", kept_back), ("all", asked)):
        print(json.dumps(report(name, part, calibration)))
    for name, times in (("cold", [one.cold_ms for one in asked]), ("warm", [one.warm_ms for one in asked])):
        middle, high = np.percentile(times, [50, 95])
        print(f"answer, {name}: {middle:.0f} ms p50, {high:.0f} ms p95")


if __name__ == "__main__":
    main()
