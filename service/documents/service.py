"""Reading documents: each as far as its caller may see it, what is known of it and what its page shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Annotated, Final, NamedTuple

from fastapi import Depends

from index.clock import utc_today
from index.documents import Access, Audience, Document, Metadata, Passage
from index.errors import UnknownDocument
from index.ranking.neighbours import Neighbours
from index.store.versions import DocumentVersion, find_version
from index.types import DocumentCard, Filter
from service.auth.callers import Caller
from service.documents.contacts import find_contacts
from service.documents.files import OpenOriginal
from service.documents.overview import OverviewEntry, is_long, overview_of
from service.documents.schemas import FullDocumentOut, full_document_out
from service.documents.timeline import Timeline, read_timeline
from service.http.concurrency import ConcurrencyLimiter, raise_if_abandoned
from service.http.dependencies import provided
from service.library.open_index import Documents, Library, OpenIndex

RELATED: Final = 5
DEPTH: Final = 100  # passages of all documents a query is taken to match, as on the search page
NOTHING_NEAR: Final = Neighbours((), ())
Span = tuple[int, int]


class Matches(NamedTuple):
    """The passages of one document that a query matches, in reading order; `shown` is the number of the marked one."""

    spans: tuple[Span, ...]
    shown: int  # from 1; 0: none of them is marked

    @property
    def previous(self) -> Span | None:
        return self.spans[self.shown - 2] if self.shown > 1 else None

    @property
    def next(self) -> Span | None:
        return self.spans[self.shown] if self.shown < len(self.spans) else None


@dataclass(frozen=True, slots=True)
class DocumentDetails:
    """What is known of a document, as far as the caller may see it."""

    document: Document
    related: dict[str, DocumentCard]  # by what they are to it: "replaced_by", "replaces", "translation_of"
    files: tuple[str, ...] = ()  # for staff: every path it was found at
    groups: tuple[str, ...] = ()  # of which the caller is a member, for staff all


@dataclass(frozen=True, slots=True)
class Overview:
    """A document and its headings, each with the sentence that tells most below it."""

    document: Document
    entries: tuple[OverviewEntry, ...]


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document or a former version of it, and what its page shows beside it, as far as the reader may see it."""

    document: Document
    former: DocumentVersion | None  # which version `document` is, when it is not the present one
    related: dict[str, DocumentCard]  # as in DocumentDetails
    versions: Sequence[DocumentVersion]
    near: Neighbours
    marked: Span | None
    matches: Matches
    timeline: Timeline
    has_overview: bool
    contacts: Sequence[DocumentCard] = ()  # that belong to it, when it is a case


@dataclass(frozen=True)
class DocumentService:
    """Reads documents of the index as it is. A document its caller may not see is as absent as one that is not there.

    Its methods raise UnknownDocument, NotReady and Overloaded.
    """

    library: Library
    limiter: ConcurrencyLimiter
    public_url: str
    # Apart from the engine's: a large file, or a slow store of them, keeps nobody from searching.
    file_limiter: ConcurrencyLimiter = field(default_factory=lambda: ConcurrencyLimiter(2, 32))

    async def read(self, document_id: str, caller: Caller, version: str | None = None) -> Document:
        """Return a document, or one version of it."""

        def read() -> Document:
            store = self.library.borrow().store
            if version is not None:
                return store.version(document_id, version, caller.access)
            return store.document(document_id, caller.access)

        return await self.limiter.run(read)

    async def details(self, document_id: str, caller: Caller) -> DocumentDetails:
        """Return what is known of a document."""

        def read() -> DocumentDetails:
            store, access = self.library.borrow().store, caller.access
            document = store.document(document_id, access)
            # The same text may lie in a folder whose very name is for staff.
            files = tuple(store.paths(document_id)) if access.audience is Audience.STAFF else ()
            return DocumentDetails(
                document, _related(store, document.metadata, access), files, access.groups_of(document.metadata)
            )

        return await self.limiter.run(read)

    async def versions(self, document_id: str, caller: Caller) -> Sequence[DocumentVersion]:
        """Return the versions of a document, oldest first; the present one is last."""
        return await self.limiter.run(lambda: self.library.borrow().store.versions(document_id, caller.access))

    async def overview(self, document_id: str, caller: Caller) -> Overview:
        """Return a document with a telling sentence for each of its headings."""

        def read() -> Overview:
            document = self.library.borrow().store.document(document_id, caller.access)
            return Overview(document, overview_of(document))

        return await self.limiter.run(read)

    async def timeline(self, document_id: str, caller: Caller, on: date | None = None) -> Timeline:
        """Return a document's timeline, with what of its line was in force on a day."""
        return await self.limiter.run(
            lambda: read_timeline(self.library.borrow().store, document_id, caller.access, on)
        )

    async def view(
        self,
        document_id: str,
        caller: Caller,
        *,
        marked: Span | None,
        query: str,
        version: str | None,
        on: date | None = None,
        language: str = "",
    ) -> DocumentView:
        """Return what a document's page shows, with the span `marked`, else the one that matches the query best."""

        def view() -> DocumentView:
            index = self.library.borrow()
            seen = view_document(index, document_id, caller, marked=marked, query=query, version=version, on=on)
            if seen.former:
                return seen
            return replace(seen, contacts=find_contacts(seen.document, index.store, caller.access, language))

        return await self.limiter.run(view)

    async def open_original(self, document: Document) -> OpenOriginal:
        """Return the original file of a document, checked. Raises UnusableOriginal, StoreError too."""
        if not document.original:
            raise UnknownDocument(f"{document.id} has no original file.")
        store = self.library.borrow().store
        return await self.file_limiter.run(lambda: OpenOriginal(store.read_original(document.original)))

    def response(self, details: DocumentDetails) -> FullDocumentOut:
        """Return what is known of a document in the wire format."""
        visible = {card.id for card in details.related.values()}
        return full_document_out(
            details.document, visible.__contains__, base=self.public_url, files=details.files, groups=details.groups
        )


DocumentsDependency = Annotated[DocumentService, Depends(provided(DocumentService))]


def view_document(
    index: OpenIndex,
    document_id: str,
    caller: Caller,
    *,
    marked: Span | None,
    query: str,
    version: str | None,
    on: date | None = None,
) -> DocumentView:
    """Return what a document's page shows, read from one generation of the index. Raises UnknownDocument."""
    store, access = index.store, caller.access
    document = store.document(document_id, access)
    versions = list(store.versions(document_id, access))
    chosen = find_version(versions, document_id, version) if version is not None else None
    former = chosen if chosen and chosen.until is not None else None
    if former:
        document = store.version(document_id, former.key, access)
    if marked and not 0 <= marked[0] < marked[1] <= len(document.text):
        marked = None
    matches = Matches((), 0)
    if query and not former:
        raise_if_abandoned()
        # The marked passage may stand in a text that is no longer in force: no `current_on`.
        marked, matches = _match(index, document, query, Filter.seen_by(access), marked)
    raise_if_abandoned()
    near = NOTHING_NEAR if former else index.engine.neighbours(document_id, RELATED, _current(access))
    related = _related(store, document.metadata, access)
    timeline = read_timeline(store, document_id, access, on)
    return DocumentView(
        document, former, related, versions, near, marked, matches, timeline, not former and is_long(document)
    )


def _current(access: Access) -> Filter:
    return replace(Filter.seen_by(access), current_on=utc_today())


def _related(store: Documents, meta: Metadata, access: Access) -> dict[str, DocumentCard]:
    """Return the documents a document names, as far as they may be seen."""
    named = {"replaced_by": meta.replaced_by, "replaces": meta.replaces, "translation_of": meta.translation_of}
    cards = store.cards([document_id for document_id in named.values() if document_id], access)
    return {relation: cards[document_id] for relation, document_id in named.items() if document_id in cards}


def _match(
    index: OpenIndex, document: Document, query: str, within: Filter, marked: Span | None
) -> tuple[Span | None, Matches]:
    """Return the span to be marked (the best match when none is) and the document's passages that match the query."""
    ranked = [hit.row for hit in index.engine.rank(query, DEPTH, within)]
    passages = index.store.passages(ranked, within.access)
    own = [passages[row] for row in ranked if row in passages and passages[row].document_id == document.id]
    marked = marked or next(((passage.start, passage.end) for passage in own), None)
    spans: list[Span] = [marked] if marked else []
    for passage in own:
        if all(_overlap(passage, span) < 0.5 for span in spans):
            spans.append((passage.start, passage.end))
    spans.sort()
    return marked, Matches(tuple(spans), spans.index(marked) + 1 if marked else 0)


def _overlap(passage: Passage, span: Span) -> float:
    """Return how much of the shorter of the two the other covers."""
    overlap = min(passage.end, span[1]) - max(passage.start, span[0])
    return max(0, overlap) / max(1, min(passage.end - passage.start, span[1] - span[0]))
