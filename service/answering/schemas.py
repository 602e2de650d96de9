"""The wire format of questions and answers."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from index.documents import Kind
from service.answering.answers import Answer, Outcome, Sentence
from service.answering.commuting import Commute
from service.answering.intents import IntentKind
from service.answering.referrals import Referral
from service.answering.understanding import Understanding
from service.documents.passage_layout import PassageKind
from service.documents.schemas import PassageOut
from service.http.fields import Text
from service.library.filters import Filters
from service.web.citations import page_path


class AskRequest(BaseModel):
    """A question and which documents may answer it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"question": "Qui paie le transport d'un patient vers un hôpital de l'autre côté ?", "filters": {}}
            ]
        },
    )

    question: Annotated[Text, Field(description="What a person asks, up to 2000 characters")]
    conversation: Annotated[
        list[Text],
        Field(
            max_length=50,
            description="Questions asked before, oldest first; the last six are read, of each 500 characters. What a "
            'question such as "Et pour la Belgique ?" leaves open is taken from them',
        ),
    ] = []
    filters: Filters = Filters()
    hand_on_if_unanswered: Annotated[
        bool,
        Field(strict=True, description="Consent: unanswered, the question may be kept for the resource centre's team"),
    ] = False


class ExcerptOut(BaseModel):
    """What makes a quote stand by itself; every text is a slice of the document's own."""

    headings: list[str] = Field(description="Those above it, outermost first")
    before: str = Field(description="The sentences before it in its paragraph")
    text: str
    after: str = Field(description="The sentences after it in its paragraph")
    introduction: str = Field(description="What introduces the list or table it stands in; empty when nothing does")
    kind: PassageKind = Field(description="`table`: it is a row, or stands in one; `list`: it is an item of a list")
    header: list[str] = Field(description="The header of the table it is a row of; empty when there is none")
    row: list[str] = Field(description="Its cells when it is a row of a table, else empty")


class CitationOut(BaseModel):
    """Where a sentence is said: `quote` stands word for word at [start, end) of the document."""

    document_id: str
    title: str
    label: str
    quote: str
    start: int
    end: int
    url: str
    excerpt: ExcerptOut
    kind: Kind | None = Field(description="What the document is: a forum thread is what members wrote to each other")
    published: date | None
    valid_to: date | None = Field(description="The last day the text is in force, where it is known to end")


class SentenceOut(BaseModel):
    text: str
    citations: list[CitationOut]


class CarriedOut(BaseModel):
    kind: Literal["territory", "concept", "kind", "words"]
    text: str = Field(description="As an earlier question says it")


class IntentOut(BaseModel):
    """Something that no sentence gives, and where it is."""

    kind: IntentKind
    link: str = Field(description="A document's overview, a list of documents, or comparable experiences")
    count: int | None = Field(
        description="How many documents the list holds that the caller may see, translations and near copies counted "
        "once; null where the question names more than kinds, themes, borders and countries, or wants no list"
    )
    document_id: str | None = Field(description="The document to be summed up, where it was found by its title")
    title: str | None


class CommuteOut(BaseModel):
    """Which way the people of a question commute; the answer is looked for by these countries, not by its towns."""

    homes: list[str] = Field(description="Countries they live in", examples=[["FR"]])
    works: list[str] = Field(description="Countries they work in", examples=[["BE"]])

    @classmethod
    def of(cls, commute: Commute) -> Self | None:
        """Return what a question says of both ends, None for one that does not."""
        return cls(homes=sorted(commute.homes), works=sorted(commute.works)) if commute.is_whole else None


class AskResponse(BaseModel):
    """What the documents say. When they do not answer, `answered` is false and `sentences` is empty."""

    question: str = Field(description="The question really asked: with what it takes from the conversation")
    carried: list[CarriedOut] = Field(description="What was taken from the conversation; empty for a new subject")
    intent: IntentOut | None = Field(description="Where the question leads, when no sentence can answer it")
    borders_to_choose: list[str] = Field(
        description="Borders to ask again for, by `filters.borders`, where the answer depends on the border and the "
        "question names none; the likeliest first"
    )
    commute: CommuteOut | None = Field(description="Set where the question says where its people live and work")
    answered: bool
    outcome: Outcome = Field(
        description="`answer`: `sentences` answer the question; `contradiction`: "
        "it presumes what `contradicting` deny; `nearest`: nothing answers, `nearest` come nearest; `silence`: "
        "nothing comes near; `referral`: no sentence can answer, `intent` says where the question leads"
    )
    answered_by: Literal["extractive", "model"] = Field(
        description="`extractive`: sentences word for word from the documents; `model`: a language model's, each with "
        "quotes that were found in the documents"
    )
    note: str = Field(description="Why it was not answered the way the service is set to; empty when all went well")
    sentences: list[SentenceOut]
    contradicting: list[SentenceOut] = Field(description="Sentences by which what the question presumes is not so")
    nearest: list[SentenceOut] = Field(description="Sentences that come near without being given as the answer")
    confidence: float = Field(ge=0, le=1, description="How likely the documents answer")
    passages: list[PassageOut]
    follow_url: str | None = Field(default=None, description="Private address of a question that was handed on")


def understanding_out(understood: Understanding, base: str) -> dict[str, Any]:
    """Return the fields that say how a question was understood."""
    return {
        "question": understood.question,
        "carried": [CarriedOut(kind=carried.kind, text=carried.text) for carried in understood.resolved.carried],
        "intent": _intent_out(understood.referral, base) if understood.referral else None,
        "borders_to_choose": list(understood.borders),
        "commute": CommuteOut.of(understood.commute),
    }


def _intent_out(referral: Referral, base: str) -> IntentOut:
    card = referral.document
    return IntentOut(
        kind=referral.kind,
        link=base + referral.path,
        count=referral.count,
        document_id=card.id if card else None,
        title=card.metadata.title if card else None,
    )


def ask_response(answer: Answer, passages: list[PassageOut], understood: Understanding, *, base: str) -> AskResponse:
    """Return an answer and the passages it was looked for in. Addresses begin with `base`."""
    return AskResponse(
        **understanding_out(understood, base),
        answered=answer.is_answered,
        outcome=answer.outcome,
        answered_by=answer.answered_by,
        note=answer.note,
        sentences=[sentence_out(sentence, base) for sentence in answer.sentences],
        contradicting=[sentence_out(sentence, base) for sentence in answer.contradicting],
        nearest=[sentence_out(sentence, base) for sentence in answer.nearest],
        confidence=round(answer.confidence, 4),
        passages=passages,
    )


def sentence_out(sentence: Sentence, base: str) -> SentenceOut:
    return SentenceOut(
        text=sentence.text,
        citations=[
            CitationOut(
                document_id=citation.document_id,
                title=citation.title,
                label=citation.label,
                quote=citation.quote,
                start=citation.start,
                end=citation.end,
                url=base + page_path(citation.document_id, start=citation.start, end=citation.end),
                excerpt=ExcerptOut(**asdict(citation.excerpt)),
                kind=citation.kind,
                published=citation.published,
                valid_to=citation.valid_to,
            )
            for citation in sentence.citations
        ],
    )
