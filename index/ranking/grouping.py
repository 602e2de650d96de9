"""Passages grouped by document, documents ranked by their best passage; and the counts of the facets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from index.documents import Passage
from index.types import DocumentCard, RankedDocument, RankedPassage

SHOWN: Final = 3  # passages shown of one document


def group_by_document(ranked: Sequence[RankedPassage], cards: Mapping[str, DocumentCard]) -> tuple[RankedDocument, ...]:
    """Group passages by document; a document has the rank of its best passage, and shows its best ones."""
    by_document: dict[str, list[RankedPassage]] = {}
    for passage in ranked:
        if passage.passage.document_id in cards:
            by_document.setdefault(passage.passage.document_id, []).append(passage)
    return tuple(
        RankedDocument(cards[document_id], tuple(_without_overlaps(passages)), passages[0].score)
        for document_id, passages in by_document.items()
    )


def _without_overlaps(passages: Sequence[RankedPassage]) -> list[RankedPassage]:
    """Return the best passages that do not mostly repeat one another (neighbours overlap by a sentence)."""
    kept: list[RankedPassage] = []
    for ranked in passages:
        if len(kept) == SHOWN:
            break
        if all(_overlap(ranked.passage, other.passage) < 0.5 for other in kept):
            kept.append(ranked)
    return kept


def _overlap(a: Passage, b: Passage) -> float:
    """Return the share of the shorter passage that both have in common."""
    characters = min(a.end, b.end) - max(a.start, b.start)
    return max(0, characters) / max(1, min(a.end - a.start, b.end - b.start))


def count_facets(documents: Iterable[RankedDocument]) -> dict[str, dict[str, int]]:
    """Count the documents by language, kind, theme, country, border and year, most frequent first."""
    counts: dict[str, Counter[str]] = {
        name: Counter() for name in ("language", "kind", "theme", "country", "border", "year", "audience")
    }
    for ranked in documents:
        metadata = ranked.document.metadata
        counts["language"].update({passage.passage.language for passage in ranked.passages})
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
