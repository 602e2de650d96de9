"""The wire format of comparable experiences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Final, Self

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, model_validator
from starlette.datastructures import QueryParams

from index.documents import Kind
from service.documents.schemas import DocumentOut, VariantOut, document_out, variant_out
from service.experiences.cases import Case
from service.experiences.comparison import Common, Difference
from service.experiences.situations import Situation
from service.experiences.unsolved import UnsolvedThread
from service.forum.schemas import QuoteOut, quote_out
from service.http.fields import MOST_RESULTS, WHOLE, Border, Text
from service.web.citations import page_path

CASES: Final = 8  # on the page, and in what is exported from it
EITHER: Final[list[JsonValue]] = [  # of the two ways to say where the situation is from
    {"required": [name], "properties": {name: {"type": "string"}, other: {"type": "null"}}}
    for name, other in (("situation", "document_id"), ("document_id", "situation"))
]
LONGEST_QUESTION: Final = 1000  # characters of an unsolved thread's question


class ExperiencesRequest(BaseModel):
    """A situation in one's own words, or a document that describes one."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "situation": "L'ambulance d'en face serait là en douze minutes, mais personne n'ose l'appeler.",
                    "border": "CH-FR",
                    "k": 5,
                }
            ],
            "oneOf": EITHER,
        },
    )

    situation: Annotated[Text | None, Field(description="What happens, up to 2000 characters")] = None
    document_id: Annotated[
        str | None, Field(min_length=1, max_length=500, pattern=r"^[^\u0000]+$", description="Instead of a situation")
    ] = None
    border: Annotated[
        Border | None, Field(description="Whose cases are left out; without it, those the situation names")
    ] = None
    k: Annotated[int, Field(ge=1, le=MOST_RESULTS, strict=True, description="At most so many cases"), WHOLE] = 6

    @model_validator(mode="after")
    def _require_exactly_one(self) -> Self:
        if (self.situation is None) == (self.document_id is None):
            raise ValueError("give either situation or document_id")
        return self


def read_address(params: QueryParams, k: int) -> ExperiencesRequest | None:
    """Return what the address of the page, or of its export, asks for; None without a situation.

    Raises RequestValidationError.
    """
    values: dict[str, Any] = {
        "situation": params.get("q", "").strip() or None,
        "document_id": params.get("document", "").strip() or None,
        "border": params.get("border", "").strip() or None,
        "k": k,
    }
    if not (values["situation"] or values["document_id"]):
        return None
    if values["document_id"]:
        values["situation"] = None
    try:
        return ExperiencesRequest.model_validate(values)
    except ValidationError as error:
        details = error.errors(include_context=False, include_input=False)
        raise RequestValidationError([detail | {"loc": ("query", *detail["loc"])} for detail in details]) from error


class HereOut(BaseModel):
    """Words of the situation, at [start, end) of it."""

    text: str
    start: int
    end: int


class CommonOut(BaseModel):
    facet: str = Field(description="obstacle, instrument, theme; passage when only the wording is near")
    value: str = Field(examples=["absence de base légale"])
    here: HereOut | None
    there: QuoteOut


class DifferenceOut(BaseModel):
    facet: str = Field(description="border, country, legal form, instrument, language, published, valid to")
    here: list[str]
    there: list[str]
    quote: QuoteOut | None


class FactOut(BaseModel):
    """A fact of a case in its own words; a fact that no sentence says is left out."""

    facet: str = Field(description="legal form, partners, year, what worked")
    quote: QuoteOut


class CaseOut(BaseModel):
    """A case at another border; every quote stands word for word in its document."""

    document: DocumentOut
    variants: list[VariantOut]
    score: float
    facts: list[FactOut]
    quote: QuoteOut
    comparable: list[CommonOut]
    differs: list[DifferenceOut]
    contacts: list[DocumentOut] = Field(default=[], description="Whom to ask at its borders: organisation, function")


class UnsolvedOut(BaseModel):
    """A thread or problem sheet: somebody has the same trouble and nobody a solution; `question` is its beginning.

    `document_id` is null where the thread is on its forum alone; `address` shows it, null where the forum gave none.
    """

    document_id: str | None
    kind: Kind = Field(description="forum thread, or problem sheet")
    title: str
    address: str | None
    language: str | None
    borders: list[str]
    published: date | None
    question: str
    score: float


class ExperiencesResponse(BaseModel):
    """Cases, best first, and the borders that were left out because the situation is there.

    Where the situation names one country and no border, `likely_borders` are those it may be at, the likeliest first:
    nothing was left out for them. Give the right one as `border`.
    """

    borders: list[str] = Field(examples=[["CH-FR"]])
    likely_borders: list[str] = Field(default=[], examples=[["FR-LU", "BE-LU", "DE-LU"]])
    cases: list[CaseOut]
    unsolved: list[UnsolvedOut] = Field(
        default=[], description="Others with the same trouble and no solution yet, nearest first; never a solution"
    )
    took_ms: float


def experiences_response(
    situation: Situation, cases: Sequence[Case], unsolved: Sequence[UnsolvedThread], base: str, took_ms: float
) -> ExperiencesResponse:
    """Return the cases of a situation. Addresses begin with `base`."""
    return ExperiencesResponse(
        borders=sorted(situation.borders),
        likely_borders=list(situation.likely),
        cases=[_case_out(case, base) for case in cases],
        unsolved=[_unsolved_out(thread, base) for thread in unsolved],
        took_ms=round(took_ms, 1),
    )


def _case_out(case: Case, base: str) -> CaseOut:
    return CaseOut(
        document=document_out(case.document, base),
        variants=[variant_out(variant, base) for variant in case.variants],
        score=case.score,
        facts=[FactOut(facet=fact.facet, quote=quote_out(case.document.id, fact.quote, base)) for fact in case.facts],
        quote=quote_out(case.document.id, case.quote, base),
        comparable=[_common_out(common, case.document.id, base) for common in case.comparable],
        differs=[_difference_out(difference, case.document.id, base) for difference in case.differs],
        contacts=[document_out(contact, base) for contact in case.contacts],
    )


def _unsolved_out(thread: UnsolvedThread, base: str) -> UnsolvedOut:
    meta, document = thread.metadata, thread.document
    return UnsolvedOut(
        document_id=document.id if document else None,
        kind=meta.kind,
        title=meta.title,
        address=(base + page_path(document.id) if document else thread.address) or None,
        language=meta.language or None,
        borders=list(meta.borders),
        published=meta.published,
        question=thread.quote.text[:LONGEST_QUESTION],
        score=thread.strength,
    )


def _common_out(common: Common, document_id: str, base: str) -> CommonOut:
    here = common.here
    return CommonOut(
        facet=common.facet,
        value=common.value,
        here=HereOut(text=here.text, start=here.start, end=here.end) if here else None,
        there=quote_out(document_id, common.there, base),
    )


def _difference_out(difference: Difference, document_id: str, base: str) -> DifferenceOut:
    return DifferenceOut(
        facet=difference.facet,
        here=list(difference.here),
        there=list(difference.there),
        quote=quote_out(document_id, difference.quote, base) if difference.quote else None,
    )
