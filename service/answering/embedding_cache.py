"""Embed each sentence once: questions are asked about the same documents again and again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from index.types import Embedder, Vectors


@dataclass
class EmbeddingCache:
    """Vectors of the sentences last used, of one embedder or several; safe to use from several threads.

    It is filled from passages their reader may see and gives nothing back but the vector of a text one has already.
    """

    capacity: int = 20_000  # 1.5 KB each with 384 dimensions
    _vectors: OrderedDict[tuple[str, str], Vectors] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def vectors(self, embedder: Embedder, texts: Sequence[str]) -> Vectors:
        """Return what the embedder gives for the texts, calling it for those that are not cached."""
        distinct = dict.fromkeys(texts)
        with self._lock:
            known = {
                text: self._vectors[embedder.name, text] for text in distinct if (embedder.name, text) in self._vectors
            }
            for text in known:
                self._vectors.move_to_end((embedder.name, text))
        fresh = [text for text in distinct if text not in known]
        if fresh:
            known |= dict(zip(fresh, embedder.embed_passages(fresh), strict=True))
            with self._lock:
                self._vectors.update({(embedder.name, text): known[text] for text in fresh})
                while len(self._vectors) > self.capacity:
                    self._vectors.popitem(last=False)
        return np.array([known[text] for text in texts], np.float32).reshape(len(texts), embedder.dimension)


@dataclass(frozen=True)
class CachingEmbedder:
    """An embedder with a cache for passages; the same promises."""

    embedder: Embedder
    cache: EmbeddingCache

    @property
    def name(self) -> str:
        return self.embedder.name

    @property
    def dimension(self) -> int:
        return self.embedder.dimension

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return self.cache.vectors(self.embedder, texts)

    def embed_query(self, text: str) -> Vectors:
        return self.embedder.embed_query(text)
