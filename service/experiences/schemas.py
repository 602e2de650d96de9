"""The wire format of comparable experiences."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from service.forum.schemas import QuoteOut
from service.search.schemas import MOST_RESULTS, WHOLE, Border, DocumentOut, Text, VariantOut


class ExperiencesRequest(BaseModel):
    """A situation in one's own words, or a document that tells one."""

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
                {"required": [given], "properties": {given: {"type": "string"}, other: {"type": "null"}}}
                for given, other in (("situation", "document_id"), ("document_id", "situation"))
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
    def _one_of_two(self) -> Self:
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
