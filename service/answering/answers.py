"""What an answer is: sentences, each proved by citations, or the plain statement that the documents do not answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from index.documents import Document
from index.types import Ranking

ReadDocument = Callable[[str], Document]
SentenceCallback = Callable[["Sentence"], None]


@dataclass(frozen=True, slots=True)
class Citation:
    """Where an answer comes from: `quote` stands, word for word, at [start, end) of the document."""

    document_id: str
    title: str
    label: str
    quote: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer with where it is said, the best place first; never without one."""

    text: str
    citations: tuple[Citation, ...]
    language: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the documents say to a question. `confidence` in [0, 1] is given for silence too.

    `note` says why it was answered otherwise than the service is set to, "" when all went well.
    """

    sentences: tuple[Sentence, ...]
    confidence: float
    answered_by: Literal["extractive", "model"] = "extractive"
    note: str = ""

    @property
    def is_answered(self) -> bool:
        return bool(self.sentences)


SILENCE = Answer((), 0.0)


class Answerer(Protocol):
    """Answers from a ranking's passages and nothing else; every quote stands in its document at its offsets.

    An empty ranking is met with silence. `read` gives a ranked document's text, to the caller it was ranked for.
    """

    def answer(self, question: str, ranking: Ranking, read: ReadDocument) -> Answer: ...


@runtime_checkable
class StreamingAnswerer(Answerer, Protocol):
    """An answerer whose sentences come one after the other, so that a reader need not wait for the last."""

    def stream_answer(
        self, question: str, ranking: Ranking, read: ReadDocument, on_sentence: SentenceCallback
    ) -> Answer:
        """Return the answer, having called `on_sentence` with each sentence, in order, as soon as it was certain."""
        ...


def stream_answer(
    answerer: Answerer, question: str, ranking: Ranking, read: ReadDocument, on_sentence: SentenceCallback
) -> Answer:
    """Return the answer, having called `on_sentence` with each sentence: all at the end unless the answerer streams."""
    if isinstance(answerer, StreamingAnswerer):
        return answerer.stream_answer(question, ranking, read, on_sentence)
    answer = answerer.answer(question, ranking, read)
    for sentence in answer.sentences:
        on_sentence(sentence)
    return answer
