"""Texts to vectors: the bundled model on the fast runtime, or any other by sentence-transformers.

Reimers & Gurevych 2019, "Sentence-BERT". A model that cannot be had raises ModelUnavailable; none takes its place.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from index.dense import bundled_model
from index.dense.model_conversion import best_precision, convert
from index.dense.openvino_runtime import OpenVinoEmbedder
from index.dense.piece_tokenizer import without_blanks
from index.errors import ModelUnavailable
from index.settings import BUNDLED_MODEL, IndexSettings
from index.types import Embedded, Spans, Vectors

BATCH = 64


class SentenceTransformerEmbedder:
    """A SentenceTransformer as a TokenSpanEmbedder. Safe to use from several threads when its model is."""

    def __init__(self, model: Any, name: str) -> None:
        self._model = model
        self.name = name
        self.dimension = int(model.get_embedding_dimension())
        prompt = (model.prompts or {}).get("query", "").strip()
        self._embed_query_once = lru_cache(maxsize=64)(self._embed_query)  # a question is searched, then answered
        self._query_prompt_tokens = self.count_tokens([prompt])[0] if prompt else 0

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return float32 of shape (len(texts), dimension), each row of length 1; the model cuts what is too long."""
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        vectors = self._model.encode_document(
            list(texts), batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, np.float32)

    def embed_query(self, text: str) -> Vectors:
        """Return float32 of shape (dimension,), of length 1."""
        return self._embed_query_once(text).vector

    def embed_passage_tokens(self, texts: Sequence[str]) -> Iterator[Embedded]:
        """Yield vector and token vectors of each text, in order; a batch at a time, so that memory stays flat."""
        for start in range(0, len(texts), BATCH):
            batch = list(texts[start : start + BATCH])
            yield from map(
                _to_embedded,
                self._model.encode_document(batch, batch_size=BATCH, output_value=None, show_progress_bar=False),
            )

    def embed_query_tokens(self, text: str) -> Embedded:
        """Return the query's vector and the vectors of its own tokens, without prompt and frame; not to be changed."""
        return self._embed_query_once(text)

    def _embed_query(self, text: str) -> Embedded:
        vector, tokens = _to_embedded(self._model.encode_query(text, output_value=None, show_progress_bar=False))
        vector.flags.writeable = False
        return Embedded(vector, tokens[1 + self._query_prompt_tokens : -1])

    def passage_spans(self, texts: Sequence[str]) -> list[Spans]:
        """Return where each token of `embed_passage_tokens` stands; prompt and frame before the text, or empty."""
        prompts = self._model.prompts or {}
        prompt = next((prompts[name] for name in ("document", "passage", "corpus") if prompts.get(name)), "")
        return [self._spans(prompt, text) for text in texts]

    def query_spans(self, text: str) -> Spans:
        """Return where each token of `embed_query_tokens` stands."""
        prompt = (self._model.prompts or {}).get("query") or ""
        return self._spans(prompt, text)[1 + self._query_prompt_tokens : -1]

    def _spans(self, prompt: str, text: str) -> Spans:
        """Return where the tokens stand in `text` as the model reads it; none where its tokenizer does not say."""
        if not self._model.tokenizer.is_fast:
            return np.empty((0, 2), np.int64)
        options = {"return_offsets_mapping": True, "truncation": True, "max_length": self._model.max_seq_length}
        offsets = self._model.tokenizer(prompt + text, **options)["offset_mapping"]
        spans = np.array(without_blanks(prompt + text, offsets), np.int64)
        return np.where(spans[:, 1:] > spans[:, :1], spans - len(prompt), -1)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens of the model each text takes, without the two that frame it."""
        if not texts:
            return []
        encoded = self._model.tokenizer(list(texts), add_special_tokens=False, truncation=False, verbose=False)
        return [len(ids) for ids in encoded["input_ids"]]


def _to_embedded(features: dict[str, Any]) -> Embedded:
    """Return what sentence-transformers gives of one text, without padding."""
    vector = np.asarray(features["sentence_embedding"], np.float32)
    tokens = np.asarray(features["token_embeddings"], np.float32)[np.asarray(features["attention_mask"], bool)]
    return Embedded(vector / np.linalg.norm(vector), tokens)


def load(
    settings: IndexSettings, progress: Callable[[str], None] = lambda step: None
) -> OpenVinoEmbedder | SentenceTransformerEmbedder:
    """Return the embedder the settings name, prepared if need be. Raises ModelUnavailable."""
    _keep_quiet()
    if settings.model == BUNDLED_MODEL:
        return load_bundled(settings.models, progress)
    return load_other(settings)


def load_bundled(models: Path, progress: Callable[[str], None] = lambda step: None) -> OpenVinoEmbedder:
    """Return the bundled model on the fast runtime; both are prepared once below `models`."""
    folder = bundled_model.prepare(models / bundled_model.MODEL_NAME, progress)
    precision = best_precision()
    graph = convert(folder, precision, progress)
    return OpenVinoEmbedder(folder, graph, precision, bundled_model.MODEL_NAME)


def load_other(settings: IndexSettings) -> SentenceTransformerEmbedder:
    """Return any sentence-transformers model, by folder or hub name, on its ordinary runtime."""
    from sentence_transformers import SentenceTransformer

    prompts = {"query": settings.query_prompt, "document": settings.passage_prompt}
    configured = {name: prompt for name, prompt in prompts.items() if prompt}
    try:
        model = SentenceTransformer(settings.model, device="cpu", prompts=configured or None)
    except (OSError, ValueError, ImportError) as error:
        raise ModelUnavailable(
            f"The model {settings.model!r} (PASSERELLE_MODEL) cannot be had: {str(error).splitlines()[0]} "
            "Give a sentence-transformers folder, a hub name this machine can reach, or `bundled`."
        ) from error
    return SentenceTransformerEmbedder(model, _name(settings))


class DeferredEmbedder:
    """The settings' embedder, loaded when a text first needs it: a run in which nothing changed never pays for it."""

    def __init__(self, settings: IndexSettings, progress: Callable[[str], None] = lambda step: None) -> None:
        self.name = _name(settings)
        self._load = cache(lambda: load(settings, progress))

    @property
    def dimension(self) -> int:
        return self._load().dimension

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return self._load().embed_passages(texts)

    def embed_query(self, text: str) -> Vectors:
        return self._load().embed_query(text)

    def embed_passage_tokens(self, texts: Sequence[str]) -> Iterator[Embedded]:
        return self._load().embed_passage_tokens(texts)

    def embed_query_tokens(self, text: str) -> Embedded:
        return self._load().embed_query_tokens(text)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._load().count_tokens(texts)


def _name(settings: IndexSettings) -> str:
    if settings.model == BUNDLED_MODEL:
        return bundled_model.MODEL_NAME
    prompts = {"query": settings.query_prompt, "document": settings.passage_prompt}
    return settings.model + "".join(f"+{name}:{prompt}" for name, prompt in prompts.items() if prompt)


def _keep_quiet() -> None:
    """Keep the libraries' own progress bars and telemetry out of ours."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("OPENVINO_TELEMETRY", "0")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
