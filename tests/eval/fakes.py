"""A small engine that keeps the real one's promises: documents in memory, ranked by the words they share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from eval.arms import group_hits
from index.documents import Access, Audience, Document, Metadata, Passage, SectionText
from index.engine import Arm
from index.errors import UnknownDocument
from index.types import DocumentCard, Embedder, Filter, Hit, Ranking, Vectors


def document(
    id: str, *sections: tuple[str, str], language: str = "fr", audience: Audience = Audience.PUBLIC
) -> Document:
    """Make a document of (label, text) sections."""
    metadata = Metadata(title=f"Title of {id}", language=language, audience=audience)
    return Document.from_sections(id, [SectionText(*section, language=language) for section in sections], metadata)


class CountingEmbedder:
    """Two dimensions; only its name matters here."""

    name = "fake"
    dimension = 2

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return np.ones((len(texts), 2), np.float32) / np.float32(np.sqrt(2))

    def embed_query(self, text: str) -> Vectors:
        return np.array([1, 0], np.float32)


@dataclass(frozen=True)
class MemoryStore:
    documents: tuple[Document, ...]
    generation: int = 7

    def all_passages(self) -> list[Passage]:
        """A passage a section."""
        return [
            Passage(document.id, part.start, part.end, document.text[part.start : part.end], part.label, part.language)
            for document in self.documents
            for part in document.sections
        ]

    def passages(self, rows: Iterable[int], access: Access) -> dict[int, Passage]:
        return {row: self.all_passages()[row] for row in rows}

    def cards(self, document_ids: Sequence[str], access: Access) -> dict[str, DocumentCard]:
        return {
            document.id: DocumentCard(document.id, document.metadata)
            for document in self.documents
            if document.id in document_ids and access.may_see(document.metadata)
        }

    def document(self, document_id: str, access: Access) -> Document:
        for document in self.documents:
            if document.id == document_id and access.may_see(document.metadata):
                return document
        raise UnknownDocument(document_id)


@dataclass(frozen=True)
class WordEngine:
    """Ranks by the share of the query's words a passage holds; the lexical arm finds nothing."""

    store: MemoryStore
    embedder: Embedder = field(default_factory=CountingEmbedder)

    def rank(self, query: str, depth: int, within: Filter, arm: Arm) -> list[Hit]:
        if arm == "lexical":
            return []
        words = set(query.casefold().split())
        scored = [
            Hit(row, len(words & set(passage.text.casefold().split())) / len(words))
            for row, passage in enumerate(self.store.all_passages())
            if self.store.cards([passage.document_id], within.access)
        ]
        return sorted((hit for hit in scored if hit.score), key=lambda hit: (-hit.score, hit.row))[:depth]

    def search(self, query: str, k: int, within: Filter) -> Ranking:
        return group_hits(self.store, query, k, within, self.rank(query, 3 * k, within, "engine"))


def write_set(folder: Path, queries: str, qrels: str = "", corpus: str = "") -> Path:
    """Write a golden set from its lines; the header of the judgements is added."""
    (folder / "qrels").mkdir(parents=True)
    (folder / "queries.jsonl").write_text(queries.strip() + "\n", encoding="utf-8")
    rows = ["\t".join(line.split(maxsplit=2)) for line in qrels.strip().splitlines()]
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n" + "\n".join(rows), encoding="utf-8")
    if corpus:
        (folder / "corpus.jsonl").write_text(corpus.strip() + "\n", encoding="utf-8")
    return folder
