"""What the passages of one generation are filtered by, in arrays: a filter becomes one bit a passage in milliseconds.

The store's SQL stays the truth of who may find what: it chooses the documents, the arrays only spread that over their
passages. Joining a million passages instead takes the better part of a second for each new filter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import numpy.typing as npt

from index.types import Filter, Rows, Selection

if TYPE_CHECKING:
    from index.store.documents import StoreReader

_Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Columns:
    """Every passage's row, sorted, the number of its document and of its language."""

    rows: Rows
    documents: npt.NDArray[np.int32]
    languages: npt.NDArray[np.uint8]
    numbers: dict[str, int]  # of the documents, by id
    names: tuple[str, ...]  # of the languages

    @classmethod
    def of(cls, store: StoreReader) -> Self:
        """Read them from the store as it stands."""
        numbers: dict[str, int] = {}
        names: dict[str, int] = {}
        found = [
            (row, numbers.setdefault(document_id, len(numbers)), names.setdefault(language, len(names)))
            for row, document_id, language in store.placed()
        ]
        rows, documents, languages = np.array(found, np.int64).reshape(len(found), 3).T
        return cls(
            np.ascontiguousarray(rows), documents.astype(np.int32), languages.astype(np.uint8), numbers, tuple(names)
        )

    def holds(self, rows: Rows) -> _Mask:
        """Say of each row whether it belongs to this generation."""
        places = np.minimum(np.searchsorted(self.rows, rows), len(self.rows) - 1)
        known: _Mask = self.rows[places] == rows if len(self.rows) else np.zeros(len(rows), bool)
        return known

    def language(self, row: int) -> str:
        """Return the language of a row of this generation."""
        return self.names[int(self.languages[int(np.searchsorted(self.rows, row))])]

    def document(self, row: int) -> int:
        """Return the number of the document that a row of this generation belongs to."""
        return int(self.documents[int(np.searchsorted(self.rows, row))])

    def of_document(self, document_id: str, selected: Selection) -> Rows:
        """Return the document's rows among the selected, in order; none for a document of another generation."""
        if document_id not in self.numbers:
            return np.empty(0, np.int64)
        places = np.flatnonzero(self.documents == self.numbers[document_id])
        chosen = selected.bits[places // 8] >> (places % 8).astype(np.uint8) & 1
        rows: Rows = self.rows[places[chosen.astype(bool)]]
        return rows

    def select(self, store: StoreReader, within: Filter) -> Selection:
        """Return the rows of this generation that pass the filter."""
        allowed = np.zeros(len(self.numbers), bool)
        for document_id in store.documents_within(within):
            if document_id in self.numbers:
                allowed[self.numbers[document_id]] = True
        mask = allowed[self.documents] if len(self.documents) else np.zeros(0, bool)
        if within.languages:
            spoken = np.array([name in within.languages for name in self.names], bool)
            mask &= spoken[self.languages]
        return Selection.of(self.rows, mask)
