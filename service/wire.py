"""The wire format: what a client gets back."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from index.documents import Audience, Kind


class DocumentOut(BaseModel):
    """A document as lists show it."""

    id: str = Field(examples=["notes/teletravail"])
    title: str = Field(examples=["Le télétravail des frontaliers"])
    kind: Kind
    audience: Audience
    language: str = Field(examples=["fr"])
    countries: list[str] = Field(examples=[["DE", "FR"]])
    borders: list[str] = Field(examples=[["DE-FR"]])
    themes: list[str] = Field(examples=[["taxation-social-security"]])
    published: date | None
    valid_to: date | None = Field(default=None, description="The last day it is, or was, in force")
    replaced_by: str | None = Field(default=None, description="Id of what took its place, when the caller may see it")
    url: str = Field(examples=["https://example.org/documents/notes/teletravail"], description="Its page here")


class VariantOut(BaseModel):
    """Another version of the same work, such as a translation."""

    id: str = Field(examples=["notes/telework-en"])
    title: str
    language: str = Field(examples=["en"])
    url: str


class PassageOut(BaseModel):
    """A slice of a document: `text` stands at [start, end) of it; highlights are offsets into `text`."""

    id: str = Field(examples=["notes/teletravail@1200-1850"])
    document_id: str = Field(examples=["notes/teletravail"])
    label: str = Field(examples=["p. 12"])
    language: str = Field(examples=["fr"])
    text: str
    start: int
    end: int
    score: float
    highlights: list[tuple[int, int]] = Field(examples=[[[4, 15]]])


class CitationLink(BaseModel):
    """How to cite the best passage, and where it is shown in its place."""

    text: str = Field(examples=["Le télétravail des frontaliers, p. 12 (MOT, 2024)"])
    url: str = Field(examples=["https://example.org/documents/notes/teletravail?start=1200&end=1850#passage"])


class ResultOut(BaseModel):
    document: DocumentOut
    score: float
    passages: list[PassageOut]
    citation: CitationLink
    variants: list[VariantOut] = Field(description="The same work in other versions; it is listed once")


class SearchResponse(BaseModel):
    """Documents best first, each with the passages that answer; facets count the documents considered."""

    query: str
    generation: int | None = Field(None, description="For staff: which state of the index this was read from")
    took_ms: float
    results: list[ResultOut]
    facets: dict[str, dict[str, int]] = Field(examples=[{"language": {"fr": 12, "de": 3}}])


class CitationOut(BaseModel):
    """Where a sentence is said: `quote` stands word for word at [start, end) of the document."""

    document_id: str
    title: str
    label: str
    quote: str
    start: int
    end: int
    url: str


class SentenceOut(BaseModel):
    text: str
    citations: list[CitationOut]


class AskResponse(BaseModel):
    """What the documents say. When they do not answer, `answered` is false and `sentences` is empty."""

    answered: bool
    answered_by: Literal["extractive", "model"] = Field(
        description="`extractive`: sentences word for word from the documents; `model`: a language model's, each with "
        "quotes that were found in the documents"
    )
    note: str = Field(description="Why it was not answered the way the service is set to; empty when all went well")
    sentences: list[SentenceOut]
    confidence: float = Field(ge=0, le=1)
    passages: list[PassageOut]
    follow_url: str | None = Field(default=None, description="Private address of a question that was handed on")


class SectionOut(BaseModel):
    label: str
    start: int
    end: int
    heading: str
    language: str


class FullDocumentOut(DocumentOut):
    """Everything known of a document but its text, which `…/text` gives."""

    legal_instruments: list[str]
    valid_from: date | None
    author: str
    address: str = Field(description="Where it was first published")
    notice: str
    rights: str
    replaces: str | None
    translation_of: str | None
    characters: int = Field(description="Length of its text")
    sections: list[SectionOut]
    file_url: str | None = Field(description="The original file, when it is kept")
    files: list[str] = Field([], description="For staff: every file it was found in, below its source; its own first")
    versions_url: str = Field(description="Its former texts, with their dates")


class Health(BaseModel):
    status: str = Field(examples=["ok"])


class Readiness(BaseModel):
    ready: bool
    generation: int | None = Field(None, description="For staff: which state of the index is served")
    trouble: str = Field("", description="What is wrong although searches are answered, and what mends it")


class FieldProblem(BaseModel):
    field: str = Field(examples=["filters.languages"])
    message: str = Field(examples=["unknown value; allowed: fr, en, de, es, it, nl"])


class ProblemOut(BaseModel):
    """RFC 9457 problem details."""

    model_config = ConfigDict(title="Problem")

    type: str = Field(examples=["about:blank"])
    title: str = Field(examples=["Unprocessable Content"])
    status: int = Field(examples=[422])
    detail: str
    errors: list[FieldProblem] = []
