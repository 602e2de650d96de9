"""The bundled model ready to run: its tokenizer and its OpenVINO graph, pooling and normalisation in numpy.

No PyTorch here: importing sentence-transformers, transformers and torch takes most of a start, and nothing of them is
needed to run a graph. The folder stays an ordinary sentence-transformers one; tests hold the tokens to the library's,
and the vectors to its float32.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from index.dense.piece_tokenizer import PieceTokenizer
from index.dense.token_table import TokenTable
from index.types import Embedded, Spans, Vectors

THREADS: Final = 2
STREAMS: Final = {"bfloat16": 2, "int8": 2, "float32": 1}  # of one thread each; for float32 one of two: 9.0 to 8.5
# Texts one stream takes at a time; for bfloat16 113 passages/s with 4, 110 with 8, 102 with 16.
MICRO_BATCH: Final = {"bfloat16": 4, "int8": 8, "float32": 8}
_HINT: Final = {"bfloat16": "bf16", "int8": "f32", "float32": "f32"}
FEW: Final = 8  # texts for which a service does not compile a graph of its own: 95 MB
WINDOW: Final = 256  # texts sorted by length together; their token vectors are what is held in memory
MAX_TOKENS: Final = 512
SHAPE: Final = 16  # texts are filled up to a multiple: a length not seen before costs 2 to 4 ms, and memory for good
_START, _PAD, _END = 0, 1, 2  # XLM-R's frame
_Tokens = npt.NDArray[np.int64]


class OpenVinoEmbedder:
    """An OpenVINO graph as a TokenSpanEmbedder. Safe to use from several threads."""

    def __init__(self, folder: Path, graph: Path, precision: str, name: str) -> None:
        self.tokenizer = PieceTokenizer(folder)
        configuration = json.loads((folder / "config_sentence_transformers.json").read_text(encoding="utf-8"))
        self._prompts: dict[str, str] = configuration["prompts"]
        self._query_prompt_tokens = self.count_tokens([self._prompts["query"].strip()])[0]
        self._micro_batch = MICRO_BATCH[precision]
        self._graph = graph, precision
        self.token_table = TokenTable(folder)
        self.name = name
        self.dimension = int(json.loads((folder / "config.json").read_text(encoding="utf-8"))["hidden_size"])
        self._embed_query_once = lru_cache(maxsize=64)(self._embed_query)  # a question is searched, then answered
        self._passage_spans_once = lru_cache(maxsize=4096)(lambda text: self._spans(self._prompts["document"], text))
        self._queue_lock = threading.Lock()
        self._thread = threading.local()

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return float32 of shape (len(texts), dimension), each row of length 1; what is too long is cut."""
        vectors = np.empty((len(texts), self.dimension), np.float32)
        for number, embedded in enumerate(self.embed_passage_tokens(texts)):
            vectors[number] = embedded.vector
        return vectors

    def embed_passage_tokens(self, texts: Sequence[str]) -> Iterator[Embedded]:
        """Yield vector and token vectors of each text, in order; a window at a time, so that memory stays flat."""
        for start in range(0, len(texts), WINDOW):
            encoded = self.encode([self._prompts["document"] + text for text in texts[start : start + WINDOW]])
            yield from map(_pool, self._run(encoded))

    def embed_query(self, text: str) -> Vectors:
        """Return float32 of shape (dimension,), of length 1."""
        return self._embed_query_once(text).vector

    def embed_query_tokens(self, text: str) -> Embedded:
        """Return the query's vector and the vectors of its own tokens, without prompt and frame; not to be changed."""
        return self._embed_query_once(text)

    def _embed_query(self, text: str) -> Embedded:
        (tokens,) = self._run_few(self.encode([self._prompts["query"] + text]))
        vector = _pool(tokens).vector
        vector.flags.writeable = False
        return Embedded(vector, tokens[1 + self._query_prompt_tokens : -1])

    def _run_few(self, encoded: Sequence[_Tokens]) -> list[Vectors]:
        """Return each text's token vectors, the texts read together in this thread."""
        if not hasattr(self._thread, "request"):
            self._thread.request = self._graph_for_few.create_infer_request()
        read = self._thread.request.infer(self._inputs(encoded))[0]
        return [np.array(read[line, : len(ids)]) for line, ids in enumerate(encoded)]

    def encode(self, texts: Sequence[str]) -> list[_Tokens]:
        """Return each text's tokens in their frame, cut to what the model reads."""
        return [np.array([_START, *self.tokenizer.ids(text)[: MAX_TOKENS - 2], _END], np.int64) for text in texts]

    def passage_spans(self, texts: Sequence[str]) -> list[Spans]:
        """Return where each token of `embed_passage_tokens` stands; prompt and frame before the text, or empty."""
        return [self._passage_spans_once(text) for text in texts]

    def query_spans(self, text: str) -> Spans:
        """Return where each token of `embed_query_tokens` stands."""
        return self._spans(self._prompts["query"], text)[1 + self._query_prompt_tokens : -1]

    def _spans(self, prompt: str, text: str) -> Spans:
        spans = np.array([(0, 0), *self.tokenizer.spans(prompt + text)[: MAX_TOKENS - 2], (0, 0)], np.int64)
        return np.where(spans[:, 1:] > spans[:, :1], spans - len(prompt), -1)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens of the model each text takes, without the two that frame it."""
        return [len(self.tokenizer.ids(text)) for text in texts]

    @cached_property
    def _graph_for_few(self) -> Any:
        """The graph for a question or a few sentences, on every core; an ingestion never needs it."""
        return compile_graph(*self._graph)

    @cached_property
    def _queue(self) -> Any:
        """The graph for many passages; a service that only searches never needs it."""
        return open_queue(*self._graph)

    def _run(self, encoded: Sequence[_Tokens]) -> list[Vectors]:
        """Return each text's token vectors, in order; texts of like length go through the graph together."""
        if len(encoded) <= FEW:
            return self._run_few(encoded) if encoded else []
        vectors: list[Vectors] = [np.empty((0, self.dimension), np.float32)] * len(encoded)
        longest_first = sorted(range(len(encoded)), key=lambda number: -len(encoded[number]))

        def keep(request: Any, numbers: list[int]) -> None:
            data = request.get_output_tensor(0).data
            for line, number in enumerate(numbers):
                vectors[number] = data[line, : len(encoded[number])].copy()

        with self._queue_lock:
            self._queue.set_callback(keep)
            for start in range(0, len(longest_first), self._micro_batch):
                numbers = longest_first[start : start + self._micro_batch]
                self._queue.start_async(self._inputs([encoded[number] for number in numbers]), numbers)
            self._queue.wait_all()
        return vectors

    def _inputs(self, encoded: Sequence[_Tokens]) -> list[Any]:
        """Return what the graph takes: the rows of the tokens, and their mask."""
        padded, mask = pad(encoded)
        return [self.token_table.rows(padded), mask]


def compile_graph(graph: Path, precision: str, streams: int = 1) -> Any:
    """Return the graph compiled for the processor, its threads shared out among so many streams."""
    import openvino

    options = {
        "NUM_STREAMS": streams,
        "INFERENCE_NUM_THREADS": THREADS,
        "INFERENCE_PRECISION_HINT": _HINT[precision],
    }
    if cache := _cache_folder(graph):
        options["CACHE_DIR"] = str(cache)
    return openvino.Core().compile_model(str(graph), "CPU", options)


def _cache_folder(graph: Path) -> Path | None:
    """Return where to keep the compiled graph: beside it, else in the user's cache folder; None if neither is writable.

    A container may have its models read-only.
    """
    if os.access(graph.parent, os.W_OK):
        return graph.parent / "cache"
    own = Path(os.path.expanduser("~"), ".cache", "passerelle", graph.parent.name)
    try:
        own.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return own


def open_queue(graph: Path, precision: str) -> Any:
    """Return a queue of requests for many texts, one a stream."""
    import openvino

    streams = STREAMS[precision]
    return openvino.AsyncInferQueue(compile_graph(graph, precision, streams), streams)


def pad(encoded: Sequence[_Tokens | list[int]]) -> tuple[_Tokens, _Tokens]:
    """Return the tokens filled up to one length, a multiple of SHAPE, and their mask, (texts, length) each."""
    length = -(-max(map(len, encoded)) // SHAPE) * SHAPE
    padded = np.full((len(encoded), length), _PAD, np.int64)
    for line, ids in enumerate(encoded):
        padded[line, : len(ids)] = ids
    return padded, (padded != _PAD).astype(np.int64)


def _pool(tokens: Vectors) -> Embedded:
    """Return the tokens with their mean, brought to length 1."""
    vector = tokens.mean(axis=0)
    return Embedded(vector / np.linalg.norm(vector), tokens)
