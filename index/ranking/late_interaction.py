"""Late interaction with the bundled model's own token vectors: the engine's second stage.

MaxSim as in ColBERT (Khattab & Zaharia 2020): the mean over the query's tokens of the best passage token. The query's
tokens are float32, a passage keeps only the signs of its mean-centred token vectors: one bit a dimension, 48 bytes a
token at 384 dimensions. The centre is the mean token vector of the calibration passages: it belongs to the model, not
to the collection, so codes never need to be made again when documents come and go.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from index.types import Codes, Vectors

VERSION: Final = "signs-1"
_TILE: Final = 16  # query tokens are filled up to a multiple: what BLAS multiplies at once
_SIGNS: Final = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).astype(np.float32) * 2 - 1  # of a byte


def mean_token(tokens: Iterable[Vectors]) -> Vectors:
    """Return the mean token vector, float32 of shape (dimension,)."""
    joined: Vectors = np.concatenate(list(tokens)).mean(axis=0, dtype=np.float64).astype(np.float32)
    return joined


def encode(tokens: Vectors, centre: Vectors) -> Codes:
    """Return the signs of the centred token vectors, uint8 of shape (tokens, dimension / 8), most significant first."""
    codes: Codes = np.packbits(tokens > centre, axis=1)
    return codes


def centre_tokens(tokens: Vectors, centre: Vectors) -> Vectors:
    """Return a query's token vectors ready for `maxsim`: centred, each of length 1."""
    moved: Vectors = tokens - centre
    moved /= np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9)
    return moved


def maxsim(query: Vectors, passages: Sequence[Codes]) -> Vectors:
    """Return float32 of shape (len(passages),): how well each passage's tokens answer the query's, in [-1, 1].

    `query` is (tokens, dimension), of unit rows; a passage without tokens, or a query without, scores 0.
    """
    scores = np.zeros(len(passages), np.float32)
    filled = [number for number, codes in enumerate(passages) if len(codes)]
    if not filled or not len(query):
        return scores
    wide = np.zeros((query.shape[1], -(-len(query) // _TILE) * _TILE), np.float32)
    wide[:, : len(query)] = query.T
    longest, width = max(map(len, passages)), query.shape[1] // 8
    signs, products = np.empty((longest, width, 8), np.float32), np.empty((longest, wide.shape[1]), np.float32)
    best = np.empty((len(filled), wide.shape[1]), np.float32)
    for line, number in enumerate(filled):  # singly: the signs of one passage stay in the processor's cache
        codes = passages[number]
        own_signs, own_products = signs[: len(codes)], products[: len(codes)]
        np.take(_SIGNS, codes, axis=0, out=own_signs, mode="clip")  # "clip": else it writes to a copy first
        np.matmul(own_signs.reshape(len(codes), -1), wide, out=own_products)
        np.maximum.reduce(own_products, axis=0, out=best[line])
    scores[filled] = best[:, : len(query)].mean(axis=1) / np.sqrt(query.shape[1])  # √dimension: a sign vector's length
    return scores


def token_similarities(query: Vectors, codes: Codes) -> Vectors:
    """Return float32 of shape (query tokens, passage tokens): what `maxsim` takes the best of, in [-1, 1]."""
    bits = np.unpackbits(codes, axis=1, count=query.shape[1])
    products = query @ bits.astype(np.float32).T
    similarities: Vectors = (2 * products - query.sum(axis=1, keepdims=True)) / np.float32(np.sqrt(query.shape[1]))
    return similarities
