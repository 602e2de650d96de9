"""What this processor can multiply at most, for the benchmarks of speed: a chain of large products, nothing between."""

from __future__ import annotations

import time
from typing import Any, Final

import numpy as np

from index.dense import openvino_runtime as runtime

ROWS: Final = 512
WIDTH: Final = 1536
LAYERS: Final = 6
RUNS: Final = 8


def flops(tokens: float, hidden: int = 384, inner: int = 1536, layers: int = 12) -> float:
    """Return the floating-point operations of one text in the bundled model: its products alone."""
    return layers * (2 * tokens * (4 * hidden**2 + 2 * hidden * inner) + 4 * tokens**2 * hidden)


def rates() -> dict[str, float]:
    """Return operations a second of two threads by precision, the best of five."""
    import nncf

    chain = _chain()
    data = nncf.Dataset([np.random.default_rng(1).random((ROWS, WIDTH), np.float32)])
    models = {"float32": (chain, "f32"), "bfloat16": (chain, "bf16")}
    models["int8"] = (nncf.quantize(chain, data, subset_size=1), "f32")
    return {precision: _rate(model, hint) for precision, (model, hint) in models.items()}


def _chain() -> Any:
    import openvino
    from openvino import opset13 as ops

    random = np.random.default_rng(0)
    given = made = ops.parameter([ROWS, WIDTH], np.float32)
    for _ in range(LAYERS):
        weights = random.standard_normal((WIDTH, WIDTH)).astype(np.float32) / np.float32(np.sqrt(WIDTH))
        made = ops.relu(ops.matmul(made, ops.constant(weights), False, True))
    return openvino.Model([made], [given])


def _rate(model: Any, hint: str) -> float:
    import openvino

    streams = runtime.THREADS
    how = {"NUM_STREAMS": streams, "INFERENCE_NUM_THREADS": streams, "INFERENCE_PRECISION_HINT": hint}
    queue = openvino.AsyncInferQueue(openvino.Core().compile_model(model, "CPU", how), streams)
    given = np.random.default_rng(2).random((ROWS, WIDTH), np.float32)
    seconds = []
    for _ in range(6):
        began = time.perf_counter()
        for _ in range(RUNS):
            queue.start_async([given])
        queue.wait_all()
        seconds.append(time.perf_counter() - began)
    return RUNS * LAYERS * 2 * ROWS * WIDTH**2 / min(seconds[1:])
