"""The reader's weights come back as written, and its graph reads as the network that was trained."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from index.dense.bundled_model import MODEL_NAME
from index.dense.openvino_runtime import OpenVinoEmbedder
from index.dense.token_table import TokenTable
from index.errors import ModelUnavailable
from index.ranking.reader import ReaderWindow, encode, pooled
from index.ranking.reader_model import (
    FIRST_LAYER,
    SHIPPED,
    WEIGHTS,
    GraphReader,
    load_reader,
    network,
    prepare,
    read_weights,
    write_weights,
)
from index.settings import IndexSettings
from service.answering.answer_model import SHIPPED as SHIPPED_MODEL
from tests.conftest import HashEmbedder

WINDOWS = [
    ReaderWindow("Guide", "Impôt", ["Le salaire est imposé en Suisse.", "La rétrocession est de 4,5 %."]),
    ReaderWindow("", "", ["Le tram s'arrête au pont."]),
    ReaderWindow("Note", "", ["Un mot. " * 200, "Jamais lu."]),
]


def test_a_matrix_comes_back_to_half_a_step_and_a_vector_as_it_was(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    state = {"matrix": rng.normal(size=(20, 30)).astype(np.float32), "vector": rng.normal(size=7).astype(np.float32)}
    write_weights(tmp_path / WEIGHTS, state)
    read = read_weights(tmp_path / WEIGHTS)
    step = np.abs(state["matrix"]).max(axis=1, keepdims=True) / 127
    assert (np.abs(read["matrix"] - state["matrix"]) <= step / 2 + 1e-6).all()
    assert np.array_equal(read["vector"], state["vector"])


def test_weights_that_cannot_be_read_are_an_error_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / WEIGHTS).write_bytes(b"not safetensors")
    with pytest.raises(ModelUnavailable, match="cannot be read"):
        read_weights(tmp_path / WEIGHTS)


def test_the_graph_reads_as_the_network_does_alone_or_in_a_batch(
    models: Path, bundled: OpenVinoEmbedder, tmp_path: Path
) -> None:
    import torch
    from transformers import AutoModel

    model = models / MODEL_NAME
    torch.manual_seed(3)
    upper = network(model).eval()
    write_weights(tmp_path / WEIGHTS, {name: tensor.numpy() for name, tensor in upper.state_dict().items()})
    reader = GraphReader(bundled.tokenizer, TokenTable(model), prepare(model, tmp_path, "float32"), "float32")
    lower = AutoModel.from_pretrained(model).eval()
    lower.encoder.layer = lower.encoder.layer[:FIRST_LAYER]
    read = reader.read("Où est imposé le salaire ?", WINDOWS)
    alone = [reader.read("Où est imposé le salaire ?", [window])[0] for window in WINDOWS]
    for window, reading, again in zip(WINDOWS, read, alone, strict=True):
        encoded = encode(bundled.tokenizer.ids, "Où est imposé le salaire ?", window)
        ids = torch.tensor([encoded.ids])
        with torch.inference_mode():
            logits = upper(lower(input_ids=ids).last_hidden_state, torch.ones_like(ids))[0].numpy()
        expected = pooled(logits, encoded.spans, len(window.sentences))
        assert np.allclose(reading.answers, expected.answers, atol=0.1)
        assert np.allclose(reading.contradictions, expected.contradictions, atol=0.1)
        assert np.allclose(reading.answers, again.answers, atol=1e-2)
    assert reader.read("Rien à lire ?", []) == []


def test_the_settings_name_a_reader_or_none(models: Path, bundled: OpenVinoEmbedder) -> None:
    assert load_reader(IndexSettings(models=models, reader=""), bundled) is None
    shipped = load_reader(IndexSettings(models=models), bundled)
    assert shipped is not None
    (reading,) = shipped.read("Où est imposé le salaire ?", WINDOWS[:1])
    assert reading.answers.argmax() == 0
    wanted = json.loads(SHIPPED_MODEL.read_text(encoding="utf-8"))["reader"]
    assert shipped.name == wanted  # answers were fitted with what it says


def test_another_embedder_has_no_reader_unless_its_folder_is_named(models: Path) -> None:
    assert load_reader(IndexSettings(models=models), HashEmbedder()) is None
    named = IndexSettings(models=models, reader=str(SHIPPED))
    assert load_reader(named, HashEmbedder()) is not None


def test_a_folder_without_weights_is_an_error_with_the_remedy(models: Path, bundled: OpenVinoEmbedder) -> None:
    with pytest.raises(ModelUnavailable, match="PASSERELLE_READER"):
        load_reader(IndexSettings(models=models, reader="/nowhere"), bundled)
