"""Put documents into the store and take them out: only the difference is embedded, each document is all or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from index.dense.model_conversion import calibration_passages
from index.documents import Document, Passage
from index.ranking import late_interaction as late
from index.store.store import EmbeddedPassage, FileRecord, Store
from index.types import Codes, Embedder, LexicalUpdate, TokenEmbedder, Vectors


class Prepared(NamedTuple):
    """A document cut into passages, with the file it was read from."""

    document: Document
    passages: Sequence[Passage]
    file: FileRecord | None = None


_Embeddings = tuple[dict[bytes, Vectors], dict[bytes, Codes]]


class _Begun(NamedTuple):
    """A group whose new texts are being embedded."""

    group: Sequence[Prepared]
    keyed: list[list[EmbeddedPassage]]
    new: set[bytes]
    embedding: Future[_Embeddings]


@dataclass
class Indexer:
    """The write side: `put` and `remove` change the truth, `finish` brings the derived index up to it.

    With `begin` instead of `put` the model works while the next documents are read, cut and written.

    `embedded` counts the passages whose text was new and went through the model.
    """

    store: Store
    embedder: Embedder
    lexical: LexicalUpdate
    embedded: int = field(default=0, init=False)
    _begun: _Begun | None = field(default=None, init=False, repr=False)

    def put(self, group: Sequence[Prepared]) -> None:
        """Put several documents, embedding the passages new to the store in one call; one transaction a document."""
        self.begin(group)
        self.settle()

    def begin(self, group: Sequence[Prepared]) -> None:
        """Embed a group in the background; the one begun before is written meanwhile, this one by the next call."""
        keyed = [[EmbeddedPassage(one, *self._place(prepared, one)) for one in prepared.passages] for prepared in group]
        inputs = {key: embedded_text(one) for passages in keyed for one, _, key in passages}
        under_way = self._begun.new if self._begun else set()
        new = [key for key in self.store.unknown_vectors(inputs) if key not in under_way]
        centre = self._centre() if new else None
        embedding = self._background.submit(self._embed, new, [inputs[key] for key in new], centre)
        self.settle()
        self._begun = _Begun(group, keyed, set(new), embedding)

    def settle(self) -> None:
        """Write what was begun."""
        begun, self._begun = self._begun, None
        if begun is None:
            return
        vectors, codes = begun.embedding.result()
        self.embedded += len(begun.new)
        for prepared, passages in zip(begun.group, begun.keyed, strict=True):
            # A text may have been known from a document that was changed since, and gone with it.
            lost = [key for key in self.store.unknown_vectors(one.embedded for one in passages) if key not in vectors]
            if lost:
                texts = {key: embedded_text(one) for one, _, key in passages}
                again = self._embed(lost, [texts[key] for key in lost], self._centre())
                vectors, codes = vectors | again[0], codes | again[1]
            own = {key: vectors[key] for _, _, key in passages if key in vectors}
            coded = {key: codes[key] for key in own if key in codes}
            self.store.put(prepared.document, passages, own, prepared.file, coded)

    @cached_property
    def _background(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(1, thread_name_prefix="embed")

    def _embed(self, keys: list[bytes], texts: list[str], centre: Vectors | None) -> _Embeddings:
        """Return the vectors, and the token codes where the embedder gives token vectors."""
        if not keys:
            return {}, {}
        if centre is None or not isinstance(self.embedder, TokenEmbedder):
            return dict(zip(keys, self.embedder.embed_passages(texts), strict=True)), {}
        vectors: dict[bytes, Vectors] = {}
        codes: dict[bytes, Codes] = {}
        for key, (vector, tokens) in zip(keys, self.embedder.embed_passage_tokens(texts), strict=True):
            vectors[key], codes[key] = vector, late.encode(tokens, centre)
        return vectors, codes

    def _centre(self) -> Vectors | None:
        """Return the model's centre, measured on the calibration passages when the first text is embedded.

        None where the embedder gives no token vectors.
        """
        if not isinstance(self.embedder, TokenEmbedder):
            return None
        recorded = self.store.centre()
        if recorded is None:
            embedded = self.embedder.embed_passage_tokens(calibration_passages())
            recorded = late.centre_of(one.tokens for one in embedded)
            self.store.record_centre(recorded)
        return recorded

    def remove(self, document_id: str) -> None:
        self.settle()
        self.store.remove(document_id)

    def finish(self) -> None:
        """Write what was begun and bring the lexical index to the store's generation; nothing changed costs nothing."""
        self.settle()
        self.lexical.update(self.store)

    def _place(self, prepared: Prepared, passage: Passage) -> tuple[int, bytes]:
        starts = [
            number for number, one in enumerate(prepared.document.sections) if one.start <= passage.start < one.end
        ]
        if not starts or prepared.document.text[passage.start : passage.end] != passage.text:
            raise ValueError(
                f"{prepared.document.id}: passage at {passage.start} is not a slice of one of its sections"
            )
        return starts[0], vector_key(self.embedder.name, passage)


def vector_key(embedder: str, passage: Passage) -> bytes:
    """Return the key of a passage's vector: the same text by the same embedder is embedded once."""
    return hashlib.blake2b(f"{embedder}\0{embedded_text(passage)}".encode(), digest_size=16).digest()


def embedded_text(passage: Passage) -> str:
    """Return what the embedder reads of a passage: its context (title, headings), then its text."""
    return f"{passage.context}\n{passage.text}" if passage.context else passage.text
