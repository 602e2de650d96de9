"""The reader's part in an answer: it reads the likeliest windows of the best documents, question and text together."""

from __future__ import annotations

from typing import Final

import numpy as np

from index.ranking.reader import UNREAD, Reader, ReaderWindow
from service.answering.candidates import Piece
from service.answering.features import DocumentFeatures, FeatureTable, FloatArray
from service.answering.windows import windows

MOST_WINDOWS: Final = 12  # read for a question; recall and time for other numbers: benchmarks/README.md, Answers
NO_READING: Final = -12.0  # what a candidate in none of them counts as: less likely than any that was read


def with_readings(reader: Reader, features: FeatureTable, scores: FloatArray) -> FeatureTable:
    """Return the table with what the reader says of each candidate; `scores` choose the windows that are read.

    `reader` and `reader_against` are log-odds over silence that it answers, and that it contradicts what the question
    presumes; `reader_share` is the probability that of everything read this answers (the classes the reader was
    trained on: each sentence's answer, each one's contradiction, silence); `is_read` is 0 for what stood in no window
    that was read.
    """
    answers, contradictions = read_candidates(reader, features, scores)
    total = _total(answers, contradictions)
    return features.with_columns(
        {
            "reader": answers,
            "reader_share": np.exp(answers - total),
            "reader_against": contradictions,
            "is_read": (answers > NO_READING).astype(np.float64),
        }
    )


def reader_evidence(features: FeatureTable, best: int) -> dict[str, float]:
    """Return what the reader says for and against the best candidate, nothing when no reader was asked."""
    if "reader" not in features.names:
        return {}
    answers, against = features.column("reader"), features.column("reader_against")
    others = np.append(np.delete(answers, best), 0.0)
    total = _total(answers, against)
    return {
        "reader_best": float(answers[best]),
        "reader_top": float(answers.max()),
        "reader_lead": float(answers[best] - others.max()),
        "reader_share": float(features.column("reader_share")[best]),
        "reader_silence": -total,
        "reader_answers": float(np.logaddexp.reduce(answers)) - total,
        "reader_against": float(against.max()),
        "reader_against_best": float(against.max() - answers.max()),
    }


def contradiction(features: FeatureTable) -> tuple[float, int]:
    """Return how likely, in [0, 1], the documents contradict the question, and the number of the likeliest candidate.

    It is 0 where no reader was asked.
    """
    if "reader" not in features.names:
        return 0.0, 0
    answers, against = features.column("reader"), features.column("reader_against")
    share = float(np.exp(np.logaddexp.reduce(against) - _total(answers, against)))
    return share, int(against.argmax())


def _total(answers: FloatArray, contradictions: FloatArray) -> float:
    """Return the log-sum-exp of everything a question can get: an answer, a contradiction, silence."""
    return float(np.logaddexp.reduce(np.concatenate([answers, contradictions, [0.0]])))


def read_candidates(reader: Reader, features: FeatureTable, scores: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return log-odds over silence of each candidate, that it answers and that it contradicts the question.

    Read are the windows that hold the candidates with the best scores; what stands in two counts by its better one.
    """
    best = {position: score for position, score in zip(features.positions, scores.tolist(), strict=True)}
    cut = [
        (number, window)
        for number, document in enumerate(features.documents)
        for window in windows(document.pieces)
        if any((number, piece) in best for piece in window)
    ]
    cut.sort(key=lambda each: -max(best.get((each[0], piece), -np.inf) for piece in each[1]))
    cut = cut[:MOST_WINDOWS]
    texts = [_window(features.documents[number], window) for number, window in cut]
    answers: dict[tuple[int, int], float] = {}
    contradictions: dict[tuple[int, int], float] = {}
    for (number, window), reading in zip(cut, reader.read(features.question.text, texts), strict=True):
        for row, piece in enumerate(window):
            position = number, piece
            answers[position] = max(answers.get(position, UNREAD), float(reading.answers[row]))
            contradictions[position] = max(contradictions.get(position, UNREAD), float(reading.contradictions[row]))
    return _in_order(features, answers), _in_order(features, contradictions)


def _in_order(features: FeatureTable, odds: dict[tuple[int, int], float]) -> FloatArray:
    return np.array([max(NO_READING, odds.get(position, NO_READING)) for position in features.positions])


def _window(document: DocumentFeatures, window: tuple[int, ...]) -> ReaderWindow:
    pieces: list[Piece] = [document.pieces[number] for number in window]
    heading = document.document.sections[pieces[0].section].heading
    title = document.document.metadata.title
    return ReaderWindow(title, heading.rpartition(" > ")[2], [piece.text for piece in pieces])
