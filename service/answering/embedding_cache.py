"""Sentences are embedded once: the same documents are asked about again and again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from index.types import Embedder, Vectors


@dataclass
class SentenceMemory:
    """Vectors of the sentences last asked for, of one embedder or several; safe to use from several threads.

    It is filled from passages their reader may see and gives nothing back but the vector of a text one has already.
    """

    room: int = 20_000  # 1.5 KB each with 384 dimensions
    _vectors: OrderedDict[tuple[str, str], Vectors] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def vectors(self, embedder: Embedder, texts: Sequence[str]) -> Vectors:
        """Return what the embedder gives for the texts, asking it for none that is still known."""
        wanted = dict.fromkeys(texts)
        with self._lock:
            known = {
                text: self._vectors[embedder.name, text] for text in wanted if (embedder.name, text) in self._vectors
            }
            for text in known:
                self._vectors.move_to_end((embedder.name, text))
        fresh = [text for text in wanted if text not in known]
        if fresh:
            known |= dict(zip(fresh, embedder.embed_passages(fresh), strict=True))
            with self._lock:
                self._vectors.update({(embedder.name, text): known[text] for text in fresh})
                while len(self._vectors) > self.room:
                    self._vectors.popitem(last=False)
        return np.array([known[text] for text in texts], np.float32).reshape(len(texts), embedder.dimension)


@dataclass(frozen=True)
class RememberingEmbedder:
    """An embedder with a memory for passages; the same promises."""

    embedder: Embedder
    memory: SentenceMemory

    @property
    def name(self) -> str:
        return self.embedder.name

    @property
    def dimension(self) -> int:
        return self.embedder.dimension

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return self.memory.vectors(self.embedder, texts)

    def embed_query(self, text: str) -> Vectors:
        return self.embedder.embed_query(text)
