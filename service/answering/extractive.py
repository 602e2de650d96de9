"""Answer with sentences taken word for word from the documents found: ranked and judged by the answer model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from index.ranking.token_similarity import CloseReading
from index.types import Embedder, Ranking, Vectors
from service.answering.answer_model import AnswerModel
from service.answering.answers import SILENCE, Answer, ReadDocument, Sentence
from service.answering.candidates import Candidate
from service.answering.evidence import Found, evidence
from service.answering.features import Question, Table, Weighed, WeighedDocument, weigh
from service.answering.term_weights import Terms

LanguageOf = Callable[[str], str]
ReadClosely = Callable[[str, Sequence[str]], CloseReading]  # the passages of some documents that the asker may see
Find = Callable[[str], Found]

DOCUMENTS: Final = 5  # whose sentences are weighed; with three the right one is missing nearly twice as often
NEAR_THE_BEST: Final = 8  # candidates that may say the same as a chosen one, embedded to tell
SAME_SAYING: Final = 0.965  # cosine of two sentences that say the same thing, in one language or two
RUNNER_UP: Final = 3.0  # a further sentence may be a twentieth as likely as the best: e to the -3; 2 lost right ones


@dataclass(frozen=True)
class Unfit:
    """Answers nothing and says why: no answer model belongs to this index's embedder."""

    reason: str

    def answer(self, question: str, ranking: Ranking, read: ReadDocument) -> Answer:
        return Answer((), 0.0, note=self.reason)


@dataclass(frozen=True)
class ExtractiveAnswerer:
    """Answers with one to three whole sentences; silent when the evidence is not enough."""

    embedder: Embedder
    terms: Terms
    language_of: LanguageOf
    read_closely: ReadClosely
    find: Find
    model: AnswerModel
    most: int = 3

    def answer(self, question: str, ranking: Ranking, read: ReadDocument) -> Answer:
        weighed = self.weigh(question, ranking, read)
        if not weighed.candidates:
            return SILENCE
        scores = self.model.ranking.of(weighed.names, weighed.table)
        confidence = self.model.sure(evidence(weighed, scores, self.find(question), self.terms))
        if confidence < self.model.threshold:
            return Answer((), confidence)
        return Answer(tuple(self._sentences(weighed, scores)), confidence)

    def weigh(self, question: str, ranking: Ranking, read: ReadDocument) -> Weighed:
        """Return every sentence, list item and table row of the best documents with what speaks for it."""
        ranked = ranking.documents[:DOCUMENTS]
        reading = self.read_closely(question, [one.document.id for one in ranked])
        documents = [
            WeighedDocument.of(
                read(one.document.id),
                one.score,
                [passage for passage in reading.passages if passage.passage.document_id == one.document.id],
                len(reading.asked),
            )
            for one in ranked
        ]
        return weigh(Question.of(question, self.language_of(question), reading), documents, self.terms)

    def _sentences(self, weighed: Weighed, scores: Table) -> list[Sentence]:
        order = np.argsort(-scores, kind="stable")[:NEAR_THE_BEST]
        nearby = [weighed.candidates[row].scored(float(scores[row])) for row in order]
        vectors = self.embedder.embed_passages([one.text for one in nearby])
        return merge(nearby, vectors, weighed.question.language)[: self.most]


def merge(nearby: Sequence[Candidate], vectors: Vectors, language: str) -> list[Sentence]:
    """Return the sentences near the best score, best first as given; what says the same is one with several citations.

    Of two that say the same, the one in the question's language is the sentence, and the other its second citation.
    """
    floor = nearby[0].score - RUNNER_UP
    groups: list[list[int]] = []
    for row, one in enumerate(nearby):
        if same := next((group for group in groups if _says_the_same(nearby, vectors, group[0], row)), None):
            same.append(row)
        elif one.score >= floor:
            groups.append([row])
    chosen = []
    for group in groups:
        rows = sorted(group, key=lambda row: nearby[row].language != language)
        first = nearby[rows[0]]
        citations = tuple(dict.fromkeys(nearby[row].citation() for row in rows))
        chosen.append(Sentence(first.text, citations, first.language))
    return chosen


def _says_the_same(nearby: Sequence[Candidate], vectors: Vectors, one: int, other: int) -> bool:
    if " ".join(nearby[one].text.casefold().split()) == " ".join(nearby[other].text.casefold().split()):
        return True
    return float(np.dot(vectors[one], vectors[other])) >= SAME_SAYING
