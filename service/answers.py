"""What an answer is: sentences, each proved by citations, or the plain statement that the documents do not answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from index.documents import Document
from index.interfaces import Ranking
from service.citations import Citation

ReadDocument = Callable[[str], Document]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer with where it is said, the best place first; never without one."""

    text: str
    citations: tuple[Citation, ...]
    language: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the documents say to a question. `confidence` in [0, 1] is told for silence too."""

    sentences: tuple[Sentence, ...]
    confidence: float

    @property
    def is_answered(self) -> bool:
        return bool(self.sentences)


SILENCE = Answer((), 0.0)


class Answerer(Protocol):
    """Answers from a ranking's passages and nothing else; every quote stands in its document at its offsets.

    An empty ranking is met with silence. `read` gives a ranked document's text, to the caller it was ranked for.
    """

    def answer(self, question: str, ranking: Ranking, read: ReadDocument) -> Answer: ...
