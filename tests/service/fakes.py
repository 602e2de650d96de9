"""A small index in memory that keeps the real promises: audiences before all, exact offsets, unit vectors."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np

from index.documents import Access, Audience, Document, Kind, Passage
from index.errors import LostOriginal, UnknownDocument
from index.lexical.query_language import detect_query_language, is_short
from index.lexical.thesaurus import ConceptSuggestion, Thesaurus
from index.ranking.neighbours import Neighbours
from index.ranking.reader import Reader
from index.ranking.token_similarity import TokenSimilarity, compare_words
from index.ranking.works import Works, group_by_work
from index.store.corrections import Correction, Corrections, Values
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
    WorkLink,
)
from service.http.concurrency import hold_for_this_call
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

    def document(self, document_id: str, access: Access) -> Document:
        document = self.documents.get(document_id)
        if document is None or not access.may_see(document.metadata) or document_id in self.hidden_ids(access):
            raise UnknownDocument(f"No document {document_id!r}.")
        return document

    def snapshot(self) -> AbstractContextManager[None]:
        return nullcontext()

    def versions(self, document_id: str, access: Access) -> list[DocumentVersion]:
        document = self.document(document_id, access)
        return [DocumentVersion(1, None, None, document.metadata, len(document.text), document.original)]

    def version(self, document_id: str, name: str, access: Access) -> Document:
        if name != "1":
            raise UnknownDocument(f"No version {name} of {document_id!r}.")
        return self.document(document_id, access)

    def paths(self, document_id: str) -> list[str]:
        return [self.documents[document_id].path]

    def placed(self) -> list[Passage]:
        """Return every passage; a passage's row is its position here."""
        return [passage for document in self.documents.values() for passage in _passages(document)]

    def passages(self, rows: Iterable[int], access: Access) -> dict[int, Passage]:
        placed = self.placed()
        return {row: placed[row] for row in rows}

    def cards(self, document_ids: Sequence[str], access: Access) -> dict[str, DocumentCard]:
        return {listed.card.id: listed.card for listed in self.list_documents(access) if listed.card.id in document_ids}

    def related_by_succession(self, document_id: str, access: Access) -> list[DocumentCard]:
        cards = [listed.card for listed in self.list_documents(access)]
        return [card for card in cards if document_id in (card.metadata.replaces, card.metadata.replaced_by)]

    def list_documents(self, access: Access) -> list[ListedDocument]:
        return [
            ListedDocument(
                DocumentCard(document.id, document.metadata, document.path, document.original), document.fingerprint
            )
            for _, document in sorted(self.documents.items())
            if access.may_see(document.metadata) and document.id not in self.hidden_ids(access)
        ]

    def member_groups(self) -> list[str]:
        seen = [document.metadata for document in self.documents.values()]
        return sorted(
            {group for metadata in seen if metadata.audience is not Audience.STAFF for group in metadata.groups}
        )

    def select_ids(self, within: Filter) -> list[str]:
        seen = [listed.card for listed in self.list_documents(within.access)]
        return [card.id for card in seen if passes(card.metadata, replace(within, languages=frozenset()))]

    @property
    def withdrawals(self) -> Withdrawals:
        return Withdrawals.of_file(self.originals.parent / "withdrawn.json")

    def withdrawn_ids(self) -> frozenset[str]:
        return self.withdrawals.ids

    @property
    def corrections(self) -> Corrections:
        return Corrections.of_file(self.originals.parent / "corrections.json")

    def hidden_ids(self, access: Access) -> frozenset[str]:
        return self.withdrawn_ids() | self.corrections.hidden_from(access)

    def hidden_state(self) -> tuple[frozenset[str], str]:
        return self.withdrawn_ids(), self.corrections.digest

    def correction(self, document_id: str) -> Correction:
        stated = self.document(document_id, Access(Audience.STAFF)).metadata
        return self.corrections.find(document_id) or Correction(document_id, stated)

    def correct(
        self, document_id: str, values: Values, by: str, revision: int, taken_back: Collection[str] = ()
    ) -> Correction:
        stated = self.document(document_id, Access(Audience.STAFF)).metadata
        self.generation += 1
        at = "2026-01-01T00:00:00+00:00"
        return self.corrections.change(
            document_id, stated, values, by=by, at=at, revision=revision, taken_back=taken_back
        )

    def list_corrections(self) -> list[Correction]:
        return self.corrections.all()

    def list_withdrawals(self) -> list[Withdrawal]:
        return self.withdrawals.all()

    def withdraw(self, document_id: str, by: str, reason: str) -> Withdrawal:
        title = self.document(document_id, Access(Audience.STAFF)).metadata.title
        self.generation += 1
        return self.withdrawals.add(Withdrawal(document_id, title, "2026-01-01T00:00:00+00:00", by, reason))

    def reinstate(self, document_id: str) -> None:
        if not self.withdrawals.remove(document_id):
            raise UnknownDocument(f"{document_id!r} is not withdrawn.")

    def read_original(self, sha256: str) -> AbstractContextManager[Path]:
        path = self.originals / sha256
        if not path.is_file():
            raise LostOriginal(f"{sha256} is lost.")
        return nullcontext(path)


@dataclass(frozen=True)
class OpenLibrary:
    """A library that is open from the start and never changes."""

    index: OpenIndex
    trouble: str = ""
    cut_off: str = ""

    def borrow(self) -> OpenIndex:
        hold_for_this_call(self.index.store.snapshot)
        return self.index


@dataclass
class MemoryEngine:
    """Ranks every allowed passage by its words; a passage is a paragraph."""

    store: MemoryStore
    embedder: Embedder
    reader: Reader | None = None
    thesaurus: Thesaurus = field(default_factory=Thesaurus)

    @property
    def generation(self) -> int:
        return self.store.generation

    def search(
        self,
        query: str,
        k: int = 10,
        within: Filter | None = None,
        reader_language: str = "",
        *,
        as_typed: bool = False,
    ) -> Ranking:
        within = within or Filter()
        vector = self.embedder.embed_query(query)
        ranked: dict[str, list[RankedPassage]] = {}
        hidden = self.store.hidden_ids(within.access) | within.without
        allowed = [
            document
            for document in self.store.documents.values()
            if passes(document.metadata, within) and document.id not in hidden
        ]
        for document in allowed:
            for passage in _passages(document):
                if within.languages and passage.language not in within.languages:
                    continue
                score = float(self.embedder.embed_passages([passage.text])[0] @ vector)
                if score > 0.05:
                    ranked.setdefault(document.id, []).append(RankedPassage(passage, score))
        ranked_documents = [self._ranked(document_id, passages) for document_id, passages in ranked.items()]
        ranked_documents.sort(key=lambda ranked: (-ranked.score, ranked.document.id))
        seen = self.store.list_documents(within.access)
        works = Works.from_links(
            WorkLink(listed.card.id, listed.card.metadata.translation_of)
            for listed in seen
            if listed.card.metadata.translation_of
        )
        others = self.store.cards(works.other_versions(ranked_documents), within.access)
        language = detect_query_language(query)
        preferred = reader_language if is_short(query) else language
        shown = group_by_work(ranked_documents, works, others, preferred, within)
        return Ranking(query, self.store.generation, shown[:k], facets(ranked_documents), language)

    def count_superseded(self, query: str, within: Filter, *, as_typed: bool = False) -> Counter[Kind]:
        if within.current_on is None:
            return Counter()
        wider = self.search(query, 100, replace(within, current_on=None)).documents
        listed = [ranked.document.metadata for ranked in wider]
        return Counter(each.kind for each in listed if each.valid_to and each.valid_to < within.current_on)

    def neighbours(self, document_id: str, k: int, within: Filter) -> Neighbours:
        text = self.store.document(document_id, within.access).text
        similar = [ranked for ranked in self.search(text, 100, within).documents if ranked.document.id != document_id]
        seen = self.store.list_documents(within.access)
        translations = [(listed.card.id, listed.card.metadata.translation_of) for listed in seen]
        works = Works.from_links(WorkLink(*pair) for pair in translations if pair[1])
        versions = self.store.cards(works.members.get(document_id, ()), within.access)
        versions.pop(document_id, None)
        return Neighbours(
            tuple(versions.values()),
            tuple(ranked.document for ranked in similar if ranked.document.id not in versions)[:k],
        )

    def rank(
        self, query: str, depth: int, within: Filter, arm: Literal["engine", "dense", "lexical"] = "engine"
    ) -> list[Hit]:
        vector = self.embedder.embed_query(query)
        hits = [
            Hit(row, float(self.embedder.embed_passages([passage.text])[0] @ vector))
            for row, passage in enumerate(self.store.placed())
            if passes(self.store.documents[passage.document_id].metadata, within)
            and (not within.languages or passage.language in within.languages)
        ]
        return sorted(hits, key=lambda hit: (-hit.score, hit.row))[:depth]

    def count(self, within: Filter) -> int:
        seen = [listed.card for listed in self.store.list_documents(within.access)]
        cards = [card for card in seen if passes(card.metadata, within)]
        return len({card.metadata.translation_of or card.id for card in cards})

    def concepts(self, query: str, reader_language: str) -> list[ConceptSuggestion]:
        named = {"santé": ("themes", "health"), "tram": ("themes", "tram"), "Belgique": ("borders", "BE-FR")}
        return [ConceptSuggestion(*concept, concept[1]) for word, concept in named.items() if word in query]

    def compare_tokens(self, query: str, document_ids: Sequence[str], within: Filter) -> TokenSimilarity:
        allowed = [self.store.documents[name] for name in document_ids if name in self.store.documents]
        passages = [
            passage for document in allowed if passes(document.metadata, within) for passage in _passages(document)
        ]
        spoken = [passage for passage in passages if not within.languages or passage.language in within.languages]
        return compare_words(query, spoken)

    def _ranked(self, document_id: str, passages: list[RankedPassage]) -> RankedDocument:
        best = sorted(passages, key=lambda ranked: (-ranked.score, ranked.passage.start))[:3]
        document = self.store.documents[document_id]
        card = DocumentCard(document.id, document.metadata, document.path, document.original)
        return RankedDocument(card, tuple(best), best[0].score)


@dataclass
class OlderEngine(MemoryEngine):
    """An engine of the generation before its store's, as while the index is written."""

    @property
    def generation(self) -> int:
        return 0


def _passages(document: Document) -> list[Passage]:
    passages = []
    for section in document.sections:
        for paragraph in re.finditer(r"(?:.+\n?)+", document.text[section.start : section.end]):
            start, end = section.start + paragraph.start(), section.start + paragraph.end()
            text = document.text[start:end].rstrip()
            language = section.language or document.metadata.language
            passages.append(Passage(document.id, start, start + len(text), text, section.label, language))
    return passages
