"""Answer with sentences taken word for word from the documents found: ranked and judged by the answer model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from index.ranking.reader import Reader
from index.ranking.token_similarity import TokenSimilarity
from index.types import Embedder, Ranking, Vectors
from service.answering.answer_model import AnswerModel
from service.answering.answers import SILENCE, Answer, ReadDocument, Sentence
from service.answering.candidates import Candidate
from service.answering.evidence import SearchSignals, gather_evidence
from service.answering.features import DocumentFeatures, FeatureTable, FloatArray, Question, extract_features
from service.answering.reading import with_readings
from service.answering.term_weights import Terms

ReadClosely = Callable[[str, Sequence[str]], TokenSimilarity]  # the passages of some documents that the caller may see
SignalsOf = Callable[[str], SearchSignals]

DOCUMENTS: Final = 5  # whose sentences are candidates; with three the right one is missing nearly twice as often
NEAR_THE_BEST: Final = 8  # candidates that may say the same as a chosen one, embedded to compare them
SAME_MEANING: Final = 0.965  # cosine of two sentences that say the same thing, in one language or two
RUNNER_UP: Final = 3.0  # a further sentence may be a twentieth as likely as the best: e to the -3; 2 lost right ones


@dataclass(frozen=True)
class UnfitAnswerer:
    """Answers nothing and says why: no answer model belongs to this index's embedder."""

    reason: str

    def answer(self, question: str, ranking: Ranking, read: ReadDocument) -> Answer:
        return Answer((), 0.0, note=self.reason)


@dataclass(frozen=True)
class ExtractiveAnswerer:
    """Answers with one to three whole sentences; silent when the evidence is not enough."""

    embedder: Embedder
    terms: Terms
    compare_tokens: ReadClosely
    signals_of: SignalsOf
    model: AnswerModel
    reader: Reader | None = None
    most: int = 3

    def answer(self, question: str, ranking: Ranking, read: ReadDocument) -> Answer:
        features = self.extract_features(question, ranking, read)
        if not features.candidates:
            return SILENCE
        scores = self.model.ranking.apply(features.names, features.table)
        evidence = gather_evidence(features, scores, self.signals_of(question), self.terms)
        confidence = self.model.probability(evidence)
        if confidence < self.model.threshold:
            return Answer((), confidence)
        return Answer(tuple(self._sentences(features, scores)), confidence)

    def extract_features(self, question: str, ranking: Ranking, read: ReadDocument) -> FeatureTable:
        """Return every sentence, list item and table row of the best documents with what speaks for it."""
        ranked = ranking.documents[:DOCUMENTS]
        reading = self.compare_tokens(question, [best.document.id for best in ranked])
        documents = [
            DocumentFeatures.of(
                read(best.document.id),
                best.score,
                [passage for passage in reading.passages if passage.passage.document_id == best.document.id],
                len(reading.question_spans),
            )
            for best in ranked
        ]
        features = extract_features(Question.of(question, ranking.language, reading), documents, self.terms)
        if self.reader is None or not features.candidates:
            return features
        return with_readings(self.reader, features, self.model.selection.apply(features.names, features.table))

    def _sentences(self, features: FeatureTable, scores: FloatArray) -> list[Sentence]:
        order = np.argsort(-scores, kind="stable")[:NEAR_THE_BEST]
        nearby = [features.candidates[row].with_score(float(scores[row])) for row in order]
        vectors = self.embedder.embed_passages([candidate.text for candidate in nearby])
        return merge_duplicates(nearby, vectors, features.question.language)[: self.most]


def merge_duplicates(nearby: Sequence[Candidate], vectors: Vectors, language: str) -> list[Sentence]:
    """Return the sentences near the best score, best first as given; what says the same is one with several citations.

    Of two that say the same, the one in the question's language is the sentence, and the other its second citation.
    """
    floor = nearby[0].score - RUNNER_UP
    groups: list[list[int]] = []
    for row, candidate in enumerate(nearby):
        if same := next((group for group in groups if _have_same_meaning(nearby, vectors, group[0], row)), None):
            same.append(row)
        elif candidate.score >= floor:
            groups.append([row])
    sentences = []
    for group in groups:
        rows = sorted(group, key=lambda row: nearby[row].language != language)
        first = nearby[rows[0]]
        citations = tuple(dict.fromkeys(nearby[row].to_citation() for row in rows))
        sentences.append(Sentence(first.text, citations, first.language))
    return sentences


def _have_same_meaning(nearby: Sequence[Candidate], vectors: Vectors, first: int, second: int) -> bool:
    if " ".join(nearby[first].text.casefold().split()) == " ".join(nearby[second].text.casefold().split()):
        return True
    return float(np.dot(vectors[first], vectors[second])) >= SAME_MEANING
