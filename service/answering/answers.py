"""What an answer is: sentences, each proved by citations, or what the documents say instead of one.

Five outcomes: the documents answer; they contradict what the question presumes; they do not answer, and what comes
nearest is shown as that; there is nothing worth showing; or no sentence could answer, and the question leads elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol, Self, runtime_checkable

from index.documents import Document, Kind
from index.types import Ranking
from service.answering.excerpts import NO_EXCERPT, Excerpt, excerpt_of

Outcome = Literal["answer", "contradiction", "nearest", "silence", "referral"]
ReadDocument = Callable[[str], Document]
SentenceCallback = Callable[["Sentence"], None]


@dataclass(frozen=True, slots=True)
class Citation:
    """Where an answer comes from: `quote` stands, word for word, at [start, end) of the document.

    `excerpt` is the quote with what makes it stand by itself; the rest tells a reader what the text is worth.
    """

    document_id: str
    title: str
    label: str
    quote: str
    start: int
    end: int
    excerpt: Excerpt = NO_EXCERPT
    kind: Kind | None = None
    published: date | None = None
    valid_to: date | None = None
    author: str = ""

    @classmethod
    def of(cls, document: Document, label: str, start: int, end: int) -> Self:
        """Return the citation of [start, end) of a document."""
        metadata = document.metadata
        return cls(
            document_id=document.id,
            title=metadata.title,
            label=label,
            quote=document.text[start:end],
            start=start,
            end=end,
            excerpt=excerpt_of(document, start, end),
            kind=metadata.kind,
            published=metadata.published,
            valid_to=metadata.valid_to,
            author=metadata.author,
        )


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer with where it is said, the best place first; never without one."""

    text: str
    citations: tuple[Citation, ...]
    language: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the documents say to a question. `confidence` in [0, 1], that they answer it, is given for silence too.

    `correctness` in [0, 1] is how likely the sentence put first answers.

    `sentences` answer the question, each another part of it; `contradicting` say that it is otherwise than the question
    presumes, and then nothing answers; `nearest` come nearest besides, or are all there is. `note` says why it was
    answered otherwise than the service is set to, "" when all went well.
    """

    sentences: tuple[Sentence, ...]
    confidence: float
    correctness: float = 0.0
    answered_by: Literal["extractive", "model"] = "extractive"
    note: str = ""
    contradicting: tuple[Sentence, ...] = ()
    nearest: tuple[Sentence, ...] = ()
    is_referred: bool = False  # no sentence was looked for: a list, a count, a summary or a comparison is wanted

    @property
    def outcome(self) -> Outcome:
        if self.sentences:
            return "answer"
        if self.contradicting:
            return "contradiction"
        if self.is_referred:
            return "referral"
        return "nearest" if self.nearest else "silence"

    @property
    def is_answered(self) -> bool:
        """Say whether the documents answer the question as it was asked."""
        return bool(self.sentences)

    @property
    def is_settled(self) -> bool:
        """Say whether the documents settle the matter: they answer, or say that it is otherwise than presumed."""
        return bool(self.sentences or self.contradicting)


SILENCE = Answer((), 0.0)
REFERRED = Answer((), 0.0, is_referred=True)


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
