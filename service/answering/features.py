"""How well each sentence of the best documents answers a question, as numbers: what the answer model weighs.

Nearness is MaxSim (Khattab & Zaharia 2020) of the question's token vectors over the sentence's own tokens, which carry
the passage around them: "Il est alors …" is near what its subject is near. No model is run for it. Nothing here depends
on the size of the collection.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from index.documents import Document, Kind
from index.lexical.stopwords import STOP_WORDS
from index.ranking.token_similarity import CloseReading, ReadPassage
from index.types import Vectors
from service.answering.answer_types import expected, offered
from service.answering.candidates import Candidate, Piece, pieces
from service.answering.term_weights import Rarity, Terms, terms_of

Table = npt.NDArray[np.float64]

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
    """A question with its words by the tokens they take; `terms` as the lexical index knows them in its language."""

    text: str
    language: str
    asked: Table  # (tokens,): 1 for tokens of question words, a share for those of content words, by `weights`
    content: Table
    words: tuple[tuple[str, tuple[int, ...]], ...]  # content words and their tokens

    @classmethod
    def of(cls, text: str, language: str, reading: CloseReading) -> Question:
        stop = STOP_WORDS.get(language, frozenset())
        asked, content = np.zeros(len(reading.asked)), np.zeros(len(reading.asked))
        words = []
        for word in _WORD.finditer(text):
            tokens = [
                number
                for number, (start, end) in enumerate(reading.asked.tolist())
                if start < word.end() and word.start() < end
            ]
            if _QUESTION_WORD.fullmatch(word[0]):
                asked[tokens] = 1
            elif tokens and (word[0].isdigit() or (len(word[0]) > 2 and word[0].lower() not in stop)):
                content[tokens] = 1 / len(tokens)
                words.append((word[0], tuple(tokens)))
        return cls(text, language, asked, content, tuple(words))


@dataclass(frozen=True)
class WeighedDocument:
    """A document, its pieces, and how near each token of the question comes to each piece."""

    document: Document
    score: float  # the search's
    pieces: tuple[Piece, ...]
    near: Vectors  # (question tokens, pieces)
    novelty: Table  # (pieces,): how near a piece's tokens are to the question, on the mean
    fresh: Table  # (pieces,): how many of its tokens are like nothing in the question
    passage: Table  # (pieces,): MaxSim of the best passage it stands in

    @classmethod
    def of(cls, document: Document, score: float, passages: Sequence[ReadPassage], tokens: int) -> WeighedDocument:
        said = pieces(document)
        starts, ends = np.array([[one.start, one.end] for one in said], np.int64).reshape(-1, 2).T
        near = np.full((tokens, len(said)), FAR, np.float32)
        mean, fresh, best = np.zeros(len(said)), np.zeros(len(said)), np.full(len(said), FAR)
        for one in passages:
            if not one.similar.size:
                continue
            level = float(one.similar.max(axis=1).mean())
            middle = one.spans.sum(axis=1) / 2
            at = np.searchsorted(starts, middle, side="right") - 1
            own = (middle >= one.passage.start) & (one.spans[:, 1] > one.spans[:, 0])  # not the title's or the prompt's
            inside = own & (at >= 0) & (middle <= ends[np.maximum(at, 0)])
            columns, at = one.similar[:, inside], at[inside]
            if not len(at):
                continue
            numbers, first, count = np.unique(at, return_index=True, return_counts=True)
            near[:, numbers] = np.maximum(near[:, numbers], np.maximum.reduceat(columns, first, axis=1))
            highest = columns.max(axis=0)
            mean[numbers] = np.add.reduceat(highest, first) / count
            fresh[numbers] = np.add.reduceat((highest < UNLIKE).astype(np.float64), first)
            best[numbers] = np.maximum(best[numbers], level)
        return cls(document, score, said, near, mean, fresh, best)


@dataclass(frozen=True)
class Weighed:
    """Everything that might answer, one row of `table` each; its columns are called `names`."""

    question: Question
    documents: tuple[WeighedDocument, ...]
    candidates: tuple[Candidate, ...]
    places: tuple[tuple[int, int], ...]  # of each candidate: the number of its document, and of its piece in it
    names: tuple[str, ...]
    table: Table

    def column(self, name: str) -> Table:
        values: Table = self.table[:, self.names.index(name)]
        return values


def weigh(question: Question, documents: Sequence[WeighedDocument], terms: Terms) -> Weighed:
    """Weigh every piece that may answer, best document first."""
    rarity = Rarity.of([piece for one in documents for piece in one.pieces], terms)
    candidates, places, rows = [], [], []
    best = np.max([one.near.max(axis=1) for one in documents if one.pieces], axis=0, initial=FAR)
    nearest = max((float(one.passage.max(initial=FAR)) for one in documents), default=0.0)
    for number, one in enumerate(documents):
        if not len(one.near):  # of a question without a word nothing is near
            continue
        common = _nearness(question, one, best)
        for place, piece in enumerate(one.pieces):
            if piece.may_answer and one.passage[place] > FAR:
                row = {name: float(values[place]) for name, values in common.items()}
                row |= _shape(piece, place) | _agreement(question, piece)
                row["is_thread"] = float(one.document.metadata.kind is Kind.FORUM_THREAD)
                row["position"] = place / len(one.pieces)
                row |= _shared(question, one, place, rarity, terms)
                row |= {
                    "passage_gap": float(one.passage[place]) - nearest,
                    "document_gap": one.score - documents[0].score,
                    "document_rank": float(number),
                    "is_best_document": float(number == 0),
                    "is_second_document": float(number == 1),
                }
                rows.append(row)
                candidates.append(Candidate(one.document, piece))
                places.append((number, place))
    names = tuple(rows[0]) if rows else ()
    table = np.array([[row[name] for name in names] for row in rows]).reshape(len(rows), len(names))
    return Weighed(question, tuple(documents), tuple(candidates), tuple(places), names, table)


def _nearness(question: Question, one: WeighedDocument, best: Vectors) -> dict[str, Table]:
    """Return what the question's tokens say of each piece, alone and beside what stands before and after it."""
    near = one.near
    spread = (near - near.mean(axis=1, keepdims=True)) / (near.std(axis=1, keepdims=True) + 1e-3)
    standing = np.clip(spread, -3, 3)
    before = np.concatenate([np.full_like(near[:, :1], FAR), near[:, :-1]], axis=1)
    after = np.concatenate([near[:, 1:], np.full_like(near[:, :1], FAR)], axis=1)
    with_before = np.maximum(near, before)
    quarter = max(1, len(near) // 4)
    asked, content = question.asked, question.content
    return {
        "near": near.mean(axis=0),
        "near_content": _weighted(near, content),
        "near_asked": _weighted(near, asked) if asked.any() else near.mean(axis=0),
        "near_with_before": with_before.mean(axis=0),
        "near_with_both": np.maximum(with_before, after).mean(axis=0),
        "least_near": np.sort(near, axis=0)[:quarter].mean(axis=0),
        "standing": standing.mean(axis=0),
        "standing_content": _weighted(standing, content),
        "standing_asked": _weighted(standing, asked),
        "gap": (best[:, None] - near).mean(axis=0),
        "widest_gap": (best[:, None] - near).max(axis=0),
        "novelty": one.novelty,
        "fresh": one.fresh,
        "passage": one.passage,
    }


def _weighted(values: Vectors, weights: Table) -> Table:
    mean: Table = weights @ values / max(float(weights.sum()), 1e-9)
    return mean


def _shape(piece: Piece, place: int) -> dict[str, float]:
    return {
        "length": math.log(len(piece.text)),
        "is_short": float(len(piece.text) < SHORT),
        "is_long": float(len(piece.text) > LONG),
        "is_row": float(piece.form == "row"),
        "is_item": float(piece.form == "item"),
        "is_ended": float(piece.is_ended),
        "announces": float(piece.announces),
        "is_first": float(place == 0),
        "is_in_first_section": float(piece.section == 0),
    }


def _agreement(question: Question, piece: Piece) -> dict[str, float]:
    """Return whether the sentence offers what the question asks for; 0 where it asks for nothing of the kind."""
    wanted, offer = expected(question.text), offered(piece.text)
    counts = bool(wanted & {"number", "duration", "date"})
    said = {
        "number": offer.number,
        "duration": offer.duration,
        "date": offer.date,
        "person": offer.name,
        "place": offer.name,
        "text": offer.text,
        "reason": offer.reason,
        "verdict": offer.verdict,
    }
    found = {f"gives_{name}": float(name in wanted and given) for name, given in said.items()}
    return found | {
        "gives_figure": float("number" in wanted and offer.figure),
        "lacks_number": float("number" in wanted and not offer.number),
        "lacks_duration": float("duration" in wanted and not offer.duration),
        "lacks_date": float("date" in wanted and not offer.date),
        "lacks_verdict": float("verdict" in wanted and not offer.verdict),
        "has_figure": float(offer.figure or offer.date),
        "has_verdict": float(offer.verdict),
        "idle_figure": float(not counts and (offer.figure or offer.date)),
    }


def _shared(question: Question, one: WeighedDocument, place: int, rarity: Rarity, terms: Terms) -> dict[str, float]:
    """Return what the sentence's words share with the question's; in another language they say nothing."""
    piece = one.pieces[place]
    same = piece.language == question.language
    wanted = terms_of(terms, question.text, question.language)
    said = terms_of(terms, piece.text, piece.language)
    around = said.union(
        *(terms_of(terms, other.text, other.language) for other in one.pieces[max(0, place - 1) : place + 2])
    )
    return {
        "coverage": rarity.share(wanted & said, wanted) * same,
        "coverage_around": rarity.share(wanted & around, wanted) * same,
        "is_same_language": float(same),
        "new_words": math.log(1 + len(said - wanted)),
    }
