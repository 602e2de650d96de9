"""The graded cells of `comparison`: which sentences of a document say what a column asks, and how well cells do."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from eval.collection import SETS
from service.comparison.cells import Cells
from service.comparison.columns import COLUMNS, Column

SET: Final = "comparison"
FOLDER: Final = SETS / SET


class GradedDocument(NamedTuple):
    """A document every column of which was graded; `half` is "dev" or "test", the same for all of one subject."""

    id: str
    subject: str
    half: str
    cells: Mapping[Column, Mapping[str, int]]  # quote → 2 says it, 1 says it in part; every other sentence does not


@dataclass(frozen=True)
class CellMeasure:
    """How well the cells of a column are filled."""

    graded: int  # cells that some sentence of the document says
    shown: int
    right: int

    @property
    def wrong(self) -> float:
        """Share of the cells shown whose quote does not say it; 0 where none is shown."""
        return 1 - self.right / self.shown if self.shown else 0.0

    @property
    def filled(self) -> float:
        """Share of the graded cells that are filled rightly."""
        return self.right / self.graded if self.graded else 0.0


@cache
def read_graded(folder: Path = FOLDER) -> tuple[GradedDocument, ...]:
    """Return the graded documents, in the order of the file."""
    cells: dict[str, dict[Column, dict[str, int]]] = {}
    for line in _lines(folder / "cells.jsonl"):
        columns = cells.setdefault(line["document"], {})
        columns.setdefault(Column(line["column"]), {})[line["quote"]] = line["grade"]
    return tuple(
        GradedDocument(line["_id"], line["subject"], line["half"], cells.get(line["_id"], {}))
        for line in _lines(folder / "documents.jsonl")
    )


def measure_cells(documents: Iterable[GradedDocument], find: Callable[[str], Cells]) -> dict[Column, CellMeasure]:
    """Return for each column how many cells are graded, shown and right; `find` gives a document's cells by its id."""
    counts = {column: [0, 0, 0] for column in COLUMNS}
    for document in documents:
        cells = find(document.id)
        for column in COLUMNS:
            right = document.cells.get(column, {})
            counts[column][0] += bool(right)
            counts[column][1] += column in cells
            counts[column][2] += column in cells and cells[column].quote in right
    return {column: CellMeasure(*numbers) for column, numbers in counts.items()}


def joined(measures: Iterable[CellMeasure]) -> CellMeasure:
    """Return the measure of all columns together."""
    listed = list(measures)
    return CellMeasure(
        sum(measure.graded for measure in listed),
        sum(measure.shown for measure in listed),
        sum(measure.right for measure in listed),
    )


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
