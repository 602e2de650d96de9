"""The bundled encoder's first layers, which training leaves as they are, run in int8 as they are served."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.dense.calibration import calibration_passages
from index.dense.openvino_runtime import pad
from index.ranking.reader_model import FIRST_LAYER


class LowerLayers:
    """Token ids to what the first layers make of them; the graph is made once below `folder`."""

    def __init__(self, model: Path, folder: Path, threads: int) -> None:
        import openvino

        path = folder / f"lower-{FIRST_LAYER}.xml"
        if not path.is_file():
            _write(model, path)
        settings = {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32"}
        self._request: Any = openvino.Core().compile_model(str(path), "CPU", settings).create_infer_request()

    def __call__(self, texts: Sequence[list[int]]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Return float32 of shape (texts, tokens, hidden) and the mask of what is not padding, (texts, tokens)."""
        ids, mask = pad(texts)
        return np.array(self._request.infer([ids, mask])[0]), mask.astype(np.float32)


def _write(model: Path, path: Path) -> None:
    import nncf
    import openvino
    import torch
    from transformers import AutoModel, AutoTokenizer

    class Lower(torch.nn.Module):  # type: ignore[misc]  # untyped library
        def __init__(self) -> None:
            super().__init__()
            self.bert = AutoModel.from_pretrained(model, attn_implementation="eager").eval()
            self.bert.encoder.layer = self.bert.encoder.layer[:FIRST_LAYER]

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            return self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state

    tokenizer = AutoTokenizer.from_pretrained(model)

    def inputs(text: str) -> dict[str, Any]:
        encoded = tokenizer([text], return_tensors="np", truncation=True)
        return {name: encoded[name] for name in ("input_ids", "attention_mask")}

    example = tokenizer(["passage: un exemple", "passage: ein längeres Beispiel"], return_tensors="pt", padding=True)
    converted = openvino.convert_model(
        Lower(), example_input={name: example[name] for name in ("input_ids", "attention_mask")}
    )
    passages = calibration_passages()
    texts = [f"passage: {text}" for text in passages]
    texts += [f"query: {text.split('. ')[0]} passage: {text}" for text in passages]
    dataset = nncf.Dataset(texts, inputs)
    quantised = nncf.quantize(converted, dataset, model_type=nncf.ModelType.TRANSFORMER, subset_size=len(texts))
    path.parent.mkdir(parents=True, exist_ok=True)
    openvino.save_model(quantised, path)
