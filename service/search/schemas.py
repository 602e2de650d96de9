"""The wire format: what a client sends. pydantic lives in this module and in `wire`, nowhere else."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from index.documents import LANGUAGES, THEMES, Audience, Kind
from index.types import Filter

LONGEST_QUERY = 2000
MOST_RESULTS = 100
EARLIEST, LATEST = 1800, 2200
KINDS = tuple(kind.value for kind in Kind)


def _without_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not hold the character U+0000")
    return text


def one_of(allowed: tuple[str, ...]) -> Any:
    """Return the type of a word from a fixed list; the error names the whole list."""

    def check(value: object) -> object:
        if value not in allowed:
            raise ValueError(f"unknown value; allowed: {', '.join(allowed)}")
        return value

    return Annotated[str, BeforeValidator(check), Field(json_schema_extra={"enum": list(allowed)})]


def _in_order(border: str) -> str:
    """Write a border as the index does, its two countries in the order of the alphabet."""
    one, other = border.split("-")
    if one == other:
        raise ValueError("a border lies between two countries, such as BE-FR")
    return "-".join(sorted((one, other)))


def _dated(value: object) -> object:
    """Let through what begins with a written date: pydantic reads a number as seconds since 1970."""
    if value is not None and not re.match(r"\d{4}-\d\d-\d\d", str(value)):
        raise ValueError("wanted: a date such as 2026-11-26")
    return value


def _whole(value: object) -> object:
    """Read 43.0 as 43: JSON has one kind of number, and JSON Schema calls both an integer."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _not_too_long(text: object) -> object:
    """Count the length as it was sent, as the schema does: with the blanks that are stripped."""
    if isinstance(text, str) and len(text) > LONGEST_QUERY:
        raise ValueError(f"String should have at most {LONGEST_QUERY} characters")
    return text


THEMES_ALLOWED = one_of(THEMES)
WHOLE = BeforeValidator(_whole)  # stands after the bounds, which the schema would not tell otherwise
Day = Annotated[date, BeforeValidator(_dated)]
Moment = Annotated[AwareDatetime, BeforeValidator(_dated)]
Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_QUERY, strict=True),
    AfterValidator(_without_nul),
    Field(json_schema_extra={"pattern": r"^[^\u0000]*[^\u0000\s][^\u0000]*$"}),
    BeforeValidator(_not_too_long),
]
A_BORDER = r"^(?!([A-Z]{2})-\1$)[A-Z]{2}-[A-Z]{2}$"  # for the schema; pydantic's own patterns cannot look ahead
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$", strict=True)]
Border = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z]{2}-[A-Z]{2}$", strict=True),
    AfterValidator(_in_order),
    Field(json_schema_extra={"pattern": A_BORDER}),
]
Year = Annotated[int, Field(ge=EARLIEST, le=LATEST, strict=True), WHOLE]


class Filters(BaseModel):
    """What may be found. Within one field any value will do; between fields all must hold."""

    model_config = ConfigDict(extra="forbid")

    languages: Annotated[list[one_of(LANGUAGES)], Field(max_length=20, description="ISO 639-1 codes")] = []  # type: ignore[valid-type]
    kinds: Annotated[list[one_of(KINDS)], Field(max_length=20)] = []  # type: ignore[valid-type]
    themes: Annotated[list[one_of(THEMES)], Field(max_length=20)] = []  # type: ignore[valid-type]
    countries: Annotated[list[Country], Field(max_length=50, description="ISO 3166-1 alpha-2 codes")] = []
    borders: Annotated[list[Border], Field(max_length=50, description='Pairs of countries, such as "BE-FR"')] = []
    published_from: Annotated[Year | None, Field(description="First year, included")] = None
    published_to: Annotated[Year | None, Field(description="Last year, included")] = None
    valid_on: Annotated[Day | None, Field(description="Only what is in force on that day")] = None
    superseded: Annotated[bool, Field(strict=True, description="Also what is no longer in force")] = False

    @model_validator(mode="after")
    def _years_in_order(self) -> Self:
        if (
            self.published_from is not None
            and self.published_to is not None
            and self.published_from > self.published_to
        ):
            raise ValueError("published_from must not lie after published_to")
        return self

    def within(self, audience: Audience) -> Filter:
        """Return the index's filter for a caller of this audience, today."""
        return Filter(
            audience=audience,
            languages=frozenset(self.languages),
            kinds=frozenset(Kind(kind) for kind in self.kinds),
            themes=frozenset(self.themes),
            countries=frozenset(self.countries),
            borders=frozenset(self.borders),
            published_from=self.published_from,
            published_to=self.published_to,
            valid_on=self.valid_on,
            current_on=None if self.superseded or self.valid_on else datetime.now(UTC).date(),
        )


class SearchRequest(BaseModel):
    """A query and what it may find."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "query": "télétravail des travailleurs frontaliers",
                    "k": 5,
                    "filters": {"languages": ["fr", "de"], "borders": ["DE-FR"], "published_from": 2020},
                }
            ]
        },
    )

    query: Annotated[Text, Field(description="What a person types, up to 2000 characters")]
    k: Annotated[int, Field(ge=1, le=MOST_RESULTS, strict=True, description="At most so many documents"), WHOLE] = 10
    filters: Filters = Filters()


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
    filters: Filters = Filters()
    hand_on_if_unanswered: Annotated[
        bool,
        Field(strict=True, description="Consent: unanswered, the question may be kept for the resource centre's team"),
    ] = False


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
