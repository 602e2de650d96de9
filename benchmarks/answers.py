"""How right, how quick and how sure the extractive answers are, and how the answer model is fitted.

    PASSERELLE_DATA=var python -m benchmarks.answers                  measure the model that is served
    PASSERELLE_DATA=var python -m benchmarks.answers --fit            fit it anew on answers-dev and unanswerable-dev
        --write     into service/answering/, as the model that is shipped
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

from eval.answer_fitting import (
    NO_SELECTION,
    TrainingQuestion,
    fit,
    fit_ranking,
    folds,
    held_out_confidence,
    held_out_evidence,
    read_with,
)
from eval.answers import Abstention, measure_abstention, measure_replies, overlap, rank_of_right
from eval.collection import Topic, read_set
from eval.results import Reply
from eval.runs import build_filter
from index.documents import Audience, Document
from index.settings import IndexSettings
from index.store.store import Store
from index.types import Filter
from index.wiring import open_engine
from service.answering.answer_model import (
    FACT,
    SHIPPED,
    SHIPPED_WITHOUT_READER,
    AnswerModel,
    Linear,
    load_answer_model,
)
from service.answering.answers import Answer
from service.answering.embedding_cache import CachingEmbedder, EmbeddingCache
from service.answering.evidence import gather_evidence
from service.answering.extractive import DOCUMENTS, ExtractiveAnswerer
from service.answering.features import FeatureTable, FloatArray
from service.answering.service import DEPTH
from service.library.open_index import OpenIndex
from service.wiring import answerer

UNFITTED = AnswerModel("", Linear({"near_content": 1.0}), Linear({}))
FITTING, TEST = ("answers-dev", "unanswerable-dev"), ("answers", "unanswerable")


@dataclass(frozen=True)
class Answered:
    """A question with its answer, given without a threshold on the confidence."""

    topic: Topic
    training: TrainingQuestion
    answer: Answer
    cold_ms: float
    warm_ms: float
    is_read: bool  # whether a right document is among those whose sentences get features


def open_index() -> OpenIndex:
    engine = open_engine(IndexSettings.from_environ(os.environ))
    return OpenIndex(engine, engine.store)


def study(index: OpenIndex, names: Sequence[str]) -> list[TrainingQuestion]:
    """Return every question of the sets with its features but for the reader's: all that a model is fitted on."""
    training = []
    for topic in [topic for name in names for topic in read_set(name).topics]:
        within = build_filter(topic, Audience.STAFF)
        made = answerer(index, within, UNFITTED)
        ranking = index.engine.search(topic.text, DEPTH, within)
        training.append(
            _training_question(topic, made, made.extract_features(topic.text, ranking, partial(_read, index, within)))
        )
    return [question for question in training if len(question.right)]


def ask(index: OpenIndex, names: Sequence[str], model: AnswerModel | None) -> list[Answered]:
    """Return every question of the sets, answered by the model (None: the served one)."""
    return [_answered(index, topic, model) for name in names for topic in read_set(name).topics]


def _read(index: OpenIndex, within: Filter, document_id: str) -> Document:
    return index.store.document(document_id, within.access)


def _training_question(topic: Topic, made: ExtractiveAnswerer, features: FeatureTable) -> TrainingQuestion:
    signals = made.signals_of(topic.text)
    right = [
        any(
            overlap(candidate.text, quote.quote) and candidate.document.id == quote.document_id
            for quote in topic.answers
        )
        for candidate in features.candidates
    ]

    def gather(features: FeatureTable, scores: FloatArray) -> dict[str, float]:
        return gather_evidence(features, scores, signals, made.terms)

    return TrainingQuestion(topic.id, features, np.array(right, bool), gather, is_answerable=bool(topic.answers))


def _answered(index: OpenIndex, topic: Topic, model: AnswerModel | None) -> Answered:
    within = build_filter(topic, Audience.STAFF)
    ranking = index.engine.search(topic.text, DEPTH, within)
    plain = answerer(index, within, model)
    made = replace(
        plain, embedder=CachingEmbedder(plain.embedder, EmbeddingCache()), model=plain.model.without_threshold()
    )
    read = partial(_read, index, within)
    began = time.perf_counter()
    answer = made.answer(topic.text, ranking, read)
    once = time.perf_counter()
    made.answer(topic.text, ranking, read)
    twice = time.perf_counter()
    top = {ranked.document.id for ranked in ranking.documents[:DOCUMENTS]}
    is_read = any(quote.document_id in top for quote in topic.answers)
    training = _training_question(topic, made, made.extract_features(topic.text, ranking, read))
    return Answered(topic, training, answer, (once - began) * 1000, (twice - once) * 1000, is_read)


def report(name: str, questions: Sequence[Answered], threshold: float) -> dict[str, object]:
    """Return the measures of these questions, with silence below the threshold."""
    replies = {question.topic.id: _reply(question, threshold) for question in questions}
    measured = {key: round(float(np.mean(list(each.values()))), 3) for key, each in measure_replies(replies).items()}
    abstention = measure_abstention(list(replies.values()))
    answerable = [question for question in questions if question.topic.answers]
    return {
        "set": name,
        "questions": len(questions),
        **measured,
        **(_trade(abstention) if abstention else {}),
        "AUROC by slice": _by_slice(questions, replies),
        "right document read": round(float(np.mean([question.is_read for question in answerable])), 3),
        "right sentence weighed": round(float(np.mean([question.training.right.any() for question in answerable])), 3),
        **_further([question for question in answerable if question.answer.correctness >= threshold]),
    }


def _further(answered: Sequence[Answered]) -> dict[str, float]:
    """Return how many sentences follow the first of an answer, and how many of them contain a right quote."""
    rest = [(sentence, question.topic.answers) for question in answered for sentence in question.answer.sentences[1:]]
    right = sum(bool(rank_of_right(Answer((sentence,), 1.0), answers)) for sentence, answers in rest)
    return {
        "further sentences an answer": round(len(rest) / len(answered), 2),
        "right of the further sentences": round(right / max(1, len(rest)), 3),
    }


def _trade(abstention: Abstention) -> dict[str, float]:
    return {
        "AUROC": round(abstention.auroc, 3),
        "false answers at 0.8 coverage": round(abstention.at_coverage(0.8).false_answers, 3),
        "coverage at 0.05 false answers": round(
            max(t.coverage for t in abstention.curve if t.false_answers <= 0.05), 3
        ),
    }


def _by_slice(questions: Sequence[Answered], replies: dict[str, Reply]) -> dict[str, float]:
    answerable = [replies[question.topic.id] for question in questions if question.topic.answers]
    aurocs = {}
    for name in sorted(
        {part for question in questions if not question.topic.answers for part in question.topic.slices}
    ):
        others = [
            replies[question.topic.id]
            for question in questions
            if not question.topic.answers and name in question.topic.slices
        ]
        abstention = measure_abstention([*answerable, *others]) if answerable else None
        if abstention:
            aurocs[name] = round(abstention.auroc, 3)
    return aurocs


def _reply(question: Answered, threshold: float) -> Reply:
    return Reply(
        is_answered=question.answer.is_answered and question.answer.correctness >= threshold,
        confidence=question.answer.confidence,
        sentences=tuple(sentence.text for sentence in (*question.answer.sentences, *question.answer.nearest)),
        right_at=rank_of_right(question.answer, question.topic.answers),
        is_answerable=bool(question.topic.answers),
    )


def cross_validated(training: Sequence[TrainingQuestion]) -> dict[str, float]:
    """Return the measures of models on questions they were not fitted on, by which choices are made."""
    first, three = [], []
    for fitting, held_out in folds(training):
        ranking = fit_ranking(fitting)
        for question in held_out:
            if question.is_answerable:
                order = np.argsort(-ranking.apply(question.features.names, question.features.table), kind="stable")
                first.append(bool(question.right[order[0]]))
                three.append(bool(question.right[order[:3]].any()))
    answerable = {question.id: question.is_answerable for question in training}
    sure = held_out_confidence(training, held_out_evidence(training)[0], answerable)
    abstention = measure_abstention(
        [Reply(True, sure[question.id], (), 0, is_answerable=question.is_answerable) for question in training]
    )
    measured = {"first": round(float(np.mean(first)), 3), "three": round(float(np.mean(three)), 3)}
    return measured | (_trade(abstention) if abstention else {})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fit", action="store_true", help="fit the answer model anew")
    parser.add_argument("--write", action="store_true", help="ship what was fitted")
    parser.add_argument("--store", action="store_true", help="keep what was fitted in the index")
    parser.add_argument("--sets", nargs="+", default=TEST, help="what is reported")
    options = parser.parse_args()
    index = open_index()
    embedder, reader = index.engine.embedder.name, index.engine.reader
    model = (
        fitted(index, embedder)
        if options.fit
        else load_answer_model(index.store.fact(FACT), embedder, reader.name if reader else "")
    )
    if options.write:
        (SHIPPED if model.reader else SHIPPED_WITHOUT_READER).write_text(model.to_json() + "\n", encoding="utf-8")
    if options.store:
        Store(IndexSettings.from_environ(os.environ).store).record(FACT, model.to_json())
    questions = ask(index, options.sets, model)
    print(json.dumps(report(" ".join(options.sets), questions, model.threshold), ensure_ascii=False))
    for name, times in (
        ("cold", [question.cold_ms for question in questions]),
        ("warm", [question.warm_ms for question in questions]),
    ):
        middle, high = np.percentile(times, [50, 95])
        print(f"answer, {name}: {middle:.0f} ms p50, {high:.0f} ms p95")


def fitted(index: OpenIndex, embedder: str) -> AnswerModel:
    """Return a model of the -dev sets, and print its cross-validated measures."""
    training, reader, selection = study(index, FITTING), index.engine.reader, NO_SELECTION
    if reader:
        selection = fit_ranking(training)
        training = read_with(reader, training)
    print(json.dumps({"cross-validated on": FITTING} | cross_validated(training)))
    return fit(training, embedder, " ".join(FITTING), reader.name if reader else "", selection)


if __name__ == "__main__":
    main()
