"""A remembered vector is the embedder's own; nothing is embedded twice while there is room."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from service.answering.embedding_cache import RememberingEmbedder, SentenceMemory
from tests.conftest import HashEmbedder

TEXTS = st.lists(st.sampled_from(["un", "deux", "trois", "quatre", "cinq"]), max_size=8)


@given(st.lists(TEXTS, max_size=6), st.integers(1, 6))
def test_memory_changes_no_vector(asked: list[list[str]], room: int) -> None:
    plain, remembering = HashEmbedder(), RememberingEmbedder(HashEmbedder(), SentenceMemory(room))
    for texts in asked:
        given_back = remembering.embed_passages(texts)
        assert given_back.shape == (len(texts), plain.dimension)
        assert np.array_equal(given_back, plain.embed_passages(texts))


def test_a_known_sentence_is_not_embedded_again() -> None:
    embedder = HashEmbedder()
    remembering = RememberingEmbedder(embedder, SentenceMemory())
    remembering.embed_passages(["un", "deux", "un"])
    remembering.embed_passages(["deux", "trois"])
    assert embedder.texts == ["un", "deux", "trois"]


def test_what_was_asked_for_last_is_kept() -> None:
    embedder = HashEmbedder()
    remembering = RememberingEmbedder(embedder, SentenceMemory(room=2))
    for text in ("un", "deux", "un", "trois", "un", "deux"):
        remembering.embed_passages([text])
    assert embedder.texts == ["un", "deux", "trois", "deux"]
