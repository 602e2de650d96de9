"""Whether a query says a document's name: who asks for a document by its name wants it before all that cite it.

A name that says half of the query is none, and one that many documents bear ("RGPD" stands in twenty titles of a help
desk) tells none of them apart: without the division cnil-fr lost 0.006 of nDCG@10, with it nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

SHARPNESS: Final = 4
WHOLE: Final = 0.99  # of the query


def named(shares: Mapping[int, float], document: Callable[[int], int]) -> dict[int, float]:
    """Return in [0, 1] how surely each row's document is the one asked for by name.

    `shares` says how much of the query each row's document bears in its name, `document` whose the row is.
    """
    bearers = {document(row) for row, share in shares.items() if share >= WHOLE}
    return {row: share**SHARPNESS / max(1, len(bearers)) for row, share in shares.items()}
