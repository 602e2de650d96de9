"""A sentence-transformers folder turned once into an OpenVINO graph, for `openvino_runtime` to run.

Where the processor multiplies bfloat16 in tiles (AMX) the float32 graph runs in that precision: as fast as static int8
there (113 to 118 passages a core-second pair) and next to exact (cosine 0.9999). Where it multiplies bytes natively
(VNNI) the graph is static int8: post-training quantisation as in Jacob et al. 2018, by nncf, on the calibration
passages beside this file. Elsewhere it stays float32: without VNNI the int8 kernels saturate (cosine 0.991 to float32)
and are slower than float32 (7.8 against 9.0 passages/s on AVX2). All agree to 0.995 at least, so an index built with
one is served with the other. Figures: benchmarks/README.md.

The graph takes token rows, not token ids: `token_table` says why.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from index.dense.calibration import calibration_passages
from index.dense.token_table import TokenTable
from index.errors import ModelUnavailable

_VERSION: Final = "3"  # of how graphs are made; another one is made anew beside the old
_BYTE_INSTRUCTIONS: Final = frozenset({"avx512_vnni", "avx_vnni", "amx_int8", "i8mm"})


def best_precision(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """Return "bfloat16" where the processor multiplies it in tiles, "int8" where bytes natively, else "float32"."""
    try:
        flags = set(cpuinfo.read_text(encoding="utf-8", errors="replace").split())
    except OSError:
        return "float32"
    if "amx_bf16" in flags:
        return "bfloat16"
    return "int8" if flags & _BYTE_INSTRUCTIONS else "float32"


def convert(folder: Path, precision: str, progress: Callable[[str], None] = lambda step: None) -> Path:
    """Write the graph beside the model in `folder` once and return its path. Raises ModelUnavailable."""
    stored = "int8" if precision == "int8" else "float32"
    graph = folder / f"openvino-{stored}-{_VERSION}" / "model.xml"
    if graph.is_file():
        return graph
    try:
        import openvino
        from transformers import AutoTokenizer
    except ImportError as error:
        raise ModelUnavailable(
            f"The fast runtime needs `openvino` and `nncf` ({error}). Run `make install`."
        ) from error
    progress("converting to OpenVINO")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = _last_hidden_state(folder)
    example = tokenizer(["passage: un exemple", "passage: ein längeres Beispiel"], return_tensors="pt", padding=True)
    inputs = {"rows": model.bert.embeddings.word_embeddings(example["input_ids"]), "mask": example["attention_mask"]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of transformers and torch about themselves, while the model is traced
        converted = openvino.convert_model(model, example_input=inputs)
    if precision == "int8":
        progress("quantising to int8")
        converted = _quantise(converted, tokenizer, TokenTable(folder))
    progress("writing the graph")
    unfinished = graph.parent.with_name(graph.parent.name + ".unfinished")
    unfinished.mkdir(parents=True, exist_ok=True)
    openvino.save_model(converted, unfinished / graph.name, compress_to_fp16=stored == "float32")
    unfinished.rename(graph.parent)
    return graph


def _last_hidden_state(folder: Path) -> Any:
    """Return the torch module that gives a text's token vectors, from the rows of its tokens and their mask."""
    import torch
    from transformers import AutoModel

    class LastHiddenState(torch.nn.Module):  # type: ignore[misc]  # untyped library
        def __init__(self) -> None:
            super().__init__()
            self.bert = AutoModel.from_pretrained(folder, attn_implementation="eager").eval()

        def forward(self, rows: Any, mask: Any) -> Any:
            return self.bert(inputs_embeds=rows, attention_mask=mask).last_hidden_state

    return LastHiddenState()


def _quantise(converted: Any, tokenizer: Any, table: TokenTable) -> Any:
    import nncf

    def features(text: str) -> dict[str, Any]:
        encoded = tokenizer([text], return_tensors="np", truncation=True)
        return {"rows": table.rows(encoded["input_ids"]), "mask": encoded["attention_mask"]}

    # Both roles: measured on passages alone, the ranges cost a short query up to 0.007 of cosine (0.9928; now 0.9969).
    passages = calibration_passages()
    texts = [f"passage: {text}" for text in passages] + [f"query: {text.split('. ')[0]}" for text in passages]
    return nncf.quantize(
        converted,
        nncf.Dataset(texts, features),
        model_type=nncf.ModelType.TRANSFORMER,
        subset_size=len(texts),
    )
