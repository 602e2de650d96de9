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


def ordered(documents: Sequence[RankedDocument], sort: Sort) -> tuple[RankedDocument, ...]:
    """Return the documents in that order; of one day, the better answer first; without a date, last either way."""
    if sort is Sort.RELEVANCE:
        return tuple(documents)
    days = [one.document.metadata.published for one in documents]
    dated = [(day, one) for day, one in zip(days, documents, strict=True) if day]
    dated.sort(key=lambda said: said[0], reverse=sort is Sort.NEWEST)
    return (*(one for _, one in dated), *(one for day, one in zip(days, documents, strict=True) if not day))
