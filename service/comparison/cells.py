"""The cells of a document: for each column the sentence that says it best, or none."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from index.documents import Document
from index.types import Embedder
from service.answering.candidates import Piece
from service.comparison.cell_model import NOT, CellModel, shipped_model
from service.comparison.columns import COLUMNS, Column
from service.comparison.features import FloatArray, SentenceTable, sentence_table

SHORTLIST: Final = 3  # sentences of each column whose meaning is looked at: those with the best signs (chosen on dev)
REMEMBERED: Final = 1024  # versions of documents


@dataclass(frozen=True, slots=True)
class Cell:
    """A sentence that says what its column asks: `quote` stands at [start, end) of the document."""

    quote: str
    start: int
    end: int
    label: str
    language: str
    log_odds: float  # that it says it


Cells = Mapping[Column, Cell]  # columns the document does not say are left out


def find_cells(document: Document, embedder: Embedder, model: CellModel) -> Cells:
    """Return the cells of a document, the same for every question and every reader of it."""
    table = sentence_table(document)
    if not table.pieces:
        return {}
    odds = _by_meaning(table, embedder, model) if embedder.name == model.embedder else _by_signs(table, model)
    family = model.by_meaning if embedder.name == model.embedder else model.by_signs
    cells = {}
    for column in COLUMNS:
        row = int(odds[column].argmax())
        if odds[column][row] >= family[column].threshold:
            cells[column] = _cell(document, table.pieces[row], float(odds[column][row]))
    return cells


def _by_signs(table: SentenceTable, model: CellModel) -> dict[Column, FloatArray]:
    return {column: model.by_signs[column].log_odds(table) for column in COLUMNS}


def _by_meaning(table: SentenceTable, embedder: Embedder, model: CellModel) -> dict[Column, FloatArray]:
    """Return the log-odds of each column's shortlist, which alone is embedded; other sentences do not say it."""
    short = {column: shortlist(odds) for column, odds in _by_signs(table, model).items()}
    rows = sorted({row for listed in short.values() for row in listed})
    vectors = np.zeros((len(table.pieces), embedder.dimension), np.float32)
    vectors[rows] = embedder.embed_passages([table.pieces[row].text for row in rows])
    return {column: only(model.by_meaning[column].log_odds(table, vectors), listed) for column, listed in short.items()}


def shortlist(odds: FloatArray) -> list[int]:
    """Return the rows with the best signs of a column, best first."""
    return [int(row) for row in np.argsort(-odds, kind="stable")[:SHORTLIST]]


def only(odds: FloatArray, rows: list[int]) -> FloatArray:
    """Return the log-odds with those of all other rows as low as they can be."""
    kept = np.full(len(odds), NOT)
    kept[rows] = odds[rows]
    return kept


def _cell(document: Document, piece: Piece, odds: float) -> Cell:
    quote = document.text[piece.start : piece.end]
    return Cell(quote, piece.start, piece.end, piece.label, piece.language, odds)


@dataclass
class CellFinder:
    """Finds the cells of documents and remembers those of the versions asked for last. Safe to share by threads."""

    model: CellModel = field(default_factory=shipped_model)
    remembered: int = REMEMBERED
    _known: OrderedDict[tuple[str, str], Cells] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def cells(self, document: Document, embedder: Embedder) -> Cells:
        """Return the document's cells."""
        key = (document.fingerprint, embedder.name)
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        cells = find_cells(document, embedder, self.model)
        with self._lock:
            self._known[key] = cells
            while len(self._known) > self.remembered:
                self._known.popitem(last=False)
        return cells
