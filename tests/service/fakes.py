"""A small index in memory that keeps the real promises: audiences before all, exact offsets, unit vectors."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from index.documents import Audience, Document, Passage
from index.errors import UnknownDocument
from index.lexical.query_language import is_short, query_language
from index.lexical.thesaurus import Offered
from index.ranking.neighbours import Neighbours
from index.ranking.token_similarity import CloseReading, by_words
from index.ranking.works import Link, Works, one_a_work
from index.store.versions import DocumentVersion
from index.store.withdrawals import Withdrawal, Withdrawals
from index.types import (
    DocumentCard,
    Embedder,
    Filter,
    Hit,
    ListedDocument,
    RankedDocument,
    RankedPassage,
    Ranking,
    Vectors,
)
from service.http.concurrency import hold_for_this_turn
from service.library.open_index import OpenIndex
from tests.service.filtering import facets, passes

_WORD = re.compile(r"\w{3,}")


class WordEmbedder:
    """Embeds a text as its words' hashes: texts that share words are near, the same text is always the same."""

    name = "words"
    dimension = 512

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return np.array([self.embed_query(text) for text in texts], np.float32).reshape(len(texts), self.dimension)

    def embed_query(self, text: str) -> Vectors:
        vector = np.full(self.dimension, 1e-4, np.float32)
        for word in _WORD.findall(text.lower()):
            vector[int(hashlib.md5(word[:6].encode()).hexdigest(), 16) % self.dimension] += 1
        unit: Vectors = vector / np.linalg.norm(vector)
        return unit


@dataclass
class MemoryStore:
    documents: dict[str, Document]
    originals: Path
    generation: int = 1

    def count(self) -> tuple[int, int]:
        return len(self.documents), len(self.documents)

    def fact(self, name: str) -> str:
        return ""

    def document(self, document_id: str, audience: Audience) -> Document:
        found = self.documents.get(document_id)
        if found is None or not audience.may_see(found.metadata.audience) or document_id in self.withdrawn.ids:
            raise UnknownDocument(f"No document {document_id!r}.")
        return found

    def reading(self) -> AbstractContextManager[None]:
        return nullcontext()

    def versions(self, document_id: str, audience: Audience) -> list[DocumentVersion]:
        found = self.document(document_id, audience)
        return [DocumentVersion(1, None, None, found.metadata, len(found.text), found.original)]

    def version(self, document_id: str, number: int, audience: Audience) -> Document:
        if number != 1:
            raise UnknownDocument(f"No version {number} of {document_id!r}.")
        return self.document(document_id, audience)

    def paths(self, document_id: str) -> list[str]:
        return [self.documents[document_id].path]

    def placed(self) -> list[Passage]:
        """Return every passage; a passage's row is its place here."""
        return [passage for document in self.documents.values() for passage in _passages(document)]

    def passages(self, rows: Iterable[int]) -> dict[int, Passage]:
        placed = self.placed()
        return {row: placed[row] for row in rows}

    def cards(self, document_ids: Sequence[str], audience: Audience) -> dict[str, DocumentCard]:
        return {one.card.id: one.card for one in self.listed(audience) if one.card.id in document_ids}

    def listed(self, audience: Audience) -> list[ListedDocument]:
        return [
            ListedDocument(DocumentCard(one.id, one.metadata, one.path, one.original), one.fingerprint)
            for _, one in sorted(self.documents.items())
            if audience.may_see(one.metadata.audience) and one.id not in self.withdrawn.ids
        ]

    @property
    def withdrawn(self) -> Withdrawals:
        return Withdrawals(self.originals.parent / "withdrawn.json")

    def withdraw(self, document_id: str, by: str, reason: str) -> Withdrawal:
        title = self.document(document_id, Audience.STAFF).metadata.title
        self.generation += 1
        return self.withdrawn.add(Withdrawal(document_id, title, "2026-01-01T00:00:00+00:00", by, reason))

    def reinstate(self, document_id: str) -> None:
        if not self.withdrawn.undo(document_id):
            raise UnknownDocument(f"{document_id!r} is not withdrawn.")

    def original(self, sha256: str) -> Path:
        return self.originals / sha256


@dataclass(frozen=True)
class OpenLibrary:
    """A library that is open from the start and never changes."""

    index: OpenIndex
    trouble: str = ""

    def borrow(self) -> OpenIndex:
        hold_for_this_turn(self.index.store.reading)
        return self.index


@dataclass
class MemoryEngine:
    """Ranks every allowed passage by its words; a passage is a paragraph."""

    store: MemoryStore
    embedder: Embedder

    @property
    def generation(self) -> int:
        return self.store.generation

    def search(self, query: str, k: int = 10, within: Filter | None = None, reader: str = "") -> Ranking:
        within = within or Filter()
        asked = self.embedder.embed_query(query)
        ranked: dict[str, list[RankedPassage]] = {}
        hidden = self.store.withdrawn.ids
        allowed = [
            one for one in self.store.documents.values() if passes(one.metadata, within) and one.id not in hidden
        ]
        for document in allowed:
            for passage in _passages(document):
                if within.languages and passage.language not in within.languages:
                    continue
                score = float(self.embedder.embed_passages([passage.text])[0] @ asked)
                if score > 0.05:
                    ranked.setdefault(document.id, []).append(RankedPassage(passage, score))
        found = [self._ranked(document_id, passages) for document_id, passages in ranked.items()]
        found.sort(key=lambda one: (-one.score, one.document.id))
        seen = self.store.listed(within.audience)
        works = Works.of(
            Link(one.card.id, one.card.metadata.translation_of) for one in seen if one.card.metadata.translation_of
        )
        others = self.store.cards(works.versions(found), within.audience)
        language = reader if is_short(query) else query_language(query)
        shown = one_a_work(found, works, others, language, within)
        return Ranking(query, self.store.generation, shown[:k], facets(found))

    def neighbours(self, document_id: str, k: int, within: Filter) -> Neighbours:
        text = self.store.document(document_id, within.audience).text
        found = [one for one in self.search(text, 100, within).documents if one.document.id != document_id]
        seen = self.store.listed(within.audience)
        said = [(one.card.id, one.card.metadata.translation_of) for one in seen]
        works = Works.of(Link(*one) for one in said if one[1])
        versions = self.store.cards(works.members.get(document_id, ()), within.audience)
        versions.pop(document_id, None)
        return Neighbours(
            tuple(versions.values()), tuple(one.document for one in found if one.document.id not in versions)[:k]
        )

    def rank(
        self, query: str, depth: int, within: Filter, arm: Literal["engine", "dense", "lexical"] = "engine"
    ) -> list[Hit]:
        asked = self.embedder.embed_query(query)
        hits = [
            Hit(row, float(self.embedder.embed_passages([passage.text])[0] @ asked))
            for row, passage in enumerate(self.store.placed())
            if passes(self.store.documents[passage.document_id].metadata, within)
            and (not within.languages or passage.language in within.languages)
        ]
        return sorted(hits, key=lambda hit: (-hit.score, hit.row))[:depth]

    def concepts(self, query: str, reader: str) -> list[Offered]:
        named = {"santé": ("themes", "health"), "tram": ("themes", "tram"), "Belgique": ("borders", "BE-FR")}
        return [Offered(*said, said[1]) for word, said in named.items() if word in query]

    def read_closely(self, query: str, document_ids: Sequence[str], within: Filter) -> CloseReading:
        allowed = [self.store.documents[one] for one in document_ids if one in self.store.documents]
        said = [passage for one in allowed if passes(one.metadata, within) for passage in _passages(one)]
        spoken = [one for one in said if not within.languages or one.language in within.languages]
        return by_words(query, spoken)

    def _ranked(self, document_id: str, passages: list[RankedPassage]) -> RankedDocument:
        best = sorted(passages, key=lambda one: (-one.score, one.passage.start))[:3]
        document = self.store.documents[document_id]
        card = DocumentCard(document.id, document.metadata, document.path, document.original)
        return RankedDocument(card, tuple(best), best[0].score)


def _passages(document: Document) -> list[Passage]:
    found = []
    for section in document.sections:
        for paragraph in re.finditer(r"(?:.+\n?)+", document.text[section.start : section.end]):
            start, end = section.start + paragraph.start(), section.start + paragraph.end()
            text = document.text[start:end].rstrip()
            language = section.language or document.metadata.language
            found.append(Passage(document.id, start, start + len(text), text, section.label, language))
    return found
