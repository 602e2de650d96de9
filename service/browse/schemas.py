"""The wire format of a list of documents."""

from __future__ import annotations

from datetime import date
from typing import Final

from pydantic import BaseModel, Field

from service.browse.listing import BrowsedWork, Listing
from service.documents.schemas import DocumentOut, VariantOut, document_out, variant_out
from service.http.fields import MOST_RESULTS

LAST_PAGE: Final = 10_000


class ListedOut(BaseModel):
    document: DocumentOut
    variants: list[VariantOut] = Field(description="Its other language versions")
    arrived: date | None = Field(description="The day its present text came in; null when that was not noted yet")


class DocumentsResponse(BaseModel):
    """A page of documents, how many there are, and how many of each value; a text in several languages counts once."""

    documents: list[ListedOut]
    total: int
    next_page: int | None = Field(description="null on the last page")
    counts: dict[str, dict[str, int]] = Field(
        description="By border, theme, kind and country; those of a facet with a value chosen are counted without it",
        examples=[{"border": {"BE-FR": 12}, "theme": {"health": 7}, "kind": {"legal note": 5}, "country": {"BE": 14}}],
    )


def documents_response(listing: Listing, page: int, k: int, base: str) -> DocumentsResponse:
    """Return the page's documents, at most k (MOST_RESULTS in any case). Addresses begin with `base`."""
    k = min(k, MOST_RESULTS)
    shown = listing.works[(page - 1) * k : page * k]
    return DocumentsResponse(
        documents=[_listed_out(work, base) for work in shown],
        total=len(listing.works),
        next_page=page + 1 if page * k < len(listing.works) else None,
        counts={facet: dict(counts.most_common()) for facet, counts in listing.counts.items()},
    )


def _listed_out(work: BrowsedWork, base: str) -> ListedOut:
    return ListedOut(
        document=document_out(work.document, base),
        variants=[variant_out(card, base) for card in work.variants],
        arrived=work.arrived,
    )
