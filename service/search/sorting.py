"""In which order a list of results is read."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from index.types import RankedDocument


class Sort(StrEnum):
    """What comes first: what answers best, or what was published last or first."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    OLDEST = "oldest"


def sort_documents(documents: Sequence[RankedDocument], sort: Sort) -> tuple[RankedDocument, ...]:
    """Return the documents in that order; of one day, the better answer first; without a date, last either way."""
    if sort is Sort.RELEVANCE:
        return tuple(documents)
    days = [ranked.document.metadata.published for ranked in documents]
    dated = [(day, ranked) for day, ranked in zip(days, documents, strict=True) if day]
    dated.sort(key=lambda pair: pair[0], reverse=sort is Sort.NEWEST)
    undated = (ranked for day, ranked in zip(days, documents, strict=True) if not day)
    return (*(ranked for _, ranked in dated), *undated)
