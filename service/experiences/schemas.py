"""The wire format of comparable experiences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from service.documents.schemas import DocumentOut, VariantOut, document_out, variant_out
from service.experiences.cases import Case
from service.experiences.comparison import Common, Difference
from service.experiences.situations import Situation
from service.forum.schemas import QuoteOut, quote_out
from service.http.fields import MOST_RESULTS, WHOLE, Border, Text


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
            "oneOf": [
                {"required": [name], "properties": {name: {"type": "string"}, other: {"type": "null"}}}
                for name, other in (("situation", "document_id"), ("document_id", "situation"))
            ],
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


class CaseOut(BaseModel):
    """A case at another border; every quote stands word for word in its document."""

    document: DocumentOut
    variants: list[VariantOut]
    score: float
    quote: QuoteOut
    comparable: list[CommonOut]
    differs: list[DifferenceOut]


class ExperiencesResponse(BaseModel):
    """Cases, best first, and the borders that were left out because the situation is there.

    Where the situation names one country and no border, `likely_borders` are those it may be at, the likeliest first:
    nothing was left out for them. Give the right one as `border`.
    """

    borders: list[str] = Field(examples=[["CH-FR"]])
    likely_borders: list[str] = Field(default=[], examples=[["FR-LU", "BE-LU", "DE-LU"]])
    cases: list[CaseOut]
    took_ms: float


def experiences_response(situation: Situation, cases: Sequence[Case], base: str, took_ms: float) -> ExperiencesResponse:
    """Return the cases of a situation. Addresses begin with `base`."""
    return ExperiencesResponse(
        borders=sorted(situation.borders),
        likely_borders=list(situation.likely),
        cases=[_case_out(case, base) for case in cases],
        took_ms=round(took_ms, 1),
    )


def _case_out(case: Case, base: str) -> CaseOut:
    return CaseOut(
        document=document_out(case.document, base),
        variants=[variant_out(variant, base) for variant in case.variants],
        score=case.score,
        quote=quote_out(case.document.id, case.quote, base),
        comparable=[_common_out(common, case.document.id, base) for common in case.comparable],
        differs=[_difference_out(difference, case.document.id, base) for difference in case.differs],
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
