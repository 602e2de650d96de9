"""The wire format of searches: a query, and the documents found with their passages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from index.documents import Document, Kind
from index.types import RankedDocument, RankedPassage, Ranking
from service.documents.schemas import (
    DocumentOut,
    Highlight,
    PassageOut,
    VariantOut,
    document_out,
    passage_out,
    variant_out,
)
from service.http.fields import MOST_RESULTS, WHOLE, Text
from service.library.filters import Filters
from service.web.citations import citation_text, page_path


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
    as_typed: Annotated[
        bool, Field(strict=True, description="Correct no spelling, and read no operator but quotes and minus signs")
    ] = False


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


class ReadingOut(BaseModel):
    """How the query was read."""

    text: str = Field(description="The words searched for", examples=["télétravail frontalier"])
    is_corrected: bool = Field(description="Whether its spelling was corrected; `as_typed` searches without")
    phrases: list[str] = Field(description="Phrases in quotes, which stand in each passage word for word")
    excluded: list[str] = Field(description="Words and countries left out", examples=[["Suisse"]])


class CompletionOut(BaseModel):
    text: str = Field(examples=["travailleur frontalier"])
    kind: Literal["concept", "title"] = Field(description="A name of the thesaurus, or the title of a document")


class CompletionsResponse(BaseModel):
    """The likeliest first, names of the thesaurus before titles."""

    query: str
    completions: list[CompletionOut]


class SearchResponse(BaseModel):
    """Documents best first, each with the passages that answer; facets count the documents considered."""

    query: str
    reading: ReadingOut
    superseded_hidden: int = Field(
        description="Documents no longer in force that `superseded` would add, of those the caller may see"
    )
    superseded_kinds: dict[Kind, int] = Field(
        default={}, description="The same by kind: closed calls, past events", examples=[{"funding call": 2}]
    )
    generation: int | None = Field(None, description="For staff: which state of the index this was read from")
    took_ms: float
    results: list[ResultOut]
    facets: dict[str, dict[str, int]] = Field(examples=[{"language": {"fr": 12, "de": 3}}])


def search_response(
    ranking: Ranking,
    highlight: Highlight,
    is_visible: Callable[[str], bool],
    *,
    table_documents: Mapping[str, Document],
    superseded_hidden: Mapping[Kind, int],
    took_ms: float,
    base: str,
    generation: int | None,
) -> SearchResponse:
    """Return a ranking in the wire format. Addresses begin with `base`; successors are named when visible.

    `table_documents` are those whose passages hold rows of tables.
    """

    def passage(ranked: RankedPassage) -> PassageOut:
        return passage_out(ranked, highlight, ranking.words, table_documents)

    reading = ranking.reading
    return SearchResponse(
        query=ranking.query,
        reading=ReadingOut(
            text=ranking.words,
            is_corrected=reading.is_corrected,
            phrases=list(reading.phrases),
            excluded=list(reading.excluded),
        ),
        superseded_hidden=sum(superseded_hidden.values()),
        superseded_kinds=dict(superseded_hidden),
        generation=generation,
        took_ms=round(took_ms, 1),
        results=[_result_out(ranked, passage, base, is_visible) for ranked in ranking.documents],
        facets=ranking.facets,
    )


def _result_out(
    ranked: RankedDocument, passage: Callable[[RankedPassage], PassageOut], base: str, is_visible: Callable[[str], bool]
) -> ResultOut:
    best = ranked.passages[0].passage
    return ResultOut(
        document=document_out(ranked.document, base, is_visible),
        score=float(ranked.score),
        passages=[passage(each) for each in ranked.passages],
        citation=CitationLink(
            text=citation_text(ranked.document.metadata, best.label),
            url=base + page_path(best.document_id, start=best.start, end=best.end),
        ),
        variants=[variant_out(variant, base) for variant in ranked.variants],
    )
