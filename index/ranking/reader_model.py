"""A trained reader: the bundled encoder with its upper layers taught anew, as an OpenVINO graph.

The first layers are the bundled model's own and are not stored again; the others and the two heads stand in a folder's
`weights.safetensors`, matrices as bytes with a scale a row, 11 MB in all. `python -m eval.reader` makes them.
"""

from __future__ import annotations

import threading
import warnings
import zlib
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from index.dense.bundled_model import MODEL_NAME
from index.dense.bundled_model import prepare as prepare_model
from index.dense.calibration import calibration_passages
from index.dense.model_conversion import best_precision
from index.dense.openvino_runtime import SHAPE, OpenVinoEmbedder, open_queue, pad
from index.dense.piece_tokenizer import PieceTokenizer
from index.dense.token_table import TokenTable
from index.errors import ModelUnavailable
from index.ranking.reader import Encoded, ReaderWindow, WindowReading, encode, pooled
from index.settings import BUNDLED_READER, IndexSettings
from index.types import Embedder

HIDDEN: Final = 384
FIRST_LAYER: Final = 6  # those before it are the bundled model's own
WEIGHTS: Final = "weights.safetensors"
SHIPPED: Final = Path(__file__).with_name("reader_weights")
BATCH: Final = 4  # windows one stream reads at a time
_MASKED: Final = -10_000.0  # added to what attention gives padding


def write_weights(path: Path, state: Mapping[str, npt.NDArray[np.float32]]) -> None:
    """Write tensors: matrices as int8 with one float32 scale a row, vectors as float32."""
    from safetensors.numpy import save_file

    stored: dict[str, npt.NDArray[Any]] = {}
    for name, tensor in state.items():
        if tensor.ndim == 2 and len(tensor) > 8:
            scale = np.abs(tensor).max(axis=1, keepdims=True) / 127
            stored[f"{name}.bytes"] = np.round(tensor / np.maximum(scale, 1e-12)).astype(np.int8)
            stored[f"{name}.scale"] = scale.astype(np.float32)
        else:
            stored[name] = tensor.astype(np.float32)
    save_file(stored, path)


def read_weights(path: Path) -> dict[str, npt.NDArray[np.float32]]:
    """Return the tensors as they were, to half a step of their row's scale. Raises ModelUnavailable."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        stored = load_file(path)
    except (OSError, SafetensorError) as error:
        remedy = "Write them again with `python -m eval.reader export`."
        raise ModelUnavailable(f"{path}: the reader's weights cannot be read ({error}). {remedy}") from error
    state = {name: tensor for name, tensor in stored.items() if not name.endswith((".bytes", ".scale"))}
    for name in stored:
        if name.endswith(".bytes"):
            whole = name.removesuffix(".bytes")
            state[whole] = stored[name].astype(np.float32) * stored[f"{whole}.scale"]
    return state


def network(model: Path, attention: str = "sdpa") -> Any:
    """Return the upper layers of the model in `model`, and the reader's heads, as a torch module.

    It takes what the lower layers give, (windows, tokens, hidden), and a mask, (windows, tokens), and gives the logits
    that `reader.pooled` takes, (windows, tokens, 5).
    """
    import torch
    from transformers import AutoModel

    class ReaderNetwork(torch.nn.Module):  # type: ignore[misc]  # untyped library
        def __init__(self) -> None:
            super().__init__()
            encoder = AutoModel.from_pretrained(model, attn_implementation=attention).encoder
            self.layers = encoder.layer[FIRST_LAYER:]
            hidden = encoder.config.hidden_size
            self.dropout = torch.nn.Dropout(0.1)
            self.sentence, self.silence = torch.nn.Linear(hidden, 4), torch.nn.Linear(hidden, 1)

        def forward(self, hidden: Any, mask: Any) -> Any:
            padding = (1.0 - mask[:, None, None, :].to(hidden.dtype)) * _MASKED
            for layer in self.layers:
                given = layer(hidden, attention_mask=padding)
                hidden = given[0] if isinstance(given, tuple) else given
            hidden = self.dropout(hidden)
            return torch.cat([self.sentence(hidden), self.silence(hidden)], dim=-1)

    return ReaderNetwork()


def prepare(model: Path, weights: Path, precision: str, progress: Callable[[str], None] = lambda step: None) -> Path:
    """Write the graph of the reader in `weights` below `model` once, return its path. Raises ModelUnavailable."""
    try:
        version = f"{zlib.crc32((weights / WEIGHTS).read_bytes()):08x}"
    except OSError as error:
        remedy = "PASSERELLE_READER is the folder that `python -m eval.reader export` wrote, `bundled` or `none`."
        raise ModelUnavailable(f"{weights}: no reader ({error.strerror}). {remedy}") from error
    stored = "int8" if precision == "int8" else "float32"
    graph = model / f"reader-{stored}-{version}" / "model.xml"
    if graph.is_file():
        return graph
    try:
        import openvino
        import torch
        from transformers import AutoModel
    except ImportError as error:
        raise ModelUnavailable(f"The reader needs `openvino` and `nncf` ({error}). Run `make install`.") from error

    state = read_weights(weights / WEIGHTS)
    upper = network(model, "eager")
    upper.load_state_dict({name: torch.from_numpy(tensor) for name, tensor in state.items()})

    class WholeReader(torch.nn.Module):  # type: ignore[misc]  # untyped library
        def __init__(self) -> None:
            super().__init__()
            self.lower = AutoModel.from_pretrained(model, attn_implementation="eager")
            self.lower.encoder.layer = self.lower.encoder.layer[:FIRST_LAYER]
            self.upper = upper

        def forward(self, rows: Any, mask: Any) -> Any:
            hidden = self.lower(inputs_embeds=rows, attention_mask=mask).last_hidden_state
            return self.upper(hidden, mask)

    progress("converting the reader")
    example = {"rows": torch.randn(2, SHAPE, HIDDEN), "mask": torch.ones(2, SHAPE, dtype=torch.int64)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of transformers and torch about themselves, while the model is traced
        converted = openvino.convert_model(WholeReader().eval(), example_input=example)
    if precision == "int8":
        progress("quantising the reader")
        converted = _quantised(converted, model)
    unfinished = graph.parent.with_name(graph.parent.name + ".unfinished")
    unfinished.mkdir(parents=True, exist_ok=True)
    openvino.save_model(converted, unfinished / graph.name, compress_to_fp16=stored == "float32")
    unfinished.rename(graph.parent)
    return graph


def _quantised(converted: Any, model: Path) -> Any:
    """Return the graph in static int8, its ranges measured on questions over the calibration passages."""
    import nncf

    tokenizer, table = PieceTokenizer(model), TokenTable(model)
    passages = calibration_passages()

    def inputs(number: int) -> dict[str, Any]:
        question, *sentences = passages[number].split(". ")
        window = ReaderWindow("", "", [*sentences, passages[number - 1]])
        ids = np.array([encode(tokenizer.ids, question, window).ids], np.int64)
        return {"rows": table.rows(ids), "mask": np.ones_like(ids)}

    return nncf.quantize(
        converted,
        nncf.Dataset(range(len(passages)), inputs),
        model_type=nncf.ModelType.TRANSFORMER,
        subset_size=len(passages),
    )


def load_reader(
    settings: IndexSettings, embedder: Embedder, progress: Callable[[str], None] = lambda step: None
) -> GraphReader | None:
    """Return the settings' reader, prepared if need be; None where they name none. Raises ModelUnavailable.

    It shares tokenizer and token rows with the bundled embedder. With another embedder only a reader that the settings
    name by its folder is used: which sentences it is shown, and what its word weighs, was fitted with the bundled one.
    """
    is_bundled = isinstance(embedder, OpenVinoEmbedder)
    if not settings.reader or (settings.reader == BUNDLED_READER and not is_bundled):
        return None
    weights = SHIPPED if settings.reader == BUNDLED_READER else Path(settings.reader)
    model, precision = prepare_model(settings.models / MODEL_NAME, progress), best_precision()
    graph = prepare(model, weights, precision, progress)
    if isinstance(embedder, OpenVinoEmbedder):
        return GraphReader(embedder.tokenizer, embedder.token_table, graph, precision)
    return GraphReader(PieceTokenizer(model), TokenTable(model), graph, precision)


class GraphReader:
    """The reader's graph behind the Reader seam. Safe to use from several threads; compiled when it first reads."""

    def __init__(self, tokenizer: PieceTokenizer, table: TokenTable, graph: Path, precision: str) -> None:
        self.name = graph.parent.name.rpartition("-")[2]  # of its weights, whatever precision they run in
        self._tokenize = lru_cache(maxsize=4096)(tokenizer.ids)
        self._table = table
        self._graph = graph, precision
        self._reading = threading.Lock()

    @cached_property
    def _queue(self) -> Any:
        return open_queue(*self._graph)

    def read(self, question: str, windows: Sequence[ReaderWindow]) -> list[WindowReading]:
        """Return one reading a window, in the order given; windows of like length go through the graph together."""
        encoded = [encode(self._tokenize, question, window) for window in windows]
        logits = self._run(encoded)
        return [
            pooled(logits[number], encoded[number].spans, len(window.sentences))
            for number, window in enumerate(windows)
        ]

    def _run(self, encoded: Sequence[Encoded]) -> list[npt.NDArray[np.float32]]:
        results: list[npt.NDArray[np.float32]] = [np.empty((0, 5), np.float32)] * len(encoded)
        order = sorted(range(len(encoded)), key=lambda number: -len(encoded[number].ids))

        def keep(request: Any, numbers: list[int]) -> None:
            logits = request.get_output_tensor(0).data
            for line, number in enumerate(numbers):
                results[number] = logits[line, : len(encoded[number].ids)].copy()

        with self._reading:
            self._queue.set_callback(keep)
            for start in range(0, len(order), BATCH):
                numbers = order[start : start + BATCH]
                self._queue.start_async(self._inputs([encoded[number].ids for number in numbers]), numbers)
            self._queue.wait_all()
        return results

    def _inputs(self, texts: Sequence[list[int]]) -> list[Any]:
        padded, mask = pad(texts)
        return [self._table.rows(padded), mask]
