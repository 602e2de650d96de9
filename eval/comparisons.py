"""Comparisons: their questions are asked as the service asks them, and each cell is held to the graded ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from eval.arms import Engine
from eval.cells import SET, GradedDocument, read_graded
from eval.collection import GoldenSet, Topic
from eval.runs import build_filter
from index.documents import Audience
from index.engine import SearchEngine
from service.comparison.cells import CellFinder
from service.comparison.columns import COLUMNS
from service.comparison.rows import Row, compare_borders
from service.comparison.schemas import ROWS
from service.library.open_index import OpenIndex

RIGHT, FILLED, ON_SUBJECT = "CellsRight", "CellsFilled", "RowsOnSubject"
MEASURES: Final = (RIGHT, FILLED, ON_SUBJECT)


def measure_comparisons(golden: GoldenSet, engine: Engine, audience: Audience) -> dict[str, dict[str, float]]:
    """Return each measure by topic, {} for a set without graded cells.

    CellsRight: share of the cells shown whose quote says what the column asks, wholly or in part. CellsFilled: share of
    the cells some sentence of the row's document says that are filled rightly. RowsOnSubject: share of the rows not
    marked as far whose document is judged to be about the question. Documents whose cells were not graded count for the
    last alone.
    """
    if golden.name != SET:
        return {}
    assert isinstance(engine, SearchEngine)  # the one that is served: no other compares
    graded = {document.id: document for document in read_graded(golden.folder)}
    index, finder = OpenIndex(engine, engine.store), CellFinder()
    values: dict[str, dict[str, float]] = {name: {} for name in MEASURES}
    for topic in golden.topics:
        within = build_filter(topic, audience)
        rows = compare_borders(topic.text, COLUMNS, ROWS, index, within, finder)
        for name, value in _of_topic(topic, rows, graded, golden).items():
            values[name][topic.id] = value
    return values


def _of_topic(
    topic: Topic, rows: list[Row], graded: Mapping[str, GradedDocument], golden: GoldenSet
) -> dict[str, float]:
    known = [row for row in rows if row.document.id in graded]
    shown = [
        (row.cells[column].quote, graded[row.document.id].cells.get(column, {}))
        for row in known
        for column in row.cells
    ]
    right = sum(quote in quotes for quote, quotes in shown)
    sayable = sum(len(graded[row.document.id].cells) for row in known)
    near = [row for row in rows if not row.is_far]
    about = sum(golden.grades.get(topic.id, {}).get(row.document.id, 0) > 0 for row in near)
    measures = {ON_SUBJECT: about / len(near) if near else 0.0}
    if shown:
        measures[RIGHT] = right / len(shown)
    if sayable:
        measures[FILLED] = right / sayable
    return measures
