"""What the service reads from: one generation of the index at a time, opened aside and swapped in without a gap."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from index.documents import Audience, Document, Passage
from index.errors import PasserelleError
from index.interfaces import DocumentCard, Embedder, Filter, Hit, ListedDocument, Ranking
from index.neighbours import Neighbours
from index.thesaurus import Offered
from index.versions import DocumentVersion
from index.withdrawals import Withdrawal, Withdrawals

log = logging.getLogger("passerelle.library")


class NotReady(Exception):
    """The index cannot be searched yet, or not at all; the message says why and what mends it."""


class Engine(Protocol):
    """What the service needs of `index.engine.SearchEngine`."""

    @property
    def embedder(self) -> Embedder: ...

    @property
    def generation(self) -> int: ...

    def search(self, query: str, k: int, within: Filter) -> Ranking: ...

    def rank(self, query: str, depth: int, within: Filter, arm: Literal["engine", "dense"] = "engine") -> Sequence[Hit]:
        """Return the passages that answer the query, best first; by the arm "dense", those nearest by cosine."""
        ...

    def neighbours(self, document_id: str, k: int, within: Filter) -> Neighbours:
        """Return a document's other language versions and at most k works near it. Raises UnknownDocument."""
        ...

    def concepts(self, query: str, reader: str) -> Sequence[Offered]:
        """Return the concepts of the thesaurus that the query names, labelled in the reader's language."""
        ...


class Documents(Protocol):
    """What the service needs of `index.store.Store`."""

    @property
    def generation(self) -> int: ...

    def count(self) -> tuple[int, int]:
        """Return how many documents and how many passages there are, of every audience."""
        ...

    def document(self, document_id: str, audience: Audience) -> Document:
        """Return the document. Raises UnknownDocument when there is none this audience may see."""
        ...

    def versions(self, document_id: str, audience: Audience) -> Sequence[DocumentVersion]:
        """Return the versions of its text that the audience may see, oldest first. Raises UnknownDocument."""
        ...

    def version(self, document_id: str, number: int, audience: Audience) -> Document:
        """Return a version, for those who may see both it and the present one. Raises UnknownDocument."""
        ...

    def paths(self, document_id: str) -> Sequence[str]:
        """Return the paths of all files this document was found in, its own first."""
        ...

    def passages(self, rows: Iterable[int]) -> dict[int, Passage]:
        """Return the passages of these rows; a row that is gone is left out."""
        ...

    def cards(self, document_ids: Sequence[str], audience: Audience) -> dict[str, DocumentCard]:
        """Return the documents of these ids that the audience may see, without their texts."""
        ...

    def listed(self, audience: Audience) -> Sequence[ListedDocument]:
        """Return every document the audience may see, by id, with its fingerprint."""
        ...

    @property
    def withdrawn(self) -> Withdrawals:
        """Return the list of what staff took out."""
        ...

    def withdraw(self, document_id: str, by: str, reason: str) -> Withdrawal:
        """Hide a document from everybody at once. Raises UnknownDocument."""
        ...

    def reinstate(self, document_id: str) -> None:
        """Let a withdrawn document be seen again. Raises UnknownDocument when it was not withdrawn."""
        ...

    def original(self, sha256: str) -> Path:
        """Return where the original file lies. Raises LookupError."""
        ...


@dataclass(frozen=True)
class OpenIndex:
    """An engine and the store it reads, both of one generation."""

    engine: Engine
    store: Documents


class Library(Protocol):
    """Lends the index as it stands; a request borrows once and reads one generation to its end."""

    def borrow(self) -> OpenIndex:
        """Return the newest opened index. Raises NotReady."""
        ...


@dataclass(frozen=True)
class OpenLibrary:
    """A library that is open from the start and never changes."""

    index: OpenIndex

    def borrow(self) -> OpenIndex:
        return self.index


class LivingLibrary:
    """Opens the index in the background, then follows the store: a newer generation is opened aside and swapped in.

    While an ingestion runs, the generation grows with each document; the swap waits until it rests between two looks,
    but never longer than `patience_s`.
    """

    def __init__(self, open_index: Callable[[], OpenIndex], *, look_every_s: float = 1.0, patience_s: float = 20.0):
        self._open_index = open_index
        self._look_every_s, self._patience_s = look_every_s, patience_s
        self._index: OpenIndex | None = None
        self._opened_generation = -1
        self._reason = "The index is being opened. Ask again in a few seconds."
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="library", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join(timeout=5)

    def borrow(self) -> OpenIndex:
        if self._index is None:
            raise NotReady(self._reason)
        return self._index

    def _follow(self) -> None:
        seen, opened_at = -1, 0.0
        while not self._ended.is_set():
            generation = self._generation()
            rests = generation == seen or time.monotonic() - opened_at > self._patience_s
            if generation != self._opened_generation and (self._index is None or rests):
                self._swap()
                opened_at = time.monotonic()
            seen = generation
            self._ended.wait(self._look_every_s)

    def _generation(self) -> int:
        if self._index is None:
            return -2  # nothing opened yet: differs from every opened generation, so that opening is tried
        try:
            return self._index.store.generation
        except Exception:  # any fault of a store being replaced; the opened index goes on serving
            log.exception("the store cannot be read; serving what was opened before")
            return self._opened_generation

    def _swap(self) -> None:
        try:
            fresh = self._open_index()
            self._opened_generation = fresh.engine.generation
            self._index = fresh
            log.info("opened generation %d", self._opened_generation)
        except PasserelleError as error:
            self._reason = str(error)
            log.warning("the index cannot be opened: %s", error)
        except Exception as error:  # foreign libraries fail in their own ways; told, logged, tried again
            self._reason = f"The index cannot be opened ({type(error).__name__}). The service's log says more."
            log.exception("the index cannot be opened")
