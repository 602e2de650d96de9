"""How right, how quick and how sure the extractive answers are, and how the answer model is fitted.

    PASSERELLE_DATA=var python -m benchmarks.answers                  measure the model that is served
    PASSERELLE_DATA=var python -m benchmarks.answers --fit            fit it anew on answers-dev and unanswerable-dev
        --write     into service/answering/answer-model.json, which is shipped
        --store     into the index, for an embedder of its own

Questions are asked of the index as staff. The model is fitted and chosen on the -dev sets alone; `answers` and
`unanswerable` are looked at to report.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from eval.answer_fitting import Studied, evidence_unseen, fit, fit_ranking, folds, out_of_fold
from eval.answers import Abstention, abstention, measure_replies, right_at, says
from eval.collection import Topic, read_set
from eval.results import Reply
from eval.runs import asked_within
from index.documents import Audience, Document
from index.settings import IndexSettings
from index.store.store import Store
from index.types import Filter
from index.wiring import open_engine
from service.answering.answer_model import FACT, SHIPPED, AnswerModel, Linear, answer_model
from service.answering.answers import Answer
from service.answering.embedding_cache import RememberingEmbedder, SentenceMemory
from service.answering.evidence import evidence
from service.answering.extractive import DOCUMENTS, ExtractiveAnswerer
from service.answering.features import Table, Weighed
from service.answering.service import DEPTH
from service.library.open_index import OpenIndex
from service.wiring import answerer

UNFITTED = AnswerModel("", Linear({"near_content": 1.0}), Linear({}))
FITTING, TEST = ("answers-dev", "unanswerable-dev"), ("answers", "unanswerable")


@dataclass(frozen=True)
class Asked:
    """A question as it was answered with nothing holding the answerer back."""

    topic: Topic
    studied: Studied
    said: Answer
    cold_ms: float
    warm_ms: float
    is_read: bool  # whether a right document is among those whose sentences are weighed


def opened() -> OpenIndex:
    engine = open_engine(IndexSettings.from_environ(os.environ))
    return OpenIndex(engine, engine.store)


def study(index: OpenIndex, names: Sequence[str]) -> list[Studied]:
    """Return every question of the sets as it is weighed: all that a model is fitted on."""
    studied = []
    for topic in [topic for name in names for topic in read_set(name).topics]:
        within = asked_within(topic, Audience.STAFF)
        made = answerer(index, within, UNFITTED)
        ranking = index.engine.search(topic.text, DEPTH, within)
        studied.append(_studied(topic, made, made.weigh(topic.text, ranking, partial(_read, index, within))))
    return [one for one in studied if len(one.right)]


def ask(index: OpenIndex, names: Sequence[str], model: AnswerModel | None) -> list[Asked]:
    """Return every question of the sets, answered by the model (None: the served one)."""
    return [_asked(index, topic, model) for name in names for topic in read_set(name).topics]


def _read(index: OpenIndex, within: Filter, document_id: str) -> Document:
    return index.store.document(document_id, within.audience)


def _studied(topic: Topic, made: ExtractiveAnswerer, weighed: Weighed) -> Studied:
    found = made.find(topic.text)
    right = [
        any(says(one.text, quote.quote) and one.document.id == quote.document_id for quote in topic.answers)
        for one in weighed.candidates
    ]

    def seen(scores: Table) -> dict[str, float]:
        return evidence(weighed, scores, found, made.terms)

    return Studied(topic.id, weighed, np.array(right, bool), seen, is_answerable=bool(topic.answers))


def _asked(index: OpenIndex, topic: Topic, model: AnswerModel | None) -> Asked:
    within = asked_within(topic, Audience.STAFF)
    ranking = index.engine.search(topic.text, DEPTH, within)
    plain = answerer(index, within, model)
    made = replace(plain, embedder=RememberingEmbedder(plain.embedder, SentenceMemory()), model=plain.model.outspoken())
    read = partial(_read, index, within)
    began = time.perf_counter()
    said = made.answer(topic.text, ranking, read)
    once = time.perf_counter()
    made.answer(topic.text, ranking, read)
    twice = time.perf_counter()
    top = {one.document.id for one in ranking.documents[:DOCUMENTS]}
    is_read = any(one.document_id in top for one in topic.answers)
    studied = _studied(topic, made, made.weigh(topic.text, ranking, read))
    return Asked(topic, studied, said, (once - began) * 1000, (twice - once) * 1000, is_read)


def report(name: str, asked: Sequence[Asked], threshold: float) -> dict[str, object]:
    """Return the measures of these questions as they were answered, silent below the threshold."""
    replies = {one.topic.id: _reply(one, threshold) for one in asked}
    measured = {key: round(float(np.mean(list(each.values()))), 3) for key, each in measure_replies(replies).items()}
    told = abstention(list(replies.values()))
    answerable = [one for one in asked if one.topic.answers]
    return {
        "set": name,
        "questions": len(asked),
        **measured,
        **(_trade(told) if told else {}),
        "AUROC by slice": _by_slice(asked, replies),
        "right document read": round(float(np.mean([one.is_read for one in answerable])), 3),
        "right sentence weighed": round(float(np.mean([one.studied.right.any() for one in answerable])), 3),
        **_further([one for one in answerable if one.said.confidence >= threshold]),
    }


def _further(answered: Sequence[Asked]) -> dict[str, float]:
    """Return how many sentences follow the first of an answer, and how many of them say a right quote."""
    rest = [(sentence, one.topic.answers) for one in answered for sentence in one.said.sentences[1:]]
    right = sum(bool(right_at(Answer((sentence,), 1.0), answers)) for sentence, answers in rest)
    return {
        "further sentences an answer": round(len(rest) / len(answered), 2),
        "right of the further sentences": round(right / max(1, len(rest)), 3),
    }


def _trade(told: Abstention) -> dict[str, float]:
    return {
        "AUROC": round(told.auroc, 3),
        "false answers at 0.8 coverage": round(told.at_coverage(0.8).false_answers, 3),
        "coverage at 0.05 false answers": round(max(t.coverage for t in told.curve if t.false_answers <= 0.05), 3),
    }


def _by_slice(asked: Sequence[Asked], replies: dict[str, Reply]) -> dict[str, float]:
    answerable = [replies[one.topic.id] for one in asked if one.topic.answers]
    found = {}
    for name in sorted({part for one in asked if not one.topic.answers for part in one.topic.slices}):
        others = [replies[one.topic.id] for one in asked if not one.topic.answers and name in one.topic.slices]
        told = abstention([*answerable, *others]) if answerable else None
        if told:
            found[name] = round(told.auroc, 3)
    return found


def _reply(one: Asked, threshold: float) -> Reply:
    return Reply(
        is_answered=one.said.is_answered and one.said.confidence >= threshold,
        confidence=one.said.confidence,
        sentences=tuple(sentence.text for sentence in one.said.sentences),
        right_at=right_at(one.said, one.topic.answers),
        is_answerable=bool(one.topic.answers),
    )


def cross_validated(studied: Sequence[Studied]) -> dict[str, float]:
    """Return what models say to questions they were not fitted on: the figures choices are made by."""
    first, three = [], []
    for fitting, kept_back in folds(studied):
        ranking = fit_ranking(fitting)
        for one in kept_back:
            if one.is_answerable:
                order = np.argsort(-ranking.of(one.weighed.names, one.weighed.table), kind="stable")
                first.append(bool(one.right[order[0]]))
                three.append(bool(one.right[order[:3]].any()))
    sure = out_of_fold(studied, evidence_unseen(studied))
    told = abstention([Reply(True, sure[one.id], (), 0, is_answerable=one.is_answerable) for one in studied])
    measured = {"first": round(float(np.mean(first)), 3), "three": round(float(np.mean(three)), 3)}
    return measured | (_trade(told) if told else {})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fit", action="store_true", help="fit the answer model anew")
    parser.add_argument("--write", action="store_true", help="ship what was fitted")
    parser.add_argument("--store", action="store_true", help="keep what was fitted in the index")
    parser.add_argument("--sets", nargs="+", default=TEST, help="what is reported")
    wanted = parser.parse_args()
    index = opened()
    embedder = index.engine.embedder.name
    model = fitted(index, embedder) if wanted.fit else answer_model(index.store.fact(FACT), embedder)
    if wanted.write:
        SHIPPED.write_text(model.to_json() + "\n", encoding="utf-8")
    if wanted.store:
        Store(IndexSettings.from_environ(os.environ).store).record(FACT, model.to_json())
    asked = ask(index, wanted.sets, model)
    print(json.dumps(report(" ".join(wanted.sets), asked, model.threshold), ensure_ascii=False))
    for name, times in (("cold", [one.cold_ms for one in asked]), ("warm", [one.warm_ms for one in asked])):
        middle, high = np.percentile(times, [50, 95])
        print(f"answer, {name}: {middle:.0f} ms p50, {high:.0f} ms p95")


def fitted(index: OpenIndex, embedder: str) -> AnswerModel:
    """Return a model of the -dev sets, and print what cross-validation says of it."""
    studied = study(index, FITTING)
    print(json.dumps({"cross-validated on": FITTING} | cross_validated(studied)))
    return fit(studied, embedder, " ".join(FITTING))


if __name__ == "__main__":
    main()
