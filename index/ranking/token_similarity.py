"""Token similarity: how near each token of a question is to each token of a passage.

The search ranks passages by one number each; what looks inside them (which sentence answers?) gets the whole table. It
is made from the token codes stored for late interaction: no model is run for it. Where an index keeps none, or its
model does not give its tokens' offsets, words are compared instead: 1 for the same word, 0 for any other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from index.documents import Access, Passage
from index.lexical.analysis import fold
from index.ranking.late_interaction import token_similarities
from index.store.store import Store
from index.types import Embedder, Spans, TokenSpanEmbedder, Vectors

_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class PassageSimilarity:
    """A passage and `similarity`, (question tokens, passage tokens) in [-1, 1]; `spans` are offsets in its document.

    Tokens of the passage's context (title, headings), of prompts and frames lie outside [start, end).
    """

    passage: Passage
    similarity: Vectors
    spans: Spans


@dataclass(frozen=True, slots=True)
class TokenSimilarity:
    """A question's tokens, by their offsets in it, and the passages they were compared with."""

    question_spans: Spans
    passages: tuple[PassageSimilarity, ...] = ()


def compare_tokens(
    store: Store, embedder: Embedder, question: str, tokens: Vectors | None, rows: Sequence[int], access: Access
) -> TokenSimilarity:
    """Compare the question, whose `tokens` are ready for MaxSim, with the passages of these rows, in order."""
    stored = store.passages(rows, access)
    passages = {row: stored[row] for row in rows if row in stored}
    if tokens is None or not isinstance(embedder, TokenSpanEmbedder):
        return compare_words(question, list(passages.values()))
    codes = store.passage_table.token_codes(passages, embedder.dimension // 8)
    texts = [passage.embedded_text for passage in passages.values()]
    question_spans, passage_spans = embedder.query_spans(question), embedder.passage_spans(texts)
    is_complete = len(question_spans) == len(tokens) and all(
        len(spans) == len(codes.get(row, ())) for row, spans in zip(passages, passage_spans, strict=True)
    )
    if not is_complete:
        return compare_words(question, list(passages.values()))
    compared = []
    for (row, passage), text, spans in zip(passages.items(), texts, passage_spans, strict=True):
        in_document = spans + (passage.start - (len(text) - len(passage.text)))
        compared.append(PassageSimilarity(passage, token_similarities(tokens, codes[row]), in_document))
    return TokenSimilarity(question_spans, tuple(compared))


def compare_words(question: str, passages: Sequence[Passage]) -> TokenSimilarity:
    """Compare by words, without accents and capitals: two are the same when their first six letters are."""
    question_spans, question_words = _words(question)
    compared = []
    for passage in passages:
        spans, words = _words(passage.text)
        same = [[float(word == other) for other in words] for word in question_words]
        similarity = np.array(same, np.float32).reshape(len(question_words), len(words))
        compared.append(PassageSimilarity(passage, similarity, spans + passage.start))
    return TokenSimilarity(question_spans, tuple(compared))


def _words(text: str) -> tuple[Spans, list[str]]:
    matches = list(_WORD.finditer(text))
    spans = np.array([match.span() for match in matches], np.int64).reshape(-1, 2)
    return spans, [fold(match[0])[:6] for match in matches]
