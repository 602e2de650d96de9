"""The fast CPU runtime: a sentence-transformers folder turned once into an OpenVINO graph, behind the usual API.

Where the processor multiplies bytes natively (VNNI, AMX) the graph is static int8: post-training quantisation as in
Jacob et al. 2018, by nncf, on the calibration passages beside this file. Elsewhere it stays float32: without VNNI the
int8 kernels saturate (cosine 0.991 to float32) and are slower than float32 (7.8 against 9.0 passages/s on AVX2). The
two agree to 0.995 at least, so an index built with one is served with the other. Figures: benchmarks/README.md.

`GraphTransformer` stands where sentence-transformers' own Transformer stands, so pooling, normalisation and `encode`
are the library's.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from index.errors import ModelUnavailable

THREADS = 2
STREAMS = {"int8": 2, "float32": 1}  # two streams of one thread are faster for int8; for float32 one of two, 9.0 to 8.5
MICRO_BATCH = 8  # what one stream takes at a time; sentence-transformers hands over longer, sorted batches
_CALIBRATION = Path(__file__).with_name("calibration.txt")
_BYTE_INSTRUCTIONS = frozenset({"avx512_vnni", "avx_vnni", "amx_int8", "i8mm"})


def calibration_passages() -> list[str]:
    """Return the passages the activation ranges are measured on: our own writing, six languages."""
    return [line for line in _CALIBRATION.read_text(encoding="utf-8").splitlines() if line.strip()]


def best_precision(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """Return "int8" where the processor says it multiplies bytes natively, else "float32"."""
    try:
        flags = set(cpuinfo.read_text(encoding="utf-8", errors="replace").split())
    except OSError:
        return "float32"
    return "int8" if flags & _BYTE_INSTRUCTIONS else "float32"


def prepare(folder: Path, precision: str, progress: Callable[[str], None] = lambda step: None) -> Path:
    """Write the graph beside the model in `folder` once and return its path. Raises ModelUnavailable."""
    graph = folder / f"openvino-{precision}" / "model.xml"
    if graph.is_file():
        return graph
    try:
        import openvino
        import torch
        from transformers import AutoModel, AutoTokenizer
    except ImportError as error:
        raise ModelUnavailable(
            f"The fast runtime needs `openvino` and `nncf` ({error}). Run `make install`."
        ) from error

    class LastHiddenState(torch.nn.Module):  # type: ignore[misc]  # untyped library
        def __init__(self) -> None:
            super().__init__()
            self.bert = AutoModel.from_pretrained(folder, attn_implementation="eager").eval()

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            return self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state

    progress("converting to OpenVINO")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    example = tokenizer(["passage: un exemple", "passage: ein längeres Beispiel"], return_tensors="pt", padding=True)
    inputs = {name: example[name] for name in ("input_ids", "attention_mask")}
    converted = openvino.convert_model(LastHiddenState(), example_input=inputs)
    if precision == "int8":
        progress("quantising to int8")
        converted = _quantise(converted, tokenizer)
    progress("writing the graph")
    unfinished = graph.parent.with_name(graph.parent.name + ".unfinished")
    unfinished.mkdir(parents=True, exist_ok=True)
    openvino.save_model(converted, unfinished / graph.name, compress_to_fp16=precision == "float32")
    unfinished.rename(graph.parent)
    return graph


def _quantise(converted: Any, tokenizer: Any) -> Any:
    import nncf

    def features(text: str) -> dict[str, Any]:
        encoded = tokenizer([f"passage: {text}"], return_tensors="np", truncation=True)
        return {name: encoded[name] for name in ("input_ids", "attention_mask")}

    passages = calibration_passages()
    return nncf.quantize(
        converted,
        nncf.Dataset(passages, features),
        model_type=nncf.ModelType.TRANSFORMER,
        subset_size=len(passages),
    )


def _compile(graph: Path) -> tuple[Any, Any]:
    """Return the compiled graph and a queue of requests, one a stream."""
    import openvino

    streams = STREAMS[graph.parent.name.removeprefix("openvino-")]
    how = {"NUM_STREAMS": streams, "INFERENCE_NUM_THREADS": THREADS, "CACHE_DIR": str(graph.parent / "cache")}
    compiled = openvino.Core().compile_model(str(graph), "CPU", how)
    return compiled, openvino.AsyncInferQueue(compiled, streams)


def load(folder: Path, graph: Path) -> Any:
    """Return a SentenceTransformer whose first module runs the graph; pooling and prompts stay the folder's."""
    with ThreadPoolExecutor(1) as beside:  # the graph is compiled while the libraries, the slower part, are imported
        compiling = beside.submit(_compile, graph)
        import torch
        from sentence_transformers import SentenceTransformer
        from sentence_transformers.base.modules import InputModule
        from sentence_transformers.sentence_transformer.modules import Normalize, Pooling
        from transformers import AutoTokenizer

    class GraphTransformer(InputModule):  # type: ignore[misc]  # the library is untyped here
        """Token vectors from the graph; micro-batches go to both streams, each padded no longer than it must."""

        def __init__(self) -> None:
            super().__init__()
            self.tokenizer = AutoTokenizer.from_pretrained(folder)
            self._compiled, self._queue = compiling.result()
            self._queue_lock = threading.Lock()
            self._own = threading.local()
            self.max_seq_length = self.tokenizer.model_max_length

        def preprocess(self, inputs: Sequence[str], prompt: str | None = None, **_: Any) -> dict[str, Any]:
            texts = [f"{prompt or ''}{text}" for text in inputs]
            encoded = self.tokenizer(texts, truncation=True, padding=True, return_tensors="pt")
            return {name: encoded[name] for name in ("input_ids", "attention_mask")}

        def forward(self, features: dict[str, Any], **_: Any) -> dict[str, Any]:
            ids, mask = features["input_ids"].numpy(), features["attention_mask"].numpy()
            tokens = np.zeros((*ids.shape, self.get_embedding_dimension()), np.float32)
            starts = range(0, len(ids), MICRO_BATCH)
            lengths = [int(mask[start : start + MICRO_BATCH].sum(1).max()) for start in starts]
            parts = [(slice(start, start + MICRO_BATCH), length) for start, length in zip(starts, lengths, strict=True)]
            if len(parts) == 1:
                (part, length) = parts[0]
                tokens[part, :length] = self._request().infer([ids[:, :length], mask[:, :length]])[0]
            else:
                self._run_all(parts, ids, mask, tokens)
            return features | {"token_embeddings": torch.from_numpy(tokens)}

        def _run_all(self, parts: list[tuple[slice, int]], ids: Any, mask: Any, tokens: Any) -> None:
            def keep(request: Any, place: tuple[slice, int]) -> None:
                tokens[place[0], : place[1]] = request.get_output_tensor(0).data

            with self._queue_lock:
                self._queue.set_callback(keep)
                for part, length in parts:
                    self._queue.start_async([ids[part, :length], mask[part, :length]], (part, length))
                self._queue.wait_all()

        def _request(self) -> Any:
            """Return this thread's own request: queries of several threads run side by side."""
            if not hasattr(self._own, "request"):
                self._own.request = self._compiled.create_infer_request()
            return self._own.request

        def get_embedding_dimension(self) -> int:
            return int(self._compiled.output(0).partial_shape[2].get_length())

        def save(self, output_path: str, *args: Any, **kwargs: Any) -> None:
            raise NotImplementedError("The graph is derived: save the folder it was made from.")

    transformer = GraphTransformer()
    return SentenceTransformer(
        modules=[transformer, Pooling(transformer.get_embedding_dimension(), pooling_mode="mean"), Normalize()],
        prompts={"query": "query: ", "document": "passage: "},
        device="cpu",
    )
