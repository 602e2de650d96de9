"""The arms that can be measured: the engine as served, or one of its retrievers alone, each as query → ranking."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol, get_args

from index.documents import Access, Document, Passage
from index.engine import Arm
from index.types import DocumentCard, Embedder, Filter, Hit, RankedDocument, RankedPassage, Ranking

Rank = Callable[[str, int, Filter], Ranking]

ENGINE: Final = "engine"
ARMS: Final[tuple[Arm, ...]] = get_args(Arm)
PASSAGES_A_DOCUMENT: Final = 3  # hits requested of an arm for each document


class Store(Protocol):
    """What measuring needs of `index.store.store.Store`."""

    @property
    def generation(self) -> int: ...

    def passages(self, rows: Iterable[int], access: Access) -> dict[int, Passage]: ...

    def cards(self, document_ids: Sequence[str], access: Access) -> dict[str, DocumentCard]: ...

    def document(self, document_id: str, access: Access) -> Document: ...


class Engine(Protocol):
    """What measuring needs of `index.engine.SearchEngine`."""

    @property
    def store(self) -> Store: ...

    @property
    def embedder(self) -> Embedder: ...

    def search(self, query: str, k: int, within: Filter) -> Ranking: ...

    def rank(self, query: str, depth: int, within: Filter, arm: Arm) -> Sequence[Hit]: ...


def rank_with(engine: Engine, arm: Arm) -> Rank:
    """Return the function that ranks a query by the pipeline as served, or by one arm."""
    if arm == ENGINE:
        return engine.search

    def rank(query: str, k: int, within: Filter) -> Ranking:
        hits = engine.rank(query, k * PASSAGES_A_DOCUMENT, within, arm)
        return group_hits(engine.store, query, k, within, hits)

    return rank


def group_hits(store: Store, query: str, k: int, within: Filter, hits: Sequence[Hit]) -> Ranking:
    """Return the first k documents of these hits, each with all of its passages among them."""
    passages = store.passages([hit.row for hit in hits], within.access)
    retrieved: dict[str, list[RankedPassage]] = {}
    for hit in hits:
        passage = passages.get(hit.row)
        if passage is not None and (passage.document_id in retrieved or len(retrieved) < k):
            retrieved.setdefault(passage.document_id, []).append(RankedPassage(passage, hit.score))
    cards = store.cards(list(retrieved), within.access)
    documents = [
        RankedDocument(cards[document], tuple(ranked), ranked[0].score)
        for document, ranked in retrieved.items()
        if document in cards
    ]
    return Ranking(query, store.generation, tuple(documents))
