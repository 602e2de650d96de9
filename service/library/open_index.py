"""What the service needs of an index: an engine and its store, of one generation, lent to a request at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from index.documents import Access, Document, Kind, Passage
from index.lexical.thesaurus import ConceptSuggestion, Thesaurus
from index.ranking.neighbours import Neighbours
from index.ranking.reader import Reader
from index.ranking.token_similarity import TokenSimilarity
from index.store.corrections import Correction, Values
from index.store.versions import DocumentVersion
from index.store.withdrawals import Withdrawal
from index.types import DocumentCard, Embedder, Filter, Hit, ListedDocument, Ranking


class Engine(Protocol):
    """What the service needs of `index.engine.SearchEngine`."""

    @property
    def embedder(self) -> Embedder: ...

    @property
    def generation(self) -> int: ...

    @property
    def reader(self) -> Reader | None: ...

    @property
    def thesaurus(self) -> Thesaurus: ...

    def search(
        self, query: str, k: int, within: Filter, reader_language: str = "", *, as_typed: bool = False
    ) -> Ranking: ...

    def count_superseded(self, query: str, within: Filter, *, as_typed: bool = False) -> Counter[Kind]:
        """Return how many documents that are no longer in force the same search would list, were they not left out."""
        ...

    def rank(
        self, query: str, depth: int, within: Filter, arm: Literal["engine", "dense", "lexical"] = "engine"
    ) -> Sequence[Hit]:
        """Return the passages that answer the query, best first, by the engine or by one arm alone."""
        ...

    def compare_tokens(self, query: str, document_ids: Sequence[str], within: Filter) -> TokenSimilarity:
        """Return the passages of these documents that pass the filter, token by token."""
        ...

    def neighbours(self, document_id: str, k: int, within: Filter) -> Neighbours:
        """Return a document's other language versions and at most k works near it. Raises UnknownDocument."""
        ...

    def count(self, within: Filter) -> int:
        """Return how many works pass the filter."""
        ...

    def concepts(self, query: str, reader_language: str) -> Sequence[ConceptSuggestion]:
        """Return the concepts of the thesaurus that the query names, labelled in the reader's language."""
        ...


class Documents(Protocol):
    """What the service needs of `index.store.store.Store`."""

    def fact(self, name: str) -> str:
        """Return a recorded fact, "" when there is none."""
        ...

    @property
    def generation(self) -> int: ...

    def count(self) -> tuple[int, int]:
        """Return how many documents and how many passages there are, of every audience."""
        ...

    def snapshot(self) -> AbstractContextManager[None]:
        """Hold one snapshot of the store for this thread while the body runs."""
        ...

    def document(self, document_id: str, access: Access) -> Document:
        """Return the document. Raises UnknownDocument when there is none they may see."""
        ...

    def versions(self, document_id: str, access: Access) -> Sequence[DocumentVersion]:
        """Return the versions of its text that they may see, oldest first. Raises UnknownDocument."""
        ...

    def version(self, document_id: str, name: str, access: Access) -> Document:
        """Return a version, by its key or number, for those who may see it and the present one.

        Raises UnknownDocument.
        """
        ...

    def paths(self, document_id: str) -> Sequence[str]:
        """Return the paths of all files this document was found in, its own first."""
        ...

    def passages(self, rows: Iterable[int], access: Access) -> dict[int, Passage]:
        """Return the passages of these rows, chosen by a filter of this access; a row that is gone is left out."""
        ...

    def cards(self, document_ids: Sequence[str], access: Access) -> dict[str, DocumentCard]:
        """Return the documents of these ids that they may see, without their texts."""
        ...

    def related_by_succession(self, document_id: str, access: Access) -> Sequence[DocumentCard]:
        """Return the documents they may see that say they replaced this one, or were replaced by it."""
        ...

    def list_documents(self, access: Access) -> Sequence[ListedDocument]:
        """Return every document they may see, by id, with its fingerprint and when its text came in."""
        ...

    def member_groups(self) -> Sequence[str]:
        """Return the groups, by name, that have documents their members see."""
        ...

    def select_ids(self, within: Filter) -> Iterable[str]:
        """Return the ids of the documents that pass the filter, whatever language their passages are in."""
        ...

    def withdrawn_ids(self) -> frozenset[str]:
        """Return the ids of the documents that staff took out."""
        ...

    def hidden_ids(self, access: Access) -> frozenset[str]:
        """Return the ids of the stored documents that are hidden from an access: withdrawn, or narrowed since."""
        ...

    def hidden_state(self) -> tuple[frozenset[str], str]:
        """Return what changes whenever a stored document is hidden from somebody, or shown again."""
        ...

    def correction(self, document_id: str) -> Correction:
        """Return what was corrected of a document, with what its source states. Raises UnknownDocument."""
        ...

    def correct(
        self, document_id: str, values: Values, by: str, revision: int, taken_back: Collection[str] = ()
    ) -> Correction:
        """Correct a document's metadata, or return to what its source states; narrower readers hold at once.

        Raises UnknownDocument, CorrectedMeanwhile.
        """
        ...

    def list_corrections(self) -> Sequence[Correction]:
        """Return every correction, by document id."""
        ...

    def list_withdrawals(self) -> Sequence[Withdrawal]:
        """Return every withdrawal, the newest first."""
        ...

    def withdraw(self, document_id: str, by: str, reason: str) -> Withdrawal:
        """Hide a document from everybody at once. Raises UnknownDocument."""
        ...

    def reinstate(self, document_id: str) -> None:
        """Show a withdrawn document again. Raises UnknownDocument when it was not withdrawn."""
        ...

    def read_original(self, sha256: str) -> AbstractContextManager[Path]:
        """Yield the original file, checked, for as long as the body runs. Raises UnusableOriginal, StoreError."""
        ...


@dataclass(frozen=True)
class OpenIndex:
    """An engine and the store it reads, both of one generation."""

    engine: Engine
    store: Documents


class Library(Protocol):
    """Lends the index as it stands; a request borrows once and reads one generation to its end."""

    def borrow(self) -> OpenIndex:
        """Return the newest opened index, held at one snapshot until this limited call ends. Raises NotReady."""
        ...

    @property
    def trouble(self) -> str:
        """Say what is wrong with the index although it is served, and the command that repairs it; "" for nothing."""
        ...

    @property
    def cut_off(self) -> str:
        """Say why nothing can be searched although an index is open: its server does not answer; "" while it does."""
        ...
