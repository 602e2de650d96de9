"""The columns of a comparison, in the order in which they are shown."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Column(StrEnum):
    """What a comparison asks of each document."""

    LEGAL_FORM = "legal form"  # of the structure, or the agreement it rests on
    PARTNERS = "partners"
    COST = "cost"
    FUNDING = "funding"
    YEAR = "year"  # founded, signed, opened, ended
    OBSTACLE = "obstacle"
    TO_KNOW = "to know"  # lessons, advice, conditions


COLUMNS: Final = tuple(Column)
