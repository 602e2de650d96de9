"""The rows of a comparison: for each border the nearest document that says something, or the documents chosen."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from index.documents import Document, Kind
from index.errors import UnknownDocument
from index.types import DocumentCard, Filter
from service.comparison.cells import Cell, CellFinder
from service.comparison.columns import Column
from service.comparison.subjects import subject_of
from service.http.concurrency import raise_if_abandoned
from service.library.open_index import OpenIndex

KINDS: Final = frozenset({Kind.PROJECT_SHEET, Kind.STUDY})  # looked at unless the filter names others
DEPTH: Final = 60  # documents among which rows are chosen
READ: Final = 24  # of those, so many are read: a bound on the time a question without cells takes
MOST_BORDERS: Final = 3  # a document about more of them says nothing of any one
# In units of the engine's score, so of the model; chosen on the dev questions of eval/sets/comparison.
FAR: Final = 0.16  # below the best document's, from which most are about something else: these are told apart,
FARTHEST: Final = 0.3  # shown no further than this,
FEW: Final = 4  # and only where there would be fewer rows: a table of one compares nothing


@dataclass(frozen=True, slots=True)
class Row:
    """A document, the borders its row stands for, and what it says of the columns asked for.

    Where it `is_far` its document is probably about something else than the question.
    """

    borders: tuple[str, ...]
    document: DocumentCard
    cells: Mapping[Column, Cell]
    is_far: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


def compare_documents(
    document_ids: Sequence[str], columns: Collection[Column], index: OpenIndex, within: Filter, finder: CellFinder
) -> list[Row]:
    """Return a row for each of these documents, in order, none twice. Raises UnknownDocument."""
    cards = index.store.cards(document_ids, within.access)
    rows = []
    for document_id in dict.fromkeys(document_ids):
        document = index.store.document(document_id, within.access)
        card = cards.get(document_id)
        if card is None:  # removed a moment ago
            raise UnknownDocument(document_id)
        rows.append(Row(document.metadata.borders, card, _cells(document, columns, index, finder)))
    return rows


def compare_borders(
    question: str, columns: Collection[Column], most: int, index: OpenIndex, within: Filter, finder: CellFinder
) -> list[Row]:
    """Return at most `most` rows, best first: for each border the nearest document that says one of the columns."""
    ranking = index.engine.search(subject_of(question), DEPTH, replace(within, kinds=within.kinds or KINDS))
    near = [ranked for ranked in ranking.documents if 0 < len(_borders(ranked.document, within)) <= MOST_BORDERS]
    best = max((ranked.score for ranked in near), default=0.0)
    rows: list[Row] = []
    shown: set[str] = set()
    read = 0
    for ranked in near:
        borders = _borders(ranked.document, within)
        gap = best - ranked.score
        if len(rows) == most or read == READ or (gap > FAR and (len(rows) >= FEW or gap > FARTHEST)):
            break
        if shown.issuperset(borders):
            continue
        raise_if_abandoned()
        try:
            document = index.store.document(ranked.document.id, within.access)
        except UnknownDocument:  # removed a moment ago
            continue
        read += 1
        if cells := _cells(document, columns, index, finder):
            rows.append(Row(borders, ranked.document, cells, is_far=gap > FAR))
            shown.update(borders)
    return rows


def _borders(card: DocumentCard, within: Filter) -> tuple[str, ...]:
    """Return the borders a document's row stands for: of those asked for, if some were."""
    borders = card.metadata.borders
    return tuple(border for border in borders if border in within.borders) if within.borders else borders


def _cells(
    document: Document, columns: Collection[Column], index: OpenIndex, finder: CellFinder
) -> Mapping[Column, Cell]:
    cells = finder.cells(document, index.engine.embedder)
    return {column: cell for column, cell in cells.items() if column in columns}
