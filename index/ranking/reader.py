"""Read question and passage together: which sentence answers, which contradicts the question, or neither.

A cross-encoder (Nogueira & Cho 2019) over a window of a few sentences, which gives two logits a sentence and one for
silence, as reading comprehension with unanswerable questions does (Rajpurkar et al. 2018). What is compared across
windows is the log-odds of a sentence over its own window's silence: that is what the loss was taken over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, Protocol

import numpy as np

from index.types import Vectors

MOST_QUESTION: Final = 64  # tokens
MOST_HEAD: Final = 48  # of title and heading
MOST_TOKENS: Final = 240
UNREAD: Final = -30.0  # the log-odds of a sentence that no longer fitted
_START, _END = 0, 2  # XLM-R's frame

Tokenize = Callable[[str], list[int]]


class ReaderWindow(NamedTuple):
    """What is read at a time: a document's title, a heading, and sentences, items or rows that follow one another."""

    title: str
    heading: str
    sentences: Sequence[str]


class WindowReading(NamedTuple):
    """Log-odds over silence, float32 of shape (sentences,): that each answers, that each contradicts the question."""

    answers: Vectors
    contradictions: Vectors


class Reader(Protocol):
    """Reads windows for a question; a reading depends on nothing but the question and its window."""

    name: str

    def read(self, question: str, windows: Sequence[ReaderWindow]) -> list[WindowReading]:
        """Return one reading a window, in the order given."""
        ...


class Encoded(NamedTuple):
    """The tokens of question and window in their frame, and the span of tokens [start, end) of each sentence."""

    ids: list[int]
    spans: list[tuple[int, int]]


def encode(tokenize: Tokenize, question: str, window: ReaderWindow) -> Encoded:
    """Return `<s> query: question </s> passage: title. heading sentences </s>`; what is too long is cut at the end."""
    ids = [_START, *tokenize(f"query: {question}")[:MOST_QUESTION], _END]
    head = ". ".join(part for part in (window.title, window.heading) if part)
    ids += tokenize(f"passage: {head}")[:MOST_HEAD]
    spans = []
    for sentence in window.sentences:
        tokens = tokenize(sentence)[: max(0, MOST_TOKENS - 1 - len(ids))]
        if not tokens:
            break
        spans.append((len(ids), len(ids) + len(tokens)))
        ids += tokens
    return Encoded([*ids, _END], spans)


def pooled(logits: Vectors, spans: Sequence[tuple[int, int]], sentences: int) -> WindowReading:
    """Return a window's reading from its tokens' logits, (tokens, 5).

    Columns: a sentence's answer and contradiction by their mean over its tokens, the same two by their largest
    (log-sum-exp, less half the logarithm of the length), and silence, which the first token tells.
    """
    readings = np.full((2, sentences), UNREAD, np.float32)
    for number, (start, end) in enumerate(spans):
        tokens = logits[start:end]
        peak = tokens[:, 2:4].max(axis=0)
        largest = peak + np.log(np.exp(tokens[:, 2:4] - peak).sum(axis=0)) - 0.5 * np.log(end - start + 1)
        readings[:, number] = tokens[:, :2].mean(axis=0) + largest - logits[0, 4]
    return WindowReading(readings[0], readings[1])
