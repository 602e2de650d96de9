"""What all stages of the index speak of: hits, filters, rankings, and the protocols each part promises the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from index.documents import Access, Audience, Kind, Metadata, Passage

Vectors = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
Codes = npt.NDArray[np.uint8]  # (tokens, dimension / 8): signs of token vectors, for late interaction
Spans = npt.NDArray[np.int64]  # (tokens, 2): each token's characters [start, end) of its text


class StoredVector(bytes):
    """A vector as the store keeps it: float32, one after the other, the machine's byte order."""


class Hit(NamedTuple):
    """A passage's row in the store and its score; higher is better everywhere."""

    row: int
    score: float


class RankedPassage(NamedTuple):
    passage: Passage
    score: float


@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True)
class Selection:
    """Some of the rows of one generation: `bits` holds one a row, in their order, least significant first."""

    rows: Rows  # all of the generation, sorted
    bits: npt.NDArray[np.uint8]
    count: int

    @classmethod
    def of(cls, rows: Rows, mask: npt.NDArray[np.bool_]) -> Selection:
        return cls(rows, np.packbits(mask, bitorder="little"), int(np.count_nonzero(mask)))

    def __len__(self) -> int:
        return self.count

    @property
    def positions(self) -> Rows:
        """Return the positions in `rows` of the selected ones, in order."""
        return np.flatnonzero(np.unpackbits(self.bits, count=len(self.rows), bitorder="little"))


@dataclass(frozen=True, slots=True)
class Filter:
    """What may be found. Empty sets allow everything, but for `groups`: they and the audience say who is searching.

    Within one field any value will do, between fields all must hold. `countries` and `borders` hold codes
    ("FR", "BE-FR"); what touches one of `other_borders_than` is left out. `published_from` and `published_to` are
    years, both included. `valid_on` keeps what is in force that day; `current_on` only leaves out what had ended
    before that day.
    """

    audience: Audience = Audience.PUBLIC
    languages: frozenset[str] = frozenset()
    kinds: frozenset[Kind] = frozenset()
    themes: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    borders: frozenset[str] = frozenset()
    other_borders_than: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()  # ids of documents
    published_from: int | None = None
    published_to: int | None = None
    valid_on: date | None = None
    current_on: date | None = None
    groups: frozenset[str] = frozenset()  # those of whoever searches

    @classmethod
    def seen_by(cls, access: Access) -> Filter:
        """Return the filter that leaves all that somebody may see."""
        return cls(access.audience, groups=access.groups)

    @property
    def access(self) -> Access:
        """What whoever searches may see."""
        return Access(self.audience, self.groups)

    def without_documents(self, ids: frozenset[str]) -> Filter:
        """Return the filter that also leaves out the documents of these ids."""
        return replace(self, without=self.without | ids) if ids else self


@dataclass(frozen=True, slots=True)
class DocumentCard:
    """A document as lists show it: everything but its text."""

    id: str
    metadata: Metadata
    path: str = ""
    original: str = ""


class ListedDocument(NamedTuple):
    """A document as catalogues list it; another fingerprint means that a reader could notice a change.

    `since` is when its present text came in, None where that was not noted yet.
    """

    card: DocumentCard
    fingerprint: str
    since: datetime | None = None


class WorkLink(NamedTuple):
    """What makes two documents one work: one states that it translates the other, or is nearly its copy."""

    document_id: str
    translation_of: str


@dataclass(frozen=True, slots=True)
class RankedDocument:
    """One document of a ranking with its passages that answer, best first, and the other versions of the same work."""

    document: DocumentCard
    passages: tuple[RankedPassage, ...]
    score: float
    variants: tuple[DocumentCard, ...] = ()


@dataclass(frozen=True, slots=True)
class QueryReading:
    """How a query was read: the words searched for, and what its operators asked.

    `text` is in the words of the passages where `is_corrected`, else as typed; `phrases` had to stand in a passage,
    `excluded` was left out.
    """

    text: str = ""
    is_corrected: bool = False
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ranking:
    """What a search gives: documents best first, none twice, and counts of the documents considered for each facet.

    `language` is the query's, "" where it is not known.
    """

    query: str
    generation: int
    documents: tuple[RankedDocument, ...] = ()
    facets: dict[str, dict[str, int]] = field(default_factory=dict)
    language: str = ""
    reading: QueryReading = QueryReading()

    @property
    def words(self) -> str:
        """The words searched for."""
        return self.reading.text or self.query

    @property
    def passages(self) -> tuple[RankedPassage, ...]:
        """Every passage of the ranking, best first."""
        passages = [passage for document in self.documents for passage in document.passages]
        return tuple(sorted(passages, key=lambda ranked: -ranked.score))


class StoredPassage(NamedTuple):
    """A passage with its row and what the filters ask of its document."""

    row: int
    passage: Passage
    metadata: Metadata


class Embedder(Protocol):
    """Texts to vectors: float32, rows of length 1, the same text always the same vector."""

    @property
    def name(self) -> str:
        """What the vectors were made with; an index built under another name is refused."""
        ...

    @property
    def dimension(self) -> int: ...

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return float32 of shape (len(texts), dimension), each row of length 1."""
        ...

    def embed_query(self, text: str) -> Vectors:
        """Return float32 of shape (dimension,), of length 1."""
        ...


class Embedded(NamedTuple):
    """A text's vector, of length 1, and its token vectors as the model gives them, (tokens, dimension)."""

    vector: Vectors
    tokens: Vectors


@runtime_checkable
class TokenEmbedder(Embedder, Protocol):
    """An embedder that also gives token vectors, from the same forward pass, for late interaction."""

    def embed_passage_tokens(self, texts: Sequence[str]) -> Iterator[Embedded]:
        """Yield vector and token vectors of each text, in order."""
        ...

    def embed_query_tokens(self, text: str) -> Embedded:
        """Return the query's vector and the vectors of its own tokens, without prompt and frame."""
        ...


@runtime_checkable
class TokenSpanEmbedder(TokenEmbedder, Protocol):
    """An embedder that also gives its tokens' offsets, one span for each token vector it gives of the same text."""

    def passage_spans(self, texts: Sequence[str]) -> list[Spans]:
        """Return each text's spans; those of prompt and frame lie outside it or are empty."""
        ...

    def query_spans(self, text: str) -> Spans: ...


class TokenCounter(Protocol):
    """How many tokens of the embedder's model each text takes."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]: ...


class VectorIndex(Protocol):
    """The rows nearest to a vector by inner product, best first, ties by row; scores are those of the full vectors."""

    def search(self, vector: Vectors, k: int, within: Selection | None) -> list[Hit]:
        """Return k hits among the selected rows of this index (None: every row), fewer only where there are fewer."""
        ...

    def scores(self, vector: Vectors, rows: Rows) -> Vectors:
        """Return the inner product with each row's vector, in the order given. Raises KeyError for an unknown row."""
        ...


class LexicalIndex(Protocol):
    """The passages that share terms with a query, best first by BM25 (Robertson & Zaragoza 2009), and their words."""

    def search(
        self,
        query: str,
        k: int,
        within: Filter,
        *,
        query_language: str = "",
        language: str | None = None,
        rows: Rows | None = None,
        corrects: bool = True,
    ) -> list[Hit]:
        """Return at most k hits that pass the filter, in passages of `language` or among `rows` if given.

        A blank query has none. `query_language` is the language the query is written in, "" if not known.
        `corrects`: also the words that unknown ones may be misspellings of.
        """
        ...

    def rows_with(self, words: str, within: Filter) -> Rows:
        """Return the rows that hold all of these words, in any of their forms, and pass the filter."""
        ...

    def name_shares(self, query: str, within: Filter, rows: Rows, query_language: str) -> dict[int, float]:
        """Return how much of the query's words is in the name of each of these rows' documents, in [0, 1]."""
        ...

    def correct_spelling(self, query: str, within: Filter, query_language: str) -> str:
        """Return the query with its words spelt as the audience's passages spell them."""
        ...

    def scarce_words(self, query: str, within: Filter, query_language: str) -> list[ScarceWord]:
        """Return the words of the query that hardly a passage has, though the thesaurus calls them otherwise too."""
        ...


class ScarceWord(NamedTuple):
    """Characters [start, end) of a query, and labels of the same concept that the passages hold more often."""

    start: int
    end: int
    labels: tuple[str, ...]


class Reranker(Protocol):
    """Scores texts for a query, one score a text, in the order given; higher is better."""

    def score(self, query: str, texts: Sequence[str]) -> Sequence[float]: ...
