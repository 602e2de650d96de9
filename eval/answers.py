"""Measure answers: the right sentence first or among three, silence where nothing answers, and the trade-off.

El-Yaniv & Wiener 2010, "On the foundations of noise-free selective classification", for risk and coverage.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from eval.collection import RightQuote, Topic
from eval.results import Reply
from index.documents import Document
from index.types import Ranking
from service.answering.answers import Answer, Answerer, ReadDocument
from service.answering.extractive import ExtractiveAnswerer

AMONG: Final = 3
BINS: Final = 10  # of the reliability diagram
TARGET_COVERAGE: Final = 0.8  # share of the answerable questions that are answered


class Trade(NamedTuple):
    """What comes of answering every question whose confidence is at least `threshold`.

    `coverage`: answerable questions answered; `false_answers`: unanswerable ones answered; `risk`: answers that are
    wrong, of all that are given.
    """

    threshold: float
    coverage: float
    false_answers: float
    risk: float


@dataclass(frozen=True)
class Abstention:
    """How well confidence separates the questions the documents answer from those they do not."""

    auroc: float
    answerable: int
    unanswerable: int
    curve: tuple[Trade, ...]  # from the highest threshold to the lowest

    def at_coverage(self, coverage: float = TARGET_COVERAGE) -> Trade:
        """Return the trade-off of the highest threshold that answers this share of the answerable questions."""
        return next(trade for trade in self.curve if trade.coverage >= coverage)


def reply_to(topic: Topic, ranking: Ranking, answerer: Answerer, read: ReadDocument) -> Reply:
    """Return the answerer's reply, or what it would have answered had it been confident enough."""
    given = answerer.answer(topic.question, ranking, read)
    answer = given if given.is_answered else without_threshold(answerer).answer(topic.question, ranking, read)
    return Reply(
        is_answered=given.is_answered,
        confidence=given.confidence,
        sentences=tuple(sentence.text for sentence in (*answer.sentences, *answer.nearest)),
        right_at=rank_of_right(answer, topic.answers),
        is_answerable=bool(topic.answers),
    )


def without_threshold(answerer: Answerer) -> Answerer:
    """Return the answerer as if it were always confident enough; one without a threshold comes back as it is."""
    if isinstance(answerer, ExtractiveAnswerer):
        return replace(answerer, model=answerer.model.without_threshold())
    return answerer


def rank_of_right(answer: Answer, right: Sequence[RightQuote]) -> int:
    """Return the rank, from 1, of the first sentence that cites a right quote of the right document; 0 for none.

    Ranked are the sentences that answer, then those shown as coming near.
    Sentence and quote need not begin and end together: it is enough that one contains the other.
    """
    for rank, sentence in enumerate((*answer.sentences, *answer.nearest), 1):
        for citation in sentence.citations:
            if any(
                overlap(citation.quote, quote.quote) and citation.document_id == quote.document_id for quote in right
            ):
                return rank
    return 0


def overlap(first: str, second: str) -> bool:
    """Return whether either text contains the other, whitespace and case aside; an empty text overlaps with none."""
    first, second = (" ".join(text.casefold().split()) for text in (first, second))
    return bool(first and second) and (first in second or second in first)


def measure_replies(replies: dict[str, Reply]) -> dict[str, dict[str, float]]:
    """Return measure → topic → value; unanswerable topics have `Abstained` alone.

    Silence counts as no right `Answer`; `Sentence` measures what would have been answered.
    """
    answerable = {topic: reply for topic, reply in replies.items() if reply.is_answerable}
    others = {topic: reply for topic, reply in replies.items() if not reply.is_answerable}
    measured: dict[str, dict[str, float]] = {}
    if answerable:
        answered = {topic: reply.is_answered for topic, reply in answerable.items()}
        ranks = {topic: reply.right_at for topic, reply in answerable.items()}
        first = {topic: rank == 1 for topic, rank in ranks.items()}
        among = {topic: 1 <= rank <= AMONG for topic, rank in ranks.items()}
        measured["Answer@1"] = {topic: float(answered[topic] and first[topic]) for topic in answerable}
        measured["Answer@3"] = {topic: float(answered[topic] and among[topic]) for topic in answerable}
        measured["Sentence@1"] = {topic: float(first[topic]) for topic in answerable}
        measured["Sentence@3"] = {topic: float(among[topic]) for topic in answerable}
        measured["Answered"] = {topic: float(answered[topic]) for topic in answerable}
    if others:
        measured["Abstained"] = {topic: float(not reply.is_answered) for topic, reply in others.items()}
    return measured


def measure_abstention(replies: Sequence[Reply]) -> Abstention | None:
    """Return the AUROC and the trade-offs of confidence; None without both answerable and unanswerable questions."""
    import numpy as np
    from sklearn.metrics import roc_auc_score, roc_curve

    answerable = [reply.is_answerable for reply in replies]
    if all(answerable) or not any(answerable):
        return None
    confidence = np.array([reply.confidence for reply in replies])
    false_answers, coverage, thresholds = roc_curve(answerable, confidence, drop_intermediate=False)
    wrong = np.array([not (reply.is_answerable and reply.right_at == 1) for reply in replies])
    curve = []
    for threshold, false_share, covered in zip(thresholds, false_answers, coverage, strict=True):
        answered = confidence >= threshold
        risk = float(wrong[answered].mean()) if answered.any() else 0.0
        curve.append(Trade(min(1.0, float(threshold)), float(covered), float(false_share), risk))
    return Abstention(
        auroc=float(roc_auc_score(answerable, confidence)),
        answerable=sum(answerable),
        unanswerable=len(answerable) - sum(answerable),
        curve=tuple(curve),
    )


class Bin(NamedTuple):
    """Questions of like confidence: its mean, the share of them that the documents answer, how many they are."""

    confidence: float
    answerable: float
    questions: int


def reliability(replies: Sequence[Reply], bins: int = BINS) -> tuple[Bin, ...]:
    """Return as many bins of equally many questions, least sure first; fewer where there are fewer questions.

    A confidence is calibrated where each bin's two shares agree (Niculescu-Mizil & Caruana 2005).
    """
    import numpy as np

    ordered = sorted(replies, key=lambda reply: reply.confidence)
    parts = [part for part in np.array_split(np.arange(len(ordered)), bins) if len(part)]
    return tuple(
        Bin(
            float(np.mean([ordered[number].confidence for number in part])),
            float(np.mean([ordered[number].is_answerable for number in part])),
            len(part),
        )
        for part in parts
    )


def calibration_error(bins: Sequence[Bin]) -> float:
    """Return the expected calibration error: the bins' mean distance between the two shares, by their questions."""
    questions = sum(each.questions for each in bins)
    return sum(each.questions * abs(each.confidence - each.answerable) for each in bins) / max(1, questions)


def cache_reads(documents: dict[str, Document], read: ReadDocument) -> ReadDocument:
    """Return `read` with `documents` as its cache: the same documents come up for many questions."""

    def cached(document_id: str) -> Document:
        if document_id not in documents:
            documents[document_id] = read(document_id)
        return documents[document_id]

    return cached


def abstention_lines(abstention: Abstention) -> Iterator[str]:
    """Yield the abstention measures for a terminal."""
    trade = abstention.at_coverage()
    yield (
        f"abstention: AUROC {abstention.auroc:.3f} "
        f"({abstention.answerable} answerable, {abstention.unanswerable} not); at "
        f"{TARGET_COVERAGE:.0%} coverage (confidence ≥ {trade.threshold:.2f}) "
        f"{trade.false_answers:.1%} of the unanswerable are answered and {trade.risk:.1%} of all answers are wrong"
    )
