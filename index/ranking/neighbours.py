"""What is near a document: its other language versions, and the documents whose passages are nearest to its own.

No model runs: the vectors are those the passages are found by. Only rows the filter allows are looked at, so that
neither what is near nor how near it is reveals a document that may not be seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from index.ranking.works import Works
from index.store.filter_columns import FilterColumns
from index.types import DocumentCard, Selection, VectorIndex, Vectors

LOOKED_AT: Final = 60  # passages near each of the document's own
MOST_OWN: Final = 16  # of its passages, evenly spread: enough even for a report of 200 pages


class Neighbours(NamedTuple):
    """The other versions of the same work, and other works, nearest first."""

    versions: tuple[DocumentCard, ...]
    related: tuple[DocumentCard, ...]


@dataclass(frozen=True, slots=True)
class VisibleVectors:
    """The vectors of one generation, of which the selected rows may be looked at."""

    index: VectorIndex
    columns: FilterColumns
    selected: Selection


def find_nearest(document_id: str, own: Vectors, vectors: VisibleVectors, works: Works, k: int) -> list[str]:
    """Return the ids of at most k documents near the one with the vectors `own`, one a work, nearest first, ties by id.

    Each of the document's passages gives every document the cosine of its nearest passage, less that of the last one
    looked at (0 where that is all there are): what is near to everything is near to nothing.
    """
    scores: dict[str, float] = {}
    for vector in own[_spread(len(own))]:
        for other_id, score in _nearness(vector, LOOKED_AT + len(own), vectors).items():
            scores[other_id] = scores.get(other_id, 0.0) + score
    seen = set(works.members_of(document_id))
    nearest: list[str] = []
    for other_id, score in sorted(scores.items(), key=lambda scored: (-scored[1], scored[0])):
        if other_id not in seen and score > 0 and len(nearest) < k:
            nearest.append(other_id)
            seen.update(works.members_of(other_id))
    return nearest


def _spread(count: int) -> list[int]:
    """Return at most MOST_OWN of so many positions, evenly spread."""
    positions = np.linspace(0, count - 1, min(count, MOST_OWN)).astype(int)
    return list(np.unique(positions)) if count else []


def _nearness(vector: Vectors, depth: int, vectors: VisibleVectors) -> dict[str, float]:
    """Return how near each document's nearest passage is, among the first `depth` passages."""
    ids = tuple(vectors.columns.document_numbers)
    hits = vectors.index.search(vector, depth, vectors.selected)
    floor = hits[-1].score if len(hits) == depth else 0.0
    nearness: dict[str, float] = {}
    for hit in hits:
        nearness.setdefault(ids[vectors.columns.document_number(hit.row)], hit.score - floor)
    return nearness
