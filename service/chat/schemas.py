"""The part of OpenAI's chat completions that is understood here, and how an answer is written in it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from index.types import Ranking
from service.answering.answers import Answer, Sentence
from service.documents.citations import Citation, page_path

MODEL: Final = "passerelle"
SOURCES: Final = {
    "fr": "Sources",
    "en": "Sources",
    "de": "Quellen",
    "es": "Fuentes",
    "it": "Fonti",
    "nl": "Bronnen",
}
SILENCE: Final = {
    "fr": "Les documents ne répondent pas à cette question. Les plus proches :",
    "en": "The documents do not answer this question. The nearest ones:",
    "de": "Die Dokumente beantworten diese Frage nicht. Am nächsten kommen:",
    "es": "Los documentos no responden a esta pregunta. Los más cercanos:",
    "it": "I documenti non rispondono a questa domanda. I più vicini:",
    "nl": "De documenten beantwoorden deze vraag niet. Het dichtst in de buurt komen:",
}
NEAREST: Final = 3
_MARKDOWN: Final = str.maketrans({one: f"\\{one}" for one in "[]*_`<>\\"})


class Part(BaseModel):
    """A piece of a message; only those with text are read."""

    model_config = ConfigDict(extra="ignore")

    type: str
    text: str = ""


class Message(BaseModel):
    model_config = ConfigDict(extra="ignore")

    role: str = Field(max_length=20, examples=["user"])
    content: str | list[Part] | None = Field(default=None, examples=["Qui paie le transport d'un patient ?"])

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text")
        return self.content or ""


class ChatRequest(BaseModel):
    """What an OpenAI client sends. The last message of the user is the question; what is not known is passed over."""

    model_config = ConfigDict(extra="ignore")

    model: str = Field(default=MODEL, max_length=100)
    messages: Annotated[list[Message], Field(min_length=1, max_length=500)]
    stream: Annotated[bool, Field(strict=True)] = False

    @property
    def question(self) -> str:
        """Return the text of the user's last message, "" when there is none."""
        return next((one.text.strip() for one in reversed(self.messages) if one.role == "user"), "")


class ModelOut(BaseModel):
    id: str = Field(examples=[MODEL])
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = MODEL


class ModelsOut(BaseModel):
    object: Literal["list"] = "list"
    data: list[ModelOut]


class ChatErrorDetail(BaseModel):
    message: str
    type: str = Field(examples=["invalid_request_error"])
    param: str | None
    code: str | None


class ChatError(BaseModel):
    """An error as OpenAI's clients read it."""

    error: ChatErrorDetail


@dataclass
class Writing:
    """An answer being written: sentences with the numbers of their sources, then the list of sources."""

    base: str
    language: str
    cited: list[Citation] = field(default_factory=list)

    def sentence(self, sentence: Sentence) -> str:
        """Return the sentence with a number for each place it cites."""
        marks = "".join(f"[{self._number(one)}]" for one in sentence.citations)
        return f"{sentence.text.translate(_MARKDOWN)} {marks}\n\n"

    def ending(self, answer: Answer, ranking: Ranking) -> str:
        """Return what follows the sentences: the sources, or where to look when there are none."""
        if answer.is_answered:
            title = SOURCES.get(self.language, SOURCES["en"])
            listed = [f"{number}. {self._source(one)}" for number, one in enumerate(self.cited, 1)]
        else:
            title = SILENCE.get(self.language, SILENCE["en"])
            nearest = ranking.documents[:NEAREST]
            listed = [
                f"- [{one.document.metadata.title.translate(_MARKDOWN)}]({self.base}{page_path(one.document.id)})"
                for one in nearest
            ]
        note = [f"\n({answer.note.translate(_MARKDOWN)})"] if answer.note else []
        return "\n".join([f"**{title}**" if answer.is_answered else title, "", *listed, *note])

    def citations(self) -> list[dict[str, Any]]:
        """Return every source by its number, with the quote and where it stands."""
        return [
            {
                "number": number,
                "document_id": one.document_id,
                "title": one.title,
                "label": one.label,
                "quote": one.quote,
                "start": one.start,
                "end": one.end,
                "url": self._address(one),
            }
            for number, one in enumerate(self.cited, 1)
        ]

    def _number(self, one: Citation) -> int:
        if one not in self.cited:
            self.cited.append(one)
        return self.cited.index(one) + 1

    def _source(self, one: Citation) -> str:
        place = f"{one.title}, {one.label}" if one.label and one.label != one.title else one.title
        quote = " ".join(one.quote.split()).translate(_MARKDOWN)
        return f"[{place.translate(_MARKDOWN)}]({self._address(one)}): “{quote}”"

    def _address(self, one: Citation) -> str:
        return self.base + page_path(one.document_id, start=one.start, end=one.end)


def completion(text: str, citations: Sequence[dict[str, Any]], answer: Answer) -> dict[str, Any]:
    """Return a whole chat completion, with `citations` beside what OpenAI's clients know."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop", "logprobs": None}
    return _frame("chat.completion", new_id()) | {"choices": [choice]} | _beside(citations, answer)


def chunk(id: str, delta: dict[str, str], *, finish: str | None = None, **beside: Any) -> dict[str, Any]:
    """Return a piece of a streamed completion."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
    return _frame("chat.completion.chunk", id) | {"choices": [choice]} | beside


def last_chunk(id: str, citations: Sequence[dict[str, Any]], answer: Answer) -> dict[str, Any]:
    return chunk(id, {}, finish="stop", **_beside(citations, answer))


def new_id() -> str:
    return f"chatcmpl-{secrets.token_hex(12)}"


def _frame(kind: str, id: str) -> dict[str, Any]:
    return {"id": id, "object": kind, "created": int(time.time()), "model": MODEL}


def _beside(citations: Sequence[dict[str, Any]], answer: Answer) -> dict[str, Any]:
    return {
        "citations": list(citations),
        "answered": answer.is_answered,
        "answered_by": answer.answered_by,
        "confidence": round(answer.confidence, 4),
    }
