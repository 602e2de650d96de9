"""Put documents into the store and take them out: only the difference is embedded, each document is all or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Final, NamedTuple, Protocol

from index.dense.calibration import calibration_passages
from index.documents import Document, Passage
from index.ranking.late_interaction import encode, mean_token
from index.store.database import Connection
from index.store.store import EmbeddedPassage, FileRecord, Store
from index.types import Codes, Embedder, TokenEmbedder, Vectors


class OnWrite(Protocol):
    """Takes part in the transaction that writes a document; `embedded` of its passages were new to the store."""

    def __call__(self, db: Connection, *, embedded: int) -> None: ...


class Embeddings(NamedTuple):
    """Vectors, and token codes where the embedder gives token vectors, by the keys of their texts (`vector_key`)."""

    vectors: dict[bytes, Vectors]
    codes: dict[bytes, Codes]


NO_EMBEDDINGS: Final = Embeddings({}, {})


class PreparedDocument(NamedTuple):
    """A document cut into passages, with the file it was read from.

    `embeddings` are those made elsewhere; what they lack is embedded here.
    """

    document: Document
    passages: Sequence[Passage]
    file: FileRecord | None = None
    embeddings: Embeddings = NO_EMBEDDINGS
    on_write: OnWrite | None = None


class LexicalUpdate(Protocol):
    """Brings a lexical index to the state of the store it is derived from; knows itself what changed."""

    def update(self, store: Store) -> None: ...


class _Group(NamedTuple):
    """Documents whose new texts are being embedded."""

    documents: Sequence[PreparedDocument]
    passages: list[list[EmbeddedPassage]]  # of each document
    new: set[bytes]
    ready: Embeddings
    embeddings: Future[Embeddings]


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
    _pending: _Group | None = field(default=None, init=False, repr=False)

    def put(self, group: Sequence[PreparedDocument]) -> None:
        """Put several documents, embedding the passages new to the store in one call; one transaction a document."""
        self.begin(group)
        self.settle()

    def begin(self, group: Sequence[PreparedDocument]) -> None:
        """Embed a group in the background; the one begun before is written meanwhile, this one by the next call."""
        keyed = [self._with_keys(prepared) for prepared in group]
        under_way = self._pending.new if self._pending else set()
        unknown = {key: text for key, text in self._unknown_texts(keyed).items() if key not in under_way}
        ready = _merge(prepared.embeddings for prepared in group)
        missing = {key: text for key, text in unknown.items() if key not in ready.vectors}
        centre = self._token_centre() if missing else None
        embeddings = self._background.submit(self._embed, missing, centre)
        self.settle()
        self._pending = _Group(group, keyed, set(unknown), ready, embeddings)

    def embed(self, group: Sequence[PreparedDocument]) -> Embeddings:
        """Return the embeddings of those of the group's passages that are new to the store; nothing is written."""
        missing = self._unknown_texts([self._with_keys(prepared) for prepared in group])
        return self._embed(missing, self._token_centre() if missing else None)

    def settle(self) -> None:
        """Write what was begun."""
        group, self._pending = self._pending, None
        if group is None:
            return
        vectors, codes = _merge((group.ready, group.embeddings.result()))
        self.embedded += len(group.new)
        for prepared, passages in zip(group.documents, group.passages, strict=True):
            # A text may have been known from a document that was changed since, and gone with it.
            unknown = self.store.passage_table.unknown_vectors(key for _, _, key in passages)
            if lost := [key for key in unknown if key not in vectors]:
                texts = {key: passage.embedded_text for passage, _, key in passages}
                lost_vectors, lost_codes = self._embed({key: texts[key] for key in lost}, self._token_centre())
                vectors, codes = vectors | lost_vectors, codes | lost_codes
            embedded = len(group.new.intersection(unknown))
            also = partial(prepared.on_write, embedded=embedded) if prepared.on_write else None
            own_vectors = {key: vectors[key] for _, _, key in passages if key in vectors}
            own_codes = {key: codes[key] for key in own_vectors if key in codes}
            self.store.put(prepared.document, passages, own_vectors, prepared.file, own_codes, also=also)

    def remove(self, document_id: str) -> None:
        self.settle()
        self.store.remove(document_id)

    def finish(self) -> None:
        """Write what was begun and bring the lexical index to the store's generation; nothing changed costs nothing."""
        self.settle()
        self.lexical.update(self.store)

    @cached_property
    def _background(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(1, thread_name_prefix="embed")

    def _embed(self, texts: Mapping[bytes, str], centre: Vectors | None) -> Embeddings:
        """Return the vectors of texts by their keys, and the token codes where the embedder gives token vectors."""
        if not texts:
            return NO_EMBEDDINGS
        inputs = list(texts.values())
        if centre is None or not isinstance(self.embedder, TokenEmbedder):
            return Embeddings(dict(zip(texts, self.embedder.embed_passages(inputs), strict=True)), {})
        vectors: dict[bytes, Vectors] = {}
        codes: dict[bytes, Codes] = {}
        for key, (vector, tokens) in zip(texts, self.embedder.embed_passage_tokens(inputs), strict=True):
            vectors[key], codes[key] = vector, encode(tokens, centre)
        return Embeddings(vectors, codes)

    def _token_centre(self) -> Vectors | None:
        """Return the model's centre, measured on the calibration passages when the first text is embedded.

        None where the embedder gives no token vectors.
        """
        if not isinstance(self.embedder, TokenEmbedder):
            return None
        centre = self.store.passage_table.token_centre()
        if centre is None:
            texts = self.embedder.embed_passage_tokens(calibration_passages())
            centre = self.store.passage_table.record_token_centre(mean_token(text.tokens for text in texts))
        return centre

    def _unknown_texts(self, keyed: Iterable[Sequence[EmbeddedPassage]]) -> dict[bytes, str]:
        """Return the texts that are new to the store, by their keys."""
        texts = {key: passage.embedded_text for passages in keyed for passage, _, key in passages}
        return {key: texts[key] for key in self.store.passage_table.unknown_vectors(texts)}

    def _with_keys(self, prepared: PreparedDocument) -> list[EmbeddedPassage]:
        return [self._with_key(prepared, passage) for passage in prepared.passages]

    def _with_key(self, prepared: PreparedDocument, passage: Passage) -> EmbeddedPassage:
        """Return the passage with its section's number and its key. Raises ValueError where it is no slice of one."""
        sections = [
            number
            for number, section in enumerate(prepared.document.sections)
            if section.start <= passage.start < section.end
        ]
        if not sections or prepared.document.text[passage.start : passage.end] != passage.text:
            raise ValueError(
                f"{prepared.document.id}: passage at {passage.start} is not a slice of one of its sections"
            )
        return EmbeddedPassage(passage, sections[0], vector_key(self.embedder.name, passage))


def vector_key(embedder: str, passage: Passage) -> bytes:
    """Return the key of a passage's vector: the same text by the same embedder is embedded once."""
    return hashlib.blake2b(f"{embedder}\0{passage.embedded_text}".encode(), digest_size=16).digest()


def _merge(parts: Iterable[Embeddings]) -> Embeddings:
    vectors: dict[bytes, Vectors] = {}
    codes: dict[bytes, Codes] = {}
    for part in parts:
        vectors |= part.vectors
        codes |= part.codes
    return Embeddings(vectors, codes)
