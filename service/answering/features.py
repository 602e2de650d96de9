"""How well each sentence of the best documents answers a question, as numbers: the input of the answer model.

Nearness is MaxSim (Khattab & Zaharia 2020) of the question's token vectors over the sentence's own tokens, which carry
the passage around them: "Il est alors …" is near what its subject is near. No model is run for it. Nothing here depends
on the size of the collection.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from index.documents import Document, Kind
from index.lexical.stopwords import STOP_WORDS
from index.ranking.token_similarity import PassageSimilarity, TokenSimilarity
from index.types import Vectors
from service.answering.answer_types import expected_kinds, offer_of
from service.answering.candidates import Candidate, Piece, split_pieces
from service.answering.term_weights import Rarity, Terms, terms_of

FloatArray = npt.NDArray[np.float64]

SHORT, LONG = 40, 300  # characters of a sentence that is notably short or long
FAR: Final = -1.0  # a nearness below all others: the sentence has no token in the passages read
UNLIKE: Final = 0.45  # a sentence's token less near than this to all of the question says something new
_QUESTION_WORD: Final = re.compile(
    r"(?:combien|quand|qui|où|quel\w*|pourquoi|comment|que|how|many|much|when|who|whose|whom|where|which|what|why|wie\w*"
    r"|viele?|wann|wer|wem|wen|wo|welche\w*|warum|cuánt\w*|cuándo|quién\w*|dónde|qué|cuál\w*|quant\w*|quando|chi|dove"
    r"|che|quale|quali|hoeveel|hoe|wanneer|waar|welke?|waarom|lange?|vaak|oft)",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True)
class Question:
    """A question with its words and the tokens of each."""

    text: str
    language: str
    question_weights: FloatArray  # (tokens,): 1 for tokens of question words, else 0
    content_weights: FloatArray  # (tokens,): for tokens of a content word, their share in it, else 0
    words: tuple[tuple[str, tuple[int, ...]], ...]  # content words and their tokens

    @classmethod
    def of(cls, text: str, language: str, reading: TokenSimilarity) -> Question:
        stop = STOP_WORDS.get(language, frozenset())
        spans = reading.question_spans.tolist()
        question_weights, content_weights = np.zeros(len(spans)), np.zeros(len(spans))
        words = []
        for word in _WORD.finditer(text):
            tokens = [number for number, (start, end) in enumerate(spans) if start < word.end() and word.start() < end]
            if _QUESTION_WORD.fullmatch(word[0]):
                question_weights[tokens] = 1
            elif tokens and (word[0].isdigit() or (len(word[0]) > 2 and word[0].lower() not in stop)):
                content_weights[tokens] = 1 / len(tokens)
                words.append((word[0], tuple(tokens)))
        return cls(text, language, question_weights, content_weights, tuple(words))


@dataclass(frozen=True)
class DocumentFeatures:
    """A document, its pieces, and how near each token of the question comes to each piece."""

    document: Document
    score: float  # the search's
    pieces: tuple[Piece, ...]
    near: Vectors  # (question tokens, pieces)
    novelty: FloatArray  # (pieces,): how near a piece's tokens are to the question, on the mean
    fresh: FloatArray  # (pieces,): how many of its tokens are like nothing in the question
    passage: FloatArray  # (pieces,): MaxSim of the best passage it stands in

    @classmethod
    def of(
        cls, document: Document, score: float, passages: Sequence[PassageSimilarity], tokens: int
    ) -> DocumentFeatures:
        """Return the features of a document of which these passages were read for a question of so many tokens."""
        pieces = split_pieces(document)
        starts, ends = np.array([[piece.start, piece.end] for piece in pieces], np.int64).reshape(-1, 2).T
        near = np.full((tokens, len(pieces)), FAR, np.float32)
        mean, fresh, best = np.zeros(len(pieces)), np.zeros(len(pieces)), np.full(len(pieces), FAR)
        for read in passages:
            if not read.similarity.size:
                continue
            level = float(read.similarity.max(axis=1).mean())
            middle = read.spans.sum(axis=1) / 2
            at = np.searchsorted(starts, middle, side="right") - 1
            own = (middle >= read.passage.start) & (read.spans[:, 1] > read.spans[:, 0])  # not the title or the prompt
            inside = own & (at >= 0) & (middle <= ends[np.maximum(at, 0)])
            columns, at = read.similarity[:, inside], at[inside]
            if not len(at):
                continue
            numbers, first, count = np.unique(at, return_index=True, return_counts=True)
            near[:, numbers] = np.maximum(near[:, numbers], np.maximum.reduceat(columns, first, axis=1))
            highest = columns.max(axis=0)
            mean[numbers] = np.add.reduceat(highest, first) / count
            fresh[numbers] = np.add.reduceat((highest < UNLIKE).astype(np.float64), first)
            best[numbers] = np.maximum(best[numbers], level)
        return cls(document, score, pieces, near, mean, fresh, best)


@dataclass(frozen=True)
class FeatureTable:
    """Everything that might answer, one row of `table` each; its columns are called `names`."""

    question: Question
    documents: tuple[DocumentFeatures, ...]
    candidates: tuple[Candidate, ...]
    positions: tuple[tuple[int, int], ...]  # of each candidate: the number of its document, and of its piece in it
    names: tuple[str, ...]
    table: FloatArray

    def column(self, name: str) -> FloatArray:
        values: FloatArray = self.table[:, self.names.index(name)]
        return values

    def with_columns(self, columns: Mapping[str, FloatArray]) -> FeatureTable:
        """Return the table with further columns, (candidates,) each."""
        joined = np.column_stack([self.table, *columns.values()]) if self.candidates else self.table
        return replace(self, names=(*self.names, *columns), table=joined)


def extract_features(question: Question, documents: Sequence[DocumentFeatures], terms: Terms) -> FeatureTable:
    """Return the features of every piece that may answer, best document first."""
    rarity = Rarity.of([piece for features in documents for piece in features.pieces], terms)
    candidates, positions, rows = [], [], []
    best = np.max([features.near.max(axis=1) for features in documents if features.pieces], axis=0, initial=FAR)
    nearest = max((float(features.passage.max(initial=FAR)) for features in documents), default=0.0)
    for number, features in enumerate(documents):
        if not len(features.near):  # of a question without a word nothing is near
            continue
        nearness = _nearness(question, features, best)
        ranked = _rank_features(features, number, documents[0].score)
        for position, piece in enumerate(features.pieces):
            if piece.may_answer and features.passage[position] > FAR:
                row = {name: float(values[position]) for name, values in nearness.items()}
                row |= _shape(piece, position) | _agreement(question, piece)
                row["is_thread"] = float(features.document.metadata.kind is Kind.FORUM_THREAD)
                row["position"] = position / len(features.pieces)
                row |= _shared_terms(question, features.pieces, position, rarity, terms)
                row |= {"passage_gap": float(features.passage[position]) - nearest} | ranked
                rows.append(row)
                candidates.append(Candidate(features.document, piece))
                positions.append((number, position))
    names = tuple(rows[0]) if rows else ()
    table = np.array([[row[name] for name in names] for row in rows]).reshape(len(rows), len(names))
    return FeatureTable(question, tuple(documents), tuple(candidates), tuple(positions), names, table)


def _nearness(question: Question, features: DocumentFeatures, best: Vectors) -> dict[str, FloatArray]:
    """Return what the question's tokens say of each piece, alone and beside what stands before and after it."""
    near = features.near
    spread = (near - near.mean(axis=1, keepdims=True)) / (near.std(axis=1, keepdims=True) + 1e-3)
    standing = np.clip(spread, -3, 3)
    before = np.concatenate([np.full_like(near[:, :1], FAR), near[:, :-1]], axis=1)
    after = np.concatenate([near[:, 1:], np.full_like(near[:, :1], FAR)], axis=1)
    with_before = np.maximum(near, before)
    quarter = max(1, len(near) // 4)
    question_words, content = question.question_weights, question.content_weights
    return {
        "near": near.mean(axis=0),
        "near_content": _weighted(near, content),
        "near_asked": _weighted(near, question_words) if question_words.any() else near.mean(axis=0),
        "near_with_before": with_before.mean(axis=0),
        "near_with_both": np.maximum(with_before, after).mean(axis=0),
        "least_near": np.sort(near, axis=0)[:quarter].mean(axis=0),
        "standing": standing.mean(axis=0),
        "standing_content": _weighted(standing, content),
        "standing_asked": _weighted(standing, question_words),
        "gap": (best[:, None] - near).mean(axis=0),
        "widest_gap": (best[:, None] - near).max(axis=0),
        "novelty": features.novelty,
        "fresh": features.fresh,
        "passage": features.passage,
    }


def _weighted(values: Vectors, weights: FloatArray) -> FloatArray:
    mean: FloatArray = weights @ values / max(float(weights.sum()), 1e-9)
    return mean


def _rank_features(features: DocumentFeatures, number: int, best_score: float) -> dict[str, float]:
    """Return what the document's rank says, which is the same for all its pieces."""
    return {
        "document_gap": features.score - best_score,
        "document_rank": float(number),
        "is_best_document": float(number == 0),
        "is_second_document": float(number == 1),
    }


def _shape(piece: Piece, position: int) -> dict[str, float]:
    return {
        "length": math.log(len(piece.text)),
        "is_short": float(len(piece.text) < SHORT),
        "is_long": float(len(piece.text) > LONG),
        "is_row": float(piece.form == "row"),
        "is_item": float(piece.form == "item"),
        "is_ended": float(piece.is_ended),
        "announces": float(piece.announces),
        "is_first": float(position == 0),
        "is_in_first_section": float(piece.section == 0),
    }


def _agreement(question: Question, piece: Piece) -> dict[str, float]:
    """Return whether the sentence offers what the question asks for; 0 where it asks for nothing of the kind."""
    expected, offer = expected_kinds(question.text), offer_of(piece.text)
    is_number_expected = bool(expected & {"number", "duration", "date"})
    offered = {
        "number": offer.number,
        "duration": offer.duration,
        "date": offer.date,
        "person": offer.name,
        "place": offer.name,
        "text": offer.text,
        "reason": offer.reason,
        "verdict": offer.verdict,
    }
    gives = {f"gives_{kind}": float(kind in expected and is_given) for kind, is_given in offered.items()}
    return gives | {
        "gives_figure": float("number" in expected and offer.figure),
        "lacks_number": float("number" in expected and not offer.number),
        "lacks_duration": float("duration" in expected and not offer.duration),
        "lacks_date": float("date" in expected and not offer.date),
        "lacks_verdict": float("verdict" in expected and not offer.verdict),
        "has_figure": float(offer.figure or offer.date),
        "has_verdict": float(offer.verdict),
        "idle_figure": float(not is_number_expected and (offer.figure or offer.date)),
    }


def _shared_terms(
    question: Question, pieces: Sequence[Piece], position: int, rarity: Rarity, terms: Terms
) -> dict[str, float]:
    """Return what the sentence's terms share with the question's; in another language they say nothing."""
    piece = pieces[position]
    is_same_language = piece.language == question.language
    question_terms = terms_of(terms, question.text, question.language)
    own = terms_of(terms, piece.text, piece.language)
    neighbours = pieces[max(0, position - 1) : position + 2]
    around = own.union(*(terms_of(terms, neighbour.text, neighbour.language) for neighbour in neighbours))
    return {
        "coverage": rarity.share(question_terms & own, question_terms) * is_same_language,
        "coverage_around": rarity.share(question_terms & around, question_terms) * is_same_language,
        "is_same_language": float(is_same_language),
        "new_words": math.log(1 + len(own - question_terms)),
    }
