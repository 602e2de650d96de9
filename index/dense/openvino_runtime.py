"""The bundled model ready to run: its tokenizer and its OpenVINO graph, pooling and normalisation in numpy.

No PyTorch here: importing sentence-transformers, transformers and torch takes most of a start, and nothing of them is
needed to run a graph. The folder stays an ordinary sentence-transformers one; tests hold the tokens to the library's,
and the vectors to its float32.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from index.dense import model_conversion as runtime
from index.types import Embedded, Spans, Vectors

WINDOW: Final = 256  # texts sorted by length together; their token vectors are what is held in memory
MAX_TOKENS: Final = 512
SHAPE: Final = 16  # texts are filled up to a multiple: a length not seen before costs 2 to 4 ms, and memory for good
_PAD: Final = 1
_Tokens = npt.NDArray[np.int64]


class GraphEmbedder:
    """A graph behind the TokenEmbedder seam. Safe to use from several threads."""

    def __init__(self, folder: Path, graph: Path, precision: str, name: str) -> None:
        from tokenizers import Tokenizer

        self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        said = json.loads((folder / "config_sentence_transformers.json").read_text(encoding="utf-8"))
        self._prompts: dict[str, str] = said["prompts"]
        self._query_prompt_tokens = self.count_tokens([self._prompts["query"].strip()])[0]
        self._micro_batch = runtime.MICRO_BATCH[precision]
        self._graph = graph, precision
        self.name = name
        self.dimension = int(json.loads((folder / "config.json").read_text(encoding="utf-8"))["hidden_size"])
        self._asked = lru_cache(maxsize=64)(self._embed_query)  # a question is searched, then answered
        self._placed = lru_cache(maxsize=4096)(lambda text: self._spans(self._prompts["document"], [text])[0])
        self._in_queue = threading.Lock()
        self._own = threading.local()

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return float32 of shape (len(texts), dimension), each row of length 1; what is too long is cut."""
        vectors = np.empty((len(texts), self.dimension), np.float32)
        for place, one in enumerate(self.embed_passage_tokens(texts)):
            vectors[place] = one.vector
        return vectors

    def embed_passage_tokens(self, texts: Sequence[str]) -> Iterator[Embedded]:
        """Yield vector and token vectors of each text, in order; a window at a time, so that memory stays flat."""
        for start in range(0, len(texts), WINDOW):
            encoded = self.encode([self._prompts["document"] + text for text in texts[start : start + WINDOW]])
            yield from map(_embedded, self._run(encoded))

    def embed_query(self, text: str) -> Vectors:
        """Return float32 of shape (dimension,), of length 1."""
        return self._asked(text).vector

    def embed_query_tokens(self, text: str) -> Embedded:
        """Return the query's vector and the vectors of its own tokens, without prompt and frame; not to be changed."""
        return self._asked(text)

    def _embed_query(self, text: str) -> Embedded:
        (ids,) = self.encode([self._prompts["query"] + text])
        if not hasattr(self._own, "request"):  # each thread's own
            self._own.request = self._compiled.create_infer_request()
        filled = _filled([ids])
        tokens = np.array(self._own.request.infer(list(filled))[0][0][: len(ids)])
        vector = _embedded(tokens).vector
        vector.flags.writeable = False
        return Embedded(vector, tokens[1 + self._query_prompt_tokens : -1])

    def encode(self, texts: Sequence[str]) -> list[_Tokens]:
        """Return each text's tokens in their frame, cut to what the model reads."""
        encoded = (np.array(one.ids, np.int64) for one in self._tokenizer.encode_batch_fast(list(texts)))
        return [
            ids if len(ids) <= MAX_TOKENS else np.append(ids[: MAX_TOKENS - 1], ids[-1:])  # the frame's end stays
            for ids in encoded
        ]

    def passage_spans(self, texts: Sequence[str]) -> list[Spans]:
        """Return where each token of `embed_passage_tokens` stands; prompt and frame before the text, or empty."""
        return [self._placed(text) for text in texts]

    def query_spans(self, text: str) -> Spans:
        """Return where each token of `embed_query_tokens` stands."""
        (placed,) = self._spans(self._prompts["query"], [text])
        return placed[1 + self._query_prompt_tokens : -1]

    def _spans(self, prompt: str, texts: Sequence[str]) -> list[Spans]:
        found = (
            np.array(one.offsets, np.int64) for one in self._tokenizer.encode_batch([prompt + one for one in texts])
        )
        whole = [one if len(one) <= MAX_TOKENS else np.append(one[: MAX_TOKENS - 1], one[-1:], axis=0) for one in found]
        return [np.where(one[:, 1:] > one[:, :1], one - len(prompt), -1) for one in whole]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens of the model each text takes, without the two that frame it."""
        return [len(one.ids) for one in self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]

    @cached_property
    def _compiled(self) -> Any:
        """The graph for one question, on every core; an ingestion never needs it."""
        return runtime.compiled(*self._graph)

    @cached_property
    def _queue(self) -> Any:
        """The graph for many passages; a service that only searches never needs it."""
        return runtime.queue(*self._graph)

    def _run(self, encoded: Sequence[_Tokens]) -> list[Vectors]:
        """Return each text's token vectors, in order; texts of like length go through the graph together."""
        found: list[Vectors] = [np.empty((0, self.dimension), np.float32)] * len(encoded)
        order = sorted(range(len(encoded)), key=lambda place: -len(encoded[place]))

        def keep(request: Any, places: list[int]) -> None:
            data = request.get_output_tensor(0).data
            for line, place in enumerate(places):
                found[place] = data[line, : len(encoded[place])].copy()

        with self._in_queue:
            self._queue.set_callback(keep)
            for start in range(0, len(order), self._micro_batch):
                places = order[start : start + self._micro_batch]
                filled = _filled([encoded[place] for place in places])
                self._queue.start_async(list(filled), places)
            self._queue.wait_all()
        return found


def _filled(encoded: Sequence[_Tokens]) -> tuple[_Tokens, _Tokens]:
    """Return the tokens filled up to one length, a multiple of SHAPE, and their mask, (texts, length) each."""
    length = -(-max(map(len, encoded)) // SHAPE) * SHAPE
    ids = np.full((len(encoded), length), _PAD, np.int64)
    for line, one in enumerate(encoded):
        ids[line, : len(one)] = one
    return ids, (ids != _PAD).astype(np.int64)


def _embedded(tokens: Vectors) -> Embedded:
    """Return the tokens with their mean, brought to length 1."""
    vector = tokens.mean(axis=0)
    return Embedded(vector / np.linalg.norm(vector), tokens)
