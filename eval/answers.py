"""How good the answers are: the right sentence first or among three, silence where nothing answers, and the trade-off.

El-Yaniv & Wiener 2010, "On the foundations of noise-free selective classification", for risk and coverage.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from eval.collection import RightQuote, Topic
from eval.results import Reply
from index.documents import Document
from index.types import Ranking
from service.answering.answers import Answer, Answerer, ReadDocument
from service.answering.extractive import ExtractiveAnswerer

AMONG: Final = 3
WANTED_COVERAGE: Final = 0.8


class Trade(NamedTuple):
    """What answering everything at least this sure of gives.

    `coverage`: answerable questions answered; `false_answers`: unanswerable ones answered; `risk`: answers that are
    wrong, of all that are given.
    """

    threshold: float
    coverage: float
    false_answers: float
    risk: float


@dataclass(frozen=True)
class Abstention:
    """How well confidence tells the questions the documents answer from those they do not."""

    auroc: float
    answerable: int
    unanswerable: int
    curve: tuple[Trade, ...]  # from the most silent to the most talkative

    def at_coverage(self, wanted: float = WANTED_COVERAGE) -> Trade:
        """Return the most silent trade that answers at least this share of the answerable questions."""
        return next(trade for trade in self.curve if trade.coverage >= wanted)


def reply_to(topic: Topic, ranking: Ranking, answerer: Answerer, read: ReadDocument) -> Reply:
    """Return what the answerer says, and what it would have said had it not kept silent."""
    given = answerer.answer(topic.text, ranking, read)
    said = given if given.is_answered else outspoken(answerer).answer(topic.text, ranking, read)
    return Reply(
        is_answered=given.is_answered,
        confidence=given.confidence,
        sentences=tuple(sentence.text for sentence in said.sentences),
        right_at=right_at(said, topic.answers),
        is_answerable=bool(topic.answers),
    )


def outspoken(answerer: Answerer) -> Answerer:
    """Return the answerer with nothing holding it back; one that cannot be told so comes back as it is."""
    if isinstance(answerer, ExtractiveAnswerer):
        return replace(answerer, model=answerer.model.outspoken())
    return answerer


def right_at(answer: Answer, right: Sequence[RightQuote]) -> int:
    """Return the rank, from 1, of the first sentence that says a right quote and cites its document; 0 for none.

    Sentence and quote need not begin and end together: one must hold the other, blanks and case aside.
    """
    for rank, sentence in enumerate(answer.sentences, 1):
        for citation in sentence.citations:
            if any(says(citation.quote, one.quote) and citation.document_id == one.document_id for one in right):
                return rank
    return 0


def says(said: str, wanted: str) -> bool:
    """Say whether one holds the other, blanks and case aside."""
    one, other = (" ".join(text.casefold().split()) for text in (said, wanted))
    return bool(one and other) and (one in other or other in one)


def measure_replies(replies: dict[str, Reply]) -> dict[str, dict[str, float]]:
    """Return measure → topic → value; unanswerable topics have `Abstained` alone.

    Silence is no right `Answer`; `Sentence` tells whether what was held back was right.
    """
    answerable = {topic: reply for topic, reply in replies.items() if reply.is_answerable}
    others = {topic: reply for topic, reply in replies.items() if not reply.is_answerable}
    measured: dict[str, dict[str, float]] = {}
    if answerable:
        says = {topic: (one.is_answered, one.right_at) for topic, one in answerable.items()}
        measured["Answer@1"] = {topic: float(said and rank == 1) for topic, (said, rank) in says.items()}
        measured["Answer@3"] = {topic: float(said and 1 <= rank <= AMONG) for topic, (said, rank) in says.items()}
        measured["Sentence@1"] = {topic: float(rank == 1) for topic, (_, rank) in says.items()}
        measured["Sentence@3"] = {topic: float(1 <= rank <= AMONG) for topic, (_, rank) in says.items()}
        measured["Answered"] = {topic: float(said) for topic, (said, _) in says.items()}
    if others:
        measured["Abstained"] = {topic: float(not one.is_answered) for topic, one in others.items()}
    return measured


def abstention(replies: Sequence[Reply]) -> Abstention | None:
    """Return AUROC and the trade-offs; None without both answerable and unanswerable questions."""
    import numpy as np
    from sklearn.metrics import roc_auc_score, roc_curve

    can = [reply.is_answerable for reply in replies]
    if all(can) or not any(can):
        return None
    sure = [reply.confidence for reply in replies]
    false_answers, coverage, thresholds = roc_curve(can, sure, drop_intermediate=False)
    wrong = np.array([not (reply.is_answerable and reply.right_at == 1) for reply in replies])
    confidence = np.array(sure)
    curve = []
    for threshold, false, covered in zip(thresholds, false_answers, coverage, strict=True):
        given = confidence >= threshold
        risk = float(wrong[given].mean()) if given.any() else 0.0
        curve.append(Trade(min(1.0, float(threshold)), float(covered), float(false), risk))
    return Abstention(float(roc_auc_score(can, sure)), sum(can), len(can) - sum(can), tuple(curve))


def reader(documents: dict[str, Document], read: ReadDocument) -> ReadDocument:
    """Return `read` with a memory, since the same documents are met for many questions."""

    def remembered(document_id: str) -> Document:
        if document_id not in documents:
            documents[document_id] = read(document_id)
        return documents[document_id]

    return remembered
