"""The token table gives the very rows that the bundled model is made of."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from index.dense.token_table import BLOCK, TokenTable, dequantised, write_rows


def test_a_block_gives_its_weights_in_the_files_order() -> None:
    block = np.zeros(1, BLOCK)
    block["scale"] = 0.5
    block["nibbles"][0] = [*([0x98] * 15), 0x0F]  # low nibbles first: 8 is 0, 15 is 7; high ones: 9 is 1, 0 is -8
    weights = dequantised(block)[0]
    assert weights.tolist() == [*([0.0] * 15), 3.5, *([0.5] * 15), -4.0]


def test_rows_come_in_the_shape_of_the_ids(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    blocks = np.zeros((7, 2), BLOCK)
    blocks["scale"] = rng.random((7, 2))
    blocks["nibbles"] = rng.integers(0, 256, (7, 2, 16))
    write_rows(tmp_path, blocks)
    (tmp_path / "config.json").write_text('{"hidden_size": 64}')
    table = TokenTable(tmp_path)
    expected = dequantised(blocks).reshape(7, 64)
    ids = np.array([[6, 0, 6], [2, 5, 1]])
    assert len(table) == 7
    assert np.array_equal(table.rows(ids), expected[ids])
