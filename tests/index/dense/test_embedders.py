from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from index.dense import bundled_model
from index.dense.calibration import calibration_passages
from index.dense.embedders import load
from index.dense.model_conversion import best_precision
from index.dense.openvino_runtime import MAX_TOKENS, OpenVinoEmbedder
from index.errors import ModelUnavailable
from index.settings import IndexSettings
from tests.conftest import ROOT

REFERENCE = json.loads((Path(__file__).parent / "reference_vectors.json").read_text(encoding="utf-8"))


def test_vectors_agree_with_those_recorded_from_another_implementation_of_the_model(
    bundled: OpenVinoEmbedder,
) -> None:
    passages = bundled.embed_passages(REFERENCE["texts"])
    queries = np.stack([bundled.embed_query(text) for text in REFERENCE["texts"]])
    assert np.einsum("ij,ij->i", passages, REFERENCE["passages"]).min() >= 0.995
    assert np.einsum("ij,ij->i", queries, REFERENCE["queries"]).min() >= 0.995


def test_the_fast_runtime_agrees_with_float32_on_pytorch_in_six_languages(
    bundled: OpenVinoEmbedder, models: Path
) -> None:
    from sentence_transformers import SentenceTransformer

    texts = REFERENCE["texts"] + calibration_passages()[::3]
    plain = SentenceTransformer(str(models / bundled_model.MODEL_NAME), device="cpu")
    expected = plain.encode_document(texts, normalize_embeddings=True, show_progress_bar=False)
    assert np.einsum("ij,ij->i", bundled.embed_passages(texts), expected).min() >= 0.995
    queries = texts[::4]
    expected = plain.encode_query(queries, normalize_embeddings=True, show_progress_bar=False)
    assert np.einsum("ij,ij->i", np.stack([bundled.embed_query(text) for text in queries]), expected).min() >= 0.995


def test_rows_are_float32_of_length_one_and_the_same_text_has_the_same_vector(
    bundled: OpenVinoEmbedder,
) -> None:
    texts = ["un tram", "un tram qui passe le Rhin " * 200, "", "ein Krankenhaus"]
    vectors = bundled.embed_passages(texts)
    assert vectors.shape == (4, bundled.dimension) == (4, 384)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.allclose(bundled.embed_passages(texts[::-1])[::-1], vectors, atol=1e-4)
    assert bundled.embed_passages([]).shape == (0, 384)


def test_a_long_batch_split_over_both_streams_keeps_the_order(bundled: OpenVinoEmbedder) -> None:
    texts = [f"{number} " + "mot " * (number % 7) for number in range(21)]
    together = bundled.embed_passages(texts)
    alone = np.concatenate([bundled.embed_passages([text]) for text in texts])
    assert np.allclose(together, alone, atol=1e-4)


@pytest.mark.parametrize("words", [1, 9, 10, 11, 26, 27, 600])
def test_what_a_question_is_filled_up_with_adds_no_token(bundled: OpenVinoEmbedder, words: int) -> None:
    text = "tram " * words
    _, tokens = bundled.embed_query_tokens(text)
    assert len(tokens) == min(bundled.count_tokens([text])[0], MAX_TOKENS - 2 - bundled.count_tokens(["query:"])[0])


def test_tokens_are_counted_without_the_two_that_frame_a_text(bundled: OpenVinoEmbedder) -> None:
    assert bundled.count_tokens(["", "de"]) == [0, 1]
    assert bundled.count_tokens([]) == []


def test_a_model_that_cannot_be_had_is_an_error_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"PASSERELLE_MODEL.*bundled"):
        load(IndexSettings(model=str(tmp_path / "nowhere")))


def test_weights_that_differ_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundled_model, "WEIGHTS_SHA256", "0" * 64)
    with pytest.raises(ModelUnavailable, match="SHA-256"):
        bundled_model.prepare(tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_any_sentence_transformers_folder_can_be_used(models: Path, bundled: OpenVinoEmbedder) -> None:
    other = load(IndexSettings(model=str(models / bundled_model.MODEL_NAME)))
    assert other.name != bundled.name
    assert float(other.embed_query("un tram") @ bundled.embed_query("un tram")) >= 0.995


@pytest.mark.parametrize(
    ("flags", "precision"),
    [("fpu avx2 avx512_vnni", "int8"), ("avx512_vnni amx_bf16", "bfloat16"), ("fpu avx2 fma", "float32")],
)
def test_the_precision_is_the_one_the_processor_multiplies_natively(tmp_path: Path, flags: str, precision: str) -> None:
    (tmp_path / "cpuinfo").write_text(f"flags : {flags}\n")
    assert best_precision(tmp_path / "cpuinfo") == precision
    assert best_precision(tmp_path / "none") == "float32"


def test_tokens_are_those_of_the_library_also_where_a_text_is_too_long(bundled: OpenVinoEmbedder, models: Path) -> None:
    from transformers import AutoTokenizer

    texts = [*REFERENCE["texts"], "", "  deux  blancs ", "ﬁn\u00a0d’été\u200b", "mot " * 700, "数 Ωμέγα 🚋"]
    library = AutoTokenizer.from_pretrained(models / bundled_model.MODEL_NAME)
    stripped = [text.strip("\u200b ") for text in texts]  # blanks at an edge are no tokens here
    expected = library(stripped, truncation=True)["input_ids"]
    assert [ids.tolist() for ids in bundled.encode(texts)] == expected


def test_a_query_needs_neither_torch_nor_the_libraries_that_bring_it(models: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from index.dense.embedders import load_bundled;"
        "load_bundled(Path(sys.argv[1])).embed_query_tokens('un tram');"
        "sys.exit(any(name in sys.modules for name in ('torch', 'transformers', 'sentence_transformers')))"
    )
    assert subprocess.run([sys.executable, "-c", code, str(models)], cwd=ROOT, check=False).returncode == 0


def test_every_token_vector_has_the_place_it_was_read_from(bundled: OpenVinoEmbedder, models: Path) -> None:
    texts = ["La crèche d’Œting : 30 places.", "  deux  blancs ", "ﬁn\u00a0d’été", "mot " * 700, ""]
    other = load(IndexSettings(model=str(models / bundled_model.MODEL_NAME), models=models))
    for text, placed in zip(texts, bundled.passage_spans(texts), strict=True):
        (embedded,) = bundled.embed_passage_tokens([text])
        assert len(placed) == len(embedded.tokens)
        inside = [
            (max(0, start), end) for start, end in placed.tolist() if end > 0
        ]  # a blank of the prompt is the first's
        read = "".join(text[start:end] for start, end in inside)
        assert "".join(text.split()).startswith("".join(read.split()))
        assert len(bundled.query_spans(text)) == len(bundled.embed_query_tokens(text).tokens)
    ended = [text.rstrip() for text in texts if text]  # a blank at the end is a token of the library's alone
    assert [spans.tolist() for spans in other.passage_spans(ended)] == [
        spans.tolist() for spans in bundled.passage_spans([text for text in texts if text])
    ]
    assert other.query_spans(texts[0]).tolist() == bundled.query_spans(texts[0]).tolist()
