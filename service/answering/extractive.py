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
from service.answering.answer_types import expected_kinds, offer_of
from service.answering.answers import SILENCE, Answer, Citation, ReadDocument, Sentence
from service.answering.candidates import Candidate
from service.answering.commuting import Commute
from service.answering.evidence import SearchSignals, gather_evidence
from service.answering.features import DocumentFeatures, FeatureTable, FloatArray, Question, extract_features
from service.answering.precedence import precedence
from service.answering.reading import contradiction, with_readings
from service.answering.term_weights import Terms

ReadClosely = Callable[[str, Sequence[str]], TokenSimilarity]  # the passages of some documents that the caller may see
SignalsOf = Callable[[str], SearchSignals]
CommuteOf = Callable[[str, str], Commute]  # of a text in a language

DOCUMENTS: Final = 5  # whose sentences are candidates; with three the right one is missing nearly twice as often
NEAR_THE_BEST: Final = 8  # candidates that may say the same as a chosen one, embedded to compare them
SAME_MEANING: Final = 0.965  # cosine of two sentences that say the same thing, in one language or two
LIKELIEST: Final = 20  # candidates that are asked which way they commute
WAY_BACK: Final = 10.0  # taken from the score of a sentence about the other direction: none such comes first
HALF_WAY_BACK: Final = 4.0  # the same, where the sentence says one end only
RUNNER_UP: Final = 3.0  # a further sentence may be a twentieth as likely as the best: e to the -3; 2 lost right ones


@dataclass(frozen=True)
class UnfitAnswerer:
    """Answers nothing and says why: no answer model belongs to this index's embedder."""

    reason: str

    def answer(self, question: str, ranking: Ranking, read: ReadDocument) -> Answer:
        return Answer((), 0.0, note=self.reason)


@dataclass(frozen=True)
class ExtractiveAnswerer:
    """Answers with whole sentences, or says what comes nearest; silent when the evidence is not enough for either."""

    embedder: Embedder
    terms: Terms
    compare_tokens: ReadClosely
    signals_of: SignalsOf
    model: AnswerModel
    reader: Reader | None = None
    most: int = 3
    commute_of: CommuteOf = lambda text, language: Commute()

    def answer(self, question: str, ranking: Ranking, read: ReadDocument) -> Answer:
        features = self.extract_features(question, ranking, read)
        if not features.candidates:
            return SILENCE
        scores = self._against_way_back(features, self.model.ranking.apply(features.names, features.table))
        evidence = gather_evidence(features, scores, self.signals_of(question), self.terms)
        confidence, correctness = self.model.probability(evidence), self.model.probability_right(evidence)
        against, row = contradiction(features)
        if against >= self.model.contradiction_threshold:
            return Answer((), confidence, correctness, contradicting=(_sentence([features.candidates[row]]),))
        is_answered = correctness >= self.model.threshold
        if not is_answered and confidence < self.model.nearest_threshold:
            return Answer((), confidence, correctness)
        answering, others = self._sentences(features, scores)
        if not is_answered:
            return Answer((), confidence, correctness, nearest=(*answering, *others)[: self.most])
        return Answer(answering, confidence, correctness, nearest=others)

    def _against_way_back(self, features: FeatureTable, scores: FloatArray) -> FloatArray:
        """Return the scores, lower for sentences about those who live where the question's people work."""
        direction = self.commute_of(features.question.text, features.question.language)
        if not direction.is_whole:
            return scores
        lowered = scores.copy()
        for row in np.argsort(-scores, kind="stable")[:LIKELIEST]:
            commute = self.commute_of(features.candidates[row].text, features.candidates[row].language)
            if commute.agrees(direction) < 0:
                lowered[row] -= WAY_BACK if commute.is_whole else HALF_WAY_BACK
        return lowered

    def extract_features(self, question: str, ranking: Ranking, read: ReadDocument) -> FeatureTable:
        """Return every sentence, list item and table row of the best documents with what speaks for it."""
        features = self.extract_features_unread(question, ranking, read)
        if self.reader is None or not features.candidates:
            return features
        return with_readings(self.reader, features, self.model.selection.apply(features.names, features.table))

    def extract_features_unread(self, question: str, ranking: Ranking, read: ReadDocument) -> FeatureTable:
        """Return the same without what the reader says, by which the windows it reads are chosen."""
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
        return extract_features(Question.of(question, ranking.language, reading), documents, self.terms)

    def _sentences(
        self, features: FeatureTable, scores: FloatArray
    ) -> tuple[tuple[Sentence, ...], tuple[Sentence, ...]]:
        """Return the sentences that answer, and others that come near, at most `most` in all."""
        order = np.argsort(-scores, kind="stable")[:NEAR_THE_BEST]
        nearby = [features.candidates[row].with_score(float(scores[row])) for row in order]
        vectors = self.embedder.embed_passages([candidate.text for candidate in nearby])
        shown = merge_duplicates(nearby, vectors, features.question.language)[: self.most]
        return split_parts(features.question.text, shown)


def merge_duplicates(nearby: Sequence[Candidate], vectors: Vectors, language: str) -> list[Sentence]:
    """Return the sentences near the best score, best first as given; what says the same is one with several citations.

    Of several that say the same, the one that takes precedence is the sentence, and the others its further citations.
    """
    floor = nearby[0].score - RUNNER_UP
    groups: list[list[int]] = []
    for row, candidate in enumerate(nearby):
        if same := next((group for group in groups if _have_same_meaning(nearby, vectors, group[0], row)), None):
            same.append(row)
        elif candidate.score >= floor:
            groups.append([row])
    return [
        _sentence(sorted((nearby[row] for row in group), key=lambda each: precedence(each, language)))
        for group in groups
    ]


def split_parts(question: str, shown: Sequence[Sentence]) -> tuple[tuple[Sentence, ...], tuple[Sentence, ...]]:
    """Return the sentences that answer, each another part of the question, and the others.

    The first answers; another one does where it offers a kind of thing that the question asks for (a number, a reason)
    and that none before it offers.
    """
    answering, others = list(shown[:1]), list[Sentence]()
    for sentence in shown[1:]:
        lacking = [
            kind
            for kind in expected_kinds(question)
            if not any(offer_of(given.text).offers(kind) for given in answering)
        ]
        is_part = len(expected_kinds(question)) > 1 and any(offer_of(sentence.text).offers(kind) for kind in lacking)
        (answering if is_part else others).append(sentence)
    return tuple(answering), tuple(others)


def _sentence(candidates: Sequence[Candidate]) -> Sentence:
    """Return the first candidate's sentence, cited from where it stands and from where the others say it too."""
    first = candidates[0]
    citations = dict.fromkeys(
        Citation.of(each.document, each.piece.label, each.piece.start, each.piece.end) for each in candidates
    )
    return Sentence(first.text, tuple(citations), first.language)


def _have_same_meaning(nearby: Sequence[Candidate], vectors: Vectors, first: int, second: int) -> bool:
    if " ".join(nearby[first].text.casefold().split()) == " ".join(nearby[second].text.casefold().split()):
        return True
    return float(np.dot(vectors[first], vectors[second])) >= SAME_MEANING
