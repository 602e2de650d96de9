"""What the passages of one generation are filtered by, in arrays: a filter becomes one bit a passage in milliseconds.

The store's SQL stays the truth of who may find what: it chooses the documents, the arrays only spread that over their
passages. Joining a million passages instead takes the better part of a second for each new filter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from index.store.store import Store
from index.types import Filter, Rows, Selection

_Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class FilterColumns:
    """Every passage's row, sorted, the number of its document and of its language."""

    rows: Rows
    documents: npt.NDArray[np.int32]
    languages: npt.NDArray[np.uint8]
    document_numbers: dict[str, int]  # by id
    language_names: tuple[str, ...]

    @classmethod
    def read(cls, store: Store) -> Self:
        """Read them from the store as it stands."""
        document_numbers: dict[str, int] = {}
        language_numbers: dict[str, int] = {}
        numbered = [
            (
                row,
                document_numbers.setdefault(document_id, len(document_numbers)),
                language_numbers.setdefault(language, len(language_numbers)),
            )
            for row, document_id, language in store.passage_table.iterate_rows()
        ]
        rows, documents, languages = np.array(numbered, np.int64).reshape(len(numbered), 3).T
        return cls(
            np.ascontiguousarray(rows),
            documents.astype(np.int32),
            languages.astype(np.uint8),
            document_numbers,
            tuple(language_numbers),
        )

    def holds(self, rows: Rows) -> _Mask:
        """Say of each row whether it belongs to this generation."""
        positions = np.minimum(np.searchsorted(self.rows, rows), len(self.rows) - 1)
        known: _Mask = self.rows[positions] == rows if len(self.rows) else np.zeros(len(rows), bool)
        return known

    def language(self, row: int) -> str:
        """Return the language of a row of this generation."""
        return self.language_names[int(self.languages[int(np.searchsorted(self.rows, row))])]

    def document_number(self, row: int) -> int:
        """Return the number of the document that a row of this generation belongs to."""
        return int(self.documents[int(np.searchsorted(self.rows, row))])

    def share_document(self, rows: Rows) -> _Mask:
        """Say of each row of this generation whether it is of a document that one of these rows belongs to."""
        numbers = self.documents[np.searchsorted(self.rows, rows[self.holds(rows)])] if len(rows) else ()
        shared: _Mask = np.isin(self.documents, numbers)
        return shared

    def rows_of(self, document_id: str, selected: Selection) -> Rows:
        """Return the document's rows among the selected, in order; none for a document of another generation."""
        if document_id not in self.document_numbers:
            return np.empty(0, np.int64)
        positions = np.flatnonzero(self.documents == self.document_numbers[document_id])
        bits = selected.bits[positions // 8] >> (positions % 8).astype(np.uint8) & 1
        rows: Rows = self.rows[positions[bits.astype(bool)]]
        return rows

    def select(self, store: Store, within: Filter) -> Selection:
        """Return the rows of this generation that pass the filter."""
        allowed = np.zeros(len(self.document_numbers), bool)
        for document_id in store.document_table.select_ids(within):
            if document_id in self.document_numbers:
                allowed[self.document_numbers[document_id]] = True
        mask = allowed[self.documents] if len(self.documents) else np.zeros(0, bool)
        if within.languages:
            is_spoken = np.array([name in within.languages for name in self.language_names], bool)
            mask &= is_spoken[self.languages]
        return Selection.of(self.rows, mask)
