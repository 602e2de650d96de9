"""A cached vector is the embedder's own; nothing is embedded twice while there is room."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from service.answering.embedding_cache import CachingEmbedder, EmbeddingCache
from tests.conftest import HashEmbedder

TEXTS = st.lists(st.sampled_from(["un", "deux", "trois", "quatre", "cinq"]), max_size=8)


@given(st.lists(TEXTS, max_size=6), st.integers(1, 6))
def test_the_cache_changes_no_vector(batches: list[list[str]], capacity: int) -> None:
    plain, caching = HashEmbedder(), CachingEmbedder(HashEmbedder(), EmbeddingCache(capacity))
    for texts in batches:
        vectors = caching.embed_passages(texts)
        assert vectors.shape == (len(texts), plain.dimension)
        assert np.array_equal(vectors, plain.embed_passages(texts))


def test_a_known_sentence_is_not_embedded_again() -> None:
    embedder = HashEmbedder()
    caching = CachingEmbedder(embedder, EmbeddingCache())
    caching.embed_passages(["un", "deux", "un"])
    caching.embed_passages(["deux", "trois"])
    assert embedder.texts == ["un", "deux", "trois"]


def test_what_was_used_last_is_kept() -> None:
    embedder = HashEmbedder()
    caching = CachingEmbedder(embedder, EmbeddingCache(capacity=2))
    for text in ("un", "deux", "un", "trois", "un", "deux"):
        caching.embed_passages([text])
    assert embedder.texts == ["un", "deux", "trois", "deux"]
