"""The store's passages by their rows: where they stand, their texts, vectors and token codes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from index.documents import Metadata, Passage
from index.store.database import Database
from index.store.records import metadata_from_json
from index.store.withdrawals import Withdrawals
from index.types import Codes, Rows, StoredPassage, Vectors


class PassageReader(Database):
    """What hangs on rows that a filter left (`StoreReader.rows`): whoever asks was held to an audience there.

    Passages of what is withdrawn are left out all the same.
    """

    withdrawn: Withdrawals

    def passages(self, rows: Iterable[int]) -> dict[int, Passage]:
        """Return the passages of these rows; a row that is gone is left out."""
        places = self.places(rows)
        return dict(zip(places, self.with_texts(places.values()), strict=True))

    def places(self, rows: Iterable[int]) -> dict[int, Passage]:
        """Return the passages of these rows as `passages` does, but without their texts: for what may not be shown."""
        hidden = self.withdrawn.ids
        return {
            row: Passage(document_id, start, end, "", label, language, context)
            for row, document_id, start, end, label, language, context in self._of_rows(_PLACES, rows)
            if document_id not in hidden
        }

    def with_texts(self, places: Iterable[Passage]) -> list[Passage]:
        """Return passages with their texts, in the order given.

        A document is read once for all of its passages: a slice in SQL reads the whole text each time.
        """
        wanted = list(places)
        texts = {document_id: self._text(document_id) for document_id in {one.document_id for one in wanted}}
        return [replace(one, text=texts[one.document_id][one.start : one.end]) for one in wanted]

    def _text(self, document_id: str) -> str:
        (text,) = self.db.execute("SELECT text FROM documents WHERE id = ?", (document_id,)).fetchone()
        return str(text)

    def _of_rows(self, query: str, rows: Iterable[int]) -> Iterator[tuple[Any, ...]]:
        """Yield what the query finds of the passages `p` of these rows, in no order."""
        among = json.dumps([int(row) for row in rows])
        return iter(self.db.execute(f"{query} WHERE p.row IN (SELECT value FROM json_each(?))", (among,)))

    def passages_after(self, row: int) -> Iterator[StoredPassage]:
        """Yield every passage whose row is higher, in order of row, with the metadata of its document."""
        known: dict[str, Metadata] = {}
        for one in self.db.execute(f"{_PASSAGES_AND_METADATA} WHERE p.row > ? ORDER BY p.row", (row,)):
            if one[1] not in known:
                known = {one[1]: metadata_from_json(one[-1])}
            yield StoredPassage(one[0], _passage(one[:-1]), known[one[1]])

    def token_codes(self, rows: Iterable[int], width: int) -> dict[int, Codes]:
        """Return the token codes of these rows' passages, (tokens, width) each; rows without are left out."""
        query = "SELECT p.row, t.codes FROM passages p JOIN token_codes t ON t.embedded = p.embedded"
        found = self._of_rows(query, rows)
        return {row: np.frombuffer(codes, np.uint8).reshape(-1, width) for row, codes in found}

    def rows_removed_since(self, generation: int) -> list[int]:
        found = self.db.execute("SELECT row FROM removed_rows WHERE generation > ?", (generation,))
        return [row for (row,) in found]

    def vectors_after(self, row: int) -> Iterator[tuple[int, bytes]]:
        """Yield each row that is higher, in order, with its vector's float32."""
        query = "SELECT p.row, v.vector FROM passages p JOIN vectors v ON v.embedded = p.embedded WHERE p.row > ?"
        return iter(self.db.execute(f"{query} ORDER BY p.row", (row,)))

    def vectors(self) -> tuple[Rows, Vectors]:
        """Return every row, sorted, and their vectors, float32 of shape (rows, dimension)."""
        found = list(self.vectors_after(0))
        rows = np.array([row for row, _ in found], np.int64)
        joined = np.frombuffer(b"".join(vector for _, vector in found), np.float32)
        return rows, joined.reshape(len(rows), -1) if len(rows) else np.empty((0, 1), np.float32)


_PASSAGES_AND_METADATA = """
    SELECT p.row, p.document_id, p.start, p."end", substr(d.text, p.start + 1, p."end" - p.start),
           s.label, p.language, p.context, d.metadata
    FROM passages p JOIN documents d ON d.id = p.document_id
    JOIN sections s ON s.document_id = p.document_id AND s.position = p.section
"""
_PLACES = """
    SELECT p.row, p.document_id, p.start, p."end", s.label, p.language, p.context
    FROM passages p JOIN sections s ON s.document_id = p.document_id AND s.position = p.section
"""


def _passage(columns: tuple[Any, ...]) -> Passage:
    _, document_id, start, end, text, label, language, context = columns
    return Passage(document_id, start, end, text, label, language, context)
