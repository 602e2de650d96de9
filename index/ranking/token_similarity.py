"""Reading passages closely: how near each token of a question comes to each token of a passage.

The search ranks passages by one number each; what reads inside them (which sentence answers?) gets the whole table. It
is made from the token codes stored for late interaction: no model is run for it. Where an index keeps none, or its
model does not say where its tokens stand, words take their place: 1 for the same word, 0 for any other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from index.documents import Passage
from index.lexical.analysis import fold
from index.ranking import late_interaction as late
from index.store.store import Store
from index.types import Embedder, PlacedTokens, Spans, Vectors
from index.update import embedded_text

_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class ReadPassage:
    """A passage and `similar`, (question tokens, passage tokens) in [-1, 1]; `spans` are offsets in its document.

    Tokens of the passage's context (title, headings), of prompts and frames stand outside [start, end).
    """

    passage: Passage
    similar: Vectors
    spans: Spans


@dataclass(frozen=True, slots=True)
class CloseReading:
    """A question's tokens, by their offsets in it, and the passages that were read for them."""

    asked: Spans
    passages: tuple[ReadPassage, ...] = ()


def read(store: Store, embedder: Embedder, question: str, tokens: Vectors | None, rows: Sequence[int]) -> CloseReading:
    """Return the passages of these rows as they stand to the question, whose `tokens` are ready for MaxSim."""
    placed = store.passages(rows)
    passages = {row: placed[row] for row in rows if row in placed}
    if tokens is None or not isinstance(embedder, PlacedTokens):
        return by_words(question, list(passages.values()))
    codes = store.token_codes(passages, embedder.dimension // 8)
    texts = [embedded_text(one) for one in passages.values()]
    asked, spans = embedder.query_spans(question), embedder.passage_spans(texts)
    if len(asked) != len(tokens) or [len(one) for one in spans] != [len(codes.get(row, ())) for row in passages]:
        return by_words(question, list(passages.values()))
    found = []
    for (row, one), text, span in zip(passages.items(), texts, spans, strict=True):
        in_document = span + (one.start - (len(text) - len(one.text)))
        found.append(ReadPassage(one, late.similar(tokens, codes[row]), in_document))
    return CloseReading(asked, tuple(found))


def by_words(question: str, passages: Sequence[Passage]) -> CloseReading:
    """Read by words, without accents and capitals, told by their first six letters."""
    asked, words = _words(question)
    read = []
    for one in passages:
        spans, said = _words(one.text)
        same = [[float(word == other) for other in said] for word in words]
        read.append(ReadPassage(one, np.array(same, np.float32).reshape(len(words), len(said)), spans + one.start))
    return CloseReading(asked, tuple(read))


def _words(text: str) -> tuple[Spans, list[str]]:
    found = list(_WORD.finditer(text))
    return np.array([one.span() for one in found], np.int64).reshape(-1, 2), [fold(one[0])[:6] for one in found]
