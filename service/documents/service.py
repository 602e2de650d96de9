"""Everything a document's page shows, read from one generation of the index under the reader's audience."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from index.documents import Document, Passage
from index.errors import UnknownDocument
from index.ranking.neighbours import Neighbours
from index.store.versions import DocumentVersion
from index.types import DocumentCard, Filter
from service.auth.callers import Caller
from service.http.concurrency import still_wanted
from service.library.open_index import OpenIndex
from service.search.schemas import Filters

RELATED: Final = 5
DEPTH: Final = 100  # passages of all documents a query is said to find, as on the search page
NOTHING_NEAR: Final = Neighbours((), ())
Place = tuple[int, int]


class Matches(NamedTuple):
    """The passages of one document that a query finds, in the order one reads; `shown` is the number of the marked."""

    places: tuple[Place, ...]
    shown: int  # from 1; 0: none of them is marked

    @property
    def previous(self) -> Place | None:
        return self.places[self.shown - 2] if self.shown > 1 else None

    @property
    def next(self) -> Place | None:
        return self.places[self.shown] if self.shown < len(self.places) else None


@dataclass(frozen=True, slots=True)
class DocumentRead:
    """A document or a former version of it, and what stands beside it, as far as the reader may see it."""

    document: Document
    former: DocumentVersion | None  # which version `document` is, when it is not the present one
    named: dict[str, DocumentCard]  # by what they are to it: "replaced_by", "replaces", "translation_of"
    versions: Sequence[DocumentVersion]
    near: Neighbours
    marked: Place | None
    matches: Matches


def read_document(
    index: OpenIndex, document_id: str, caller: Caller, *, marked: Place | None, query: str, version: int | None
) -> DocumentRead:
    """Return what the page shows. Raises UnknownDocument."""
    store, audience = index.store, caller.audience
    found = store.document(document_id, audience)
    versions = list(store.versions(document_id, audience))
    former = next((one for one in versions if one.number == version and one.until is not None), None)
    if former:
        found = store.version(document_id, former.number, audience)
    elif version is not None and all(one.number != version for one in versions):
        raise UnknownDocument(f"No version {version} of {document_id!r}.")
    if marked and not 0 <= marked[0] < marked[1] <= len(found.text):
        marked = None
    matches = Matches((), 0)
    if query and not former:
        still_wanted()
        marked, matches = _matches(index, found, query, Filters(superseded=True).within(audience), marked)
    still_wanted()
    near = NOTHING_NEAR if former else index.engine.neighbours(document_id, RELATED, Filters().within(audience))
    meta = found.metadata
    said = {"replaced_by": meta.replaced_by, "replaces": meta.replaces, "translation_of": meta.translation_of}
    cards = store.cards([one for one in said.values() if one], audience)
    named = {name: cards[one] for name, one in said.items() if one in cards}
    return DocumentRead(found, former, named, versions, near, marked, matches)


def _matches(
    index: OpenIndex, document: Document, query: str, within: Filter, marked: Place | None
) -> tuple[Place | None, Matches]:
    """Return the passage to be marked (the best when none is) and the document's passages the query finds."""
    ranked = [hit.row for hit in index.engine.rank(query, DEPTH, within)]
    passages = index.store.passages(ranked)
    own = [passages[row] for row in ranked if row in passages and passages[row].document_id == document.id]
    marked = marked or next(((one.start, one.end) for one in own), None)
    places: list[Place] = [marked] if marked else []
    for one in own:
        if all(_shared(one, place) < 0.5 for place in places):
            places.append((one.start, one.end))
    places.sort()
    return marked, Matches(tuple(places), places.index(marked) + 1 if marked else 0)


def _shared(one: Passage, place: Place) -> float:
    """Return how much of the shorter of the two the other covers."""
    overlap = min(one.end, place[1]) - max(one.start, place[0])
    return max(0, overlap) / max(1, min(one.end - one.start, place[1] - place[0]))
