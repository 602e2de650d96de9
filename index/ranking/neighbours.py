"""What stands near a document: its other language versions, and the documents whose passages are nearest to its own.

No model runs: the vectors are those the passages are found by. Only rows the filter allows are looked at, so that
neither what is near nor how near it is can tell of a document one may not see.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from index.ranking.works import Works
from index.store.columns import Columns
from index.types import DocumentCard, Selection, VectorIndex, Vectors

LOOKED_AT: Final = 60  # passages near each of the document's own
MOST_OWN: Final = 16  # of its passages, evenly spread; a report of 200 pages is not asked for whole


class Neighbours(NamedTuple):
    """The other versions of the same work, and other works, nearest first."""

    versions: tuple[DocumentCard, ...]
    related: tuple[DocumentCard, ...]


def nearest(
    document_id: str, own: Vectors, vectors: VectorIndex, columns: Columns, allowed: Selection, works: Works, k: int
) -> list[str]:
    """Return the ids of at most k documents, one a work, nearest first, ties by id.

    Each of the document's passages gives every document the cosine of its nearest passage, less that of the last one
    looked at (0 where that is all there are): what is near to everything is near to nothing.
    """
    ids = tuple(columns.numbers)
    scores: dict[str, float] = {}
    chosen = own[np.unique(np.linspace(0, len(own) - 1, min(len(own), MOST_OWN)).astype(int))] if len(own) else own
    for vector in chosen:
        hits = vectors.search(vector, LOOKED_AT + len(own), allowed)
        floor = hits[-1].score if len(hits) == LOOKED_AT + len(own) else 0.0
        best: dict[str, float] = {}
        for hit in hits:
            one = ids[int(columns.documents[int(np.searchsorted(columns.rows, hit.row))])]
            best.setdefault(one, hit.score - floor)
        for one, score in best.items():
            scores[one] = scores.get(one, 0.0) + score
    seen = set(works.members.get(document_id, (document_id,)))
    found: list[str] = []
    for one, score in sorted(scores.items(), key=lambda said: (-said[1], said[0])):
        if one not in seen and score > 0 and len(found) < k:
            found.append(one)
            seen.update(works.members.get(one, (one,)))
    return found
