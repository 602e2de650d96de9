"""Put documents into the store and take them out: only the difference is embedded, each document is all or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from index import late
from index.documents import Document, Passage
from index.interfaces import Embedder, LexicalUpdate, TokenEmbedder, Vectors
from index.runtime import calibration_passages
from index.store import EmbeddedPassage, FileRecord, Store


class Prepared(NamedTuple):
    """A document cut into passages, with the file it was read from."""

    document: Document
    passages: Sequence[Passage]
    file: FileRecord | None = None


@dataclass
class Indexer:
    """The write side: `put` and `remove` change the truth, `finish` brings the derived index up to it.

    `embedded` counts the passages whose text was new and went through the model.
    """

    store: Store
    embedder: Embedder
    lexical: LexicalUpdate
    embedded: int = field(default=0, init=False)

    def put(self, group: Sequence[Prepared]) -> None:
        """Put several documents, embedding the passages new to the store in one call; one transaction a document."""
        keyed = [[EmbeddedPassage(one, *self._place(prepared, one)) for one in prepared.passages] for prepared in group]
        inputs = {key: embedded_text(one) for passages in keyed for one, _, key in passages}
        new = self.store.unknown_vectors(inputs)
        vectors, codes = self._embed(new, [inputs[key] for key in new])
        self.embedded += len(new)
        for prepared, passages in zip(group, keyed, strict=True):
            own = {key: vectors[key] for _, _, key in passages if key in vectors}
            coded = {key: codes[key] for key in own if key in codes}
            self.store.put(prepared.document, passages, own, prepared.file, coded)

    def _embed(self, keys: list[bytes], texts: list[str]) -> tuple[dict[bytes, Vectors], dict[bytes, late.Codes]]:
        """Return the vectors, and the token codes where the embedder gives token vectors."""
        if not keys:
            return {}, {}
        if not isinstance(self.embedder, TokenEmbedder):
            return dict(zip(keys, self.embedder.embed_passages(texts), strict=True)), {}
        centre, vectors, codes = self._centre(self.embedder), {}, {}
        for key, (vector, tokens) in zip(keys, self.embedder.embed_passage_tokens(texts), strict=True):
            vectors[key], codes[key] = vector, late.encode(tokens, centre)
        return vectors, codes

    def _centre(self, embedder: TokenEmbedder) -> Vectors:
        """Return the model's centre, measured on the calibration passages when the first text is embedded."""
        recorded = self.store.centre()
        if recorded is None:
            recorded = late.centre_of(one.tokens for one in embedder.embed_passage_tokens(calibration_passages()))
            self.store.record_centre(recorded)
        return recorded

    def remove(self, document_id: str) -> None:
        self.store.remove(document_id)

    def finish(self) -> None:
        """Bring the lexical index to the store's generation; costs nothing when nothing changed."""
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
