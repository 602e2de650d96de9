"""Passages found to documents shown: each stands where its best passage does; and what the facets count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from index.documents import Passage
from index.types import DocumentCard, RankedDocument, RankedPassage

SHOWN: Final = 3  # passages shown of one document


def grouped(found: Sequence[RankedPassage], cards: Mapping[str, DocumentCard]) -> tuple[RankedDocument, ...]:
    """Group passages by document; a document stands where its best passage does, and shows its best ones."""
    by_document: dict[str, list[RankedPassage]] = {}
    for one in found:
        if one.passage.document_id in cards:
            by_document.setdefault(one.passage.document_id, []).append(one)
    return tuple(
        RankedDocument(cards[document_id], tuple(_apart(passages)), passages[0].score)
        for document_id, passages in by_document.items()
    )


def _apart(passages: Sequence[RankedPassage]) -> list[RankedPassage]:
    """Return the best passages that do not mostly repeat one another (neighbours overlap by a sentence)."""
    kept: list[RankedPassage] = []
    for one in passages:
        if len(kept) == SHOWN:
            break
        if all(_shared(one.passage, other.passage) < 0.5 for other in kept):
            kept.append(one)
    return kept


def _shared(a: Passage, b: Passage) -> float:
    overlap = min(a.end, b.end) - max(a.start, b.start)
    return max(0, overlap) / max(1, min(a.end - a.start, b.end - b.start))


def facet_counts(documents: Iterable[RankedDocument]) -> dict[str, dict[str, int]]:
    """Count the documents found by language, kind, theme, country, border and year, most frequent first."""
    counts: dict[str, Counter[str]] = {
        name: Counter() for name in ("language", "kind", "theme", "country", "border", "year", "audience")
    }
    for one in documents:
        metadata = one.document.metadata
        counts["language"].update({ranked.passage.language for ranked in one.passages})
        counts["kind"][metadata.kind.value] += 1
        counts["audience"][metadata.audience.value] += 1
        counts["theme"].update(set(metadata.themes))
        counts["country"].update(set(metadata.countries))
        counts["border"].update(set(metadata.borders))
        if metadata.published:
            counts["year"][str(metadata.published.year)] += 1
    return {
        name: dict(sorted(count.items(), key=lambda item: (-item[1], item[0])))
        for name, count in counts.items()
        if count
    }
