"""What a table for a file is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class TableCell(NamedTuple):
    """Words in a language with the address that shows them and their source; all "" where nothing is said."""

    text: str = ""
    language: str = ""
    url: str = ""
    source: str = ""


@dataclass(frozen=True)
class Table:
    """Rows under a head; the first cell of a row names it."""

    title: str
    about: tuple[str, ...]
    address: str
    head: tuple[str, ...]
    rows: tuple[tuple[TableCell, ...], ...]
    closing: str
