"""What an answer is: sentences, each proved by citations, or the plain statement that the documents do not answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from index.documents import Document
from index.types import Ranking
from service.documents.citations import Citation

ReadDocument = Callable[[str], Document]
Tell = Callable[["Sentence"], None]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer with where it is said, the best place first; never without one."""

    text: str
    citations: tuple[Citation, ...]
    language: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the documents say to a question. `confidence` in [0, 1] is told for silence too.

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
class GradualAnswerer(Answerer, Protocol):
    """An answerer whose sentences come one after the other, so that a reader need not wait for the last."""

    def answer_gradually(self, question: str, ranking: Ranking, read: ReadDocument, tell: Tell) -> Answer:
        """Return the answer; `tell` was called with each of its sentences, in order, as soon as it was certain."""
        ...


def answer_gradually(answerer: Answerer, question: str, ranking: Ranking, read: ReadDocument, tell: Tell) -> Answer:
    """Return the answer, each sentence told as soon as it is certain: at the end, by answerers that know no sooner."""
    if isinstance(answerer, GradualAnswerer):
        return answerer.answer_gradually(question, ranking, read, tell)
    answer = answerer.answer(question, ranking, read)
    for sentence in answer.sentences:
        tell(sentence)
    return answer
