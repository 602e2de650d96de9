"""An answer as a chat completion: its text in Markdown with numbered sources, whole or in chunks."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from fastapi.encoders import jsonable_encoder

from index.types import Ranking
from service.answering.answers import Answer, Citation, Sentence
from service.answering.referrals import Referral
from service.answering.schemas import understanding_out
from service.answering.understanding import Understanding
from service.chat.schemas import MODEL
from service.web.citations import page_path
from service.web.translating import INTERFACE_LANGUAGES, Translator

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
CONTRADICTION: Final = {
    "fr": "Les documents disent autre chose :",
    "en": "The documents say otherwise:",
    "de": "Die Dokumente sagen etwas anderes:",
    "es": "Los documentos dicen otra cosa:",
    "it": "I documenti dicono altro:",
    "nl": "De documenten zeggen iets anders:",
}
NEAREST: Final = {
    "fr": "Les documents ne répondent pas directement ; le plus proche :",
    "en": "The documents do not answer directly; what comes nearest:",
    "de": "Die Dokumente antworten nicht direkt; am nächsten kommt:",
    "es": "Los documentos no responden directamente; lo más cercano:",
    "it": "I documenti non rispondono direttamente; il passaggio più vicino:",
    "nl": "De documenten antwoorden niet rechtstreeks; het dichtst in de buurt komt:",
}
MOST_DOCUMENTS: Final = 3  # shown where no sentence is
_TOKEN: Final = re.compile(r"\w+|[^\w\s]")
_ESCAPED: Final = str.maketrans({character: f"\\{character}" for character in "[]*_`<>\\"})


@dataclass
class MarkdownWriter:
    """Writes an answer: sentences with the numbers of their sources, then the list of sources."""

    base: str
    language: str
    sources: list[Citation] = field(default_factory=list)

    def sentence(self, sentence: Sentence) -> str:
        """Return the sentence with a number for each place it cites."""
        marks = "".join(f"[{self._number(citation)}]" for citation in sentence.citations)
        return f"{sentence.text.translate(_ESCAPED)} {marks}\n\n"

    def beginning(self, understood: Understanding) -> str:
        """Return the question really asked, where it is another than was typed; else nothing."""
        if not understood.resolved.carried:
            return ""
        return f"*{self._t('conversation.asked')} {understood.question.translate(_ESCAPED)}*\n\n"

    def ending(self, answer: Answer, ranking: Ranking, understood: Understanding) -> str:
        """Return what follows the sentences that answer: the sources, what is said instead, or where to look.

        Borders that a question leaves open come last.
        """
        if understood.referral:
            return self._referral(understood.referral)
        borders = ", ".join(map(self._t.border, understood.borders))
        choice = f"\n\n{self._t('borders.title')} {borders}" if borders else ""
        return self._source_list(answer, ranking) + choice

    def _referral(self, referral: Referral) -> str:
        t, address = self._t, self.base + referral.path
        match referral.kind:
            case "summary" if referral.document:
                title = referral.document.metadata.title.translate(_ESCAPED)
                return f"{t('intent.summary.found')} [{title}]({address})"
            case "summary":
                return f"{t('intent.summary.unknown')} [{t('intent.list.open')}]({address})"
            case "comparison":
                return f"{t('intent.comparison.lead')} [{t('intent.comparison.open')}]({address})"
        counted = referral.count is not None
        counted_documents = t.plural("intent.document", "intent.documents", referral.count or 0) if counted else ""
        return f"{counted_documents or t('intent.list.uncounted')} [{t('intent.list.open')}]({address})"

    @property
    def _t(self) -> Translator:
        return Translator(self.language if self.language in INTERFACE_LANGUAGES else "en")

    def _source_list(self, answer: Answer, ranking: Ranking) -> str:
        if answer.outcome == "silence":
            title = self._in_language(SILENCE)
            nearest = [ranked.document for ranked in ranking.documents[:MOST_DOCUMENTS]]
            lines = [
                f"- [{card.metadata.title.translate(_ESCAPED)}]({self.base}{page_path(card.id)})" for card in nearest
            ]
        else:
            title = f"**{self._in_language(SOURCES)}**"
            if not answer.is_answered:
                sentences = "".join(map(self.sentence, answer.contradicting or answer.nearest))
                title = f"{self._in_language(CONTRADICTION if answer.contradicting else NEAREST)}\n\n{sentences}{title}"
            lines = [f"{number}. {self._source(citation)}" for number, citation in enumerate(self.sources, 1)]
        note = [f"\n({answer.note.translate(_ESCAPED)})"] if answer.note else []
        return "\n".join([title, "", *lines, *note])

    def citations(self) -> list[dict[str, Any]]:
        """Return every source by its number, with the quote and where it stands."""
        return [
            {
                "number": number,
                "document_id": citation.document_id,
                "title": citation.title,
                "label": citation.label,
                "quote": citation.quote,
                "start": citation.start,
                "end": citation.end,
                "url": self._address(citation),
            }
            for number, citation in enumerate(self.sources, 1)
        ]

    def _in_language(self, texts: Mapping[str, str]) -> str:
        return texts.get(self.language, texts["en"])

    def _number(self, citation: Citation) -> int:
        if citation not in self.sources:
            self.sources.append(citation)
        return self.sources.index(citation) + 1

    def _source(self, citation: Citation) -> str:
        has_label = citation.label and citation.label != citation.title
        title = f"{citation.title}, {citation.label}" if has_label else citation.title
        quote = " ".join(citation.quote.split()).translate(_ESCAPED)
        return f"[{title.translate(_ESCAPED)}]({self._address(citation)}): “{quote}”"

    def _address(self, citation: Citation) -> str:
        return self.base + page_path(citation.document_id, start=citation.start, end=citation.end)


def completion(
    text: str,
    citations: Sequence[dict[str, Any]],
    answer: Answer,
    understood: Understanding,
    base: str,
    *,
    prompt: str,
    n: int = 1,
) -> dict[str, Any]:
    """Return a whole chat completion, with `citations` beside the fields OpenAI's clients know.

    There is one answer; `n` choices give it so often.
    """
    choice = {"message": {"role": "assistant", "content": text}, "finish_reason": "stop", "logprobs": None}
    choices = [{"index": number, **choice} for number in range(n)]
    frame = _frame("chat.completion", new_id()) | {"choices": choices, "usage": usage(prompt, text, n)}
    return frame | _extra_fields(citations, answer, understood, base)


def chunk(id: str, delta: dict[str, str], *, finish: str | None = None, n: int = 1, **extra: Any) -> dict[str, Any]:
    """Return a piece of a streamed completion, the same of each of its choices."""
    choice = {"delta": delta, "finish_reason": finish, "logprobs": None}
    choices = [{"index": number, **choice} for number in range(n)]
    return _frame("chat.completion.chunk", id) | {"choices": choices} | extra


def last_chunk(
    id: str, citations: Sequence[dict[str, Any]], answer: Answer, understood: Understanding, base: str, *, n: int = 1
) -> dict[str, Any]:
    return chunk(id, {}, finish="stop", n=n, **_extra_fields(citations, answer, understood, base))


def usage_chunk(id: str, prompt: str, text: str, n: int) -> dict[str, Any]:
    """Return what follows the pieces where a client asks for usage: no choice, and the counts."""
    return chunk(id, {}, n=0, usage=usage(prompt, text, n))


def usage(prompt: str, text: str, n: int) -> dict[str, int]:
    """Return the counts of words and marks: what clients display and add up; no model's tokens are paid for here."""
    sent, written = len(_TOKEN.findall(prompt)), len(_TOKEN.findall(text)) * n
    return {"prompt_tokens": sent, "completion_tokens": written, "total_tokens": sent + written}


def new_id() -> str:
    return f"chatcmpl-{secrets.token_hex(12)}"


def _frame(kind: str, id: str) -> dict[str, Any]:
    return {"id": id, "object": kind, "created": int(time.time()), "model": MODEL}


def _extra_fields(
    citations: Sequence[dict[str, Any]], answer: Answer, understood: Understanding, base: str
) -> dict[str, Any]:
    return {
        **jsonable_encoder(understanding_out(understood, base)),
        "citations": list(citations),
        "answered": answer.is_answered,
        "outcome": answer.outcome,
        "answered_by": answer.answered_by,
        "confidence": round(answer.confidence, 4),
    }
