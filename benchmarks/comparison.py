"""How often the cells of the comparison are wrong, how many are filled, how long it takes, and how the model is fitted.

    PASSERELLE_DATA=var python -m benchmarks.comparison                 measure the model that is served
    PASSERELLE_DATA=var python -m benchmarks.comparison --fit           fit it anew on the dev half
        --write     into service/comparison/, as the model that is shipped

Fitted and chosen on the dev half of `comparison` alone; the test half is looked at to report.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Mapping

import numpy as np

from eval.cell_fitting import TrainingDocument, fit
from eval.cells import CellMeasure, GradedDocument, joined, measure_cells, read_graded
from index.documents import Access, Audience
from index.settings import IndexSettings
from index.types import Filter
from index.wiring import open_engine
from service.comparison.cell_model import SHIPPED, CellModel, shipped_model
from service.comparison.cells import CellFinder, Cells, find_cells
from service.comparison.columns import COLUMNS, Column
from service.comparison.features import sentence_table
from service.comparison.rows import compare_documents
from service.library.open_index import OpenIndex

STAFF = Access(Audience.STAFF)
EIGHT = 8  # rows: what the page shows unless asked for more


def open_index() -> OpenIndex:
    engine = open_engine(IndexSettings.from_environ(os.environ))
    return OpenIndex(engine, engine.store)


def training_document(index: OpenIndex, graded: GradedDocument) -> TrainingDocument:
    table = sentence_table(index.store.document(graded.id, STAFF))
    vectors = index.engine.embedder.embed_passages([piece.text for piece in table.pieces])
    return TrainingDocument(graded, table, vectors)


def measured(index: OpenIndex, model: CellModel, half: str) -> Mapping[Column, CellMeasure]:
    def find(document_id: str) -> Cells:
        return find_cells(index.store.document(document_id, STAFF), index.engine.embedder, model)

    return measure_cells([graded for graded in read_graded() if graded.half == half], find)


def report(title: str, measures: Mapping[Column, CellMeasure]) -> None:
    print(f"\n{title}\n{'column':12} graded  shown  right  wrong  filled")
    for name, measure in [*measures.items(), ("all", joined(measures.values()))]:
        print(
            f"{name:12} {measure.graded:6d} {measure.shown:6d} {measure.right:6d} {measure.wrong:6.3f} "
            f"{measure.filled:7.3f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fit", action="store_true", help="fit the cell model anew")
    parser.add_argument("--write", action="store_true", help="ship what was fitted")
    parser.add_argument("--dev-only", action="store_true", help="leave the test half alone, while choosing")
    options = parser.parse_args()
    index = open_index()
    model = None if options.fit else shipped_model()
    if model is None:
        dev = [training_document(index, graded) for graded in read_graded() if graded.half == "dev"]
        model, held_out = fit(dev, index.engine.embedder.name, "comparison, dev half")
        report("dev, cross-validated by subject", held_out)
    if options.write:
        SHIPPED.write_text(model.to_json() + "\n", encoding="utf-8")
    if not options.dev_only:
        report("test", measured(index, model, "test"))
    print_times(index, model)


def print_times(index: OpenIndex, model: CellModel) -> None:
    """Print how long a table of EIGHT rows and all columns takes, its documents' cells new or remembered."""
    ids = [graded.id for graded in read_graded()]
    groups, within = (
        [ids[at : at + EIGHT] for at in range(0, len(ids) - EIGHT + 1, EIGHT)],
        Filter(audience=STAFF.audience),
    )
    finder, times = CellFinder(model), {"new": list[float](), "remembered": list[float]()}
    for name, measured_ms in times.items():
        for group in groups:
            began = time.perf_counter()
            compare_documents(group, COLUMNS, index, within, finder)
            measured_ms.append((time.perf_counter() - began) * 1000)
        middle, high = np.percentile(measured_ms, [50, 95])
        print(f"\n{EIGHT} rows, {len(COLUMNS)} columns, cells {name}: {middle:.0f} ms p50, {high:.0f} ms p95")


if __name__ == "__main__":
    main()
