"""FAISS inverted lists, for collections that a flat search is too slow for (Jégou et al. 2011).

The lists hold bytes, a quarter of the vectors' size (8-bit scalar quantisation), in a file that is mapped; the best
they find are scored again from the full vectors, mapped as well. A filter widens the probing by as much as it leaves
out, and one that leaves few rows is answered exactly from their vectors alone, so that no true hit is lost to it.
Rows that came after the lists were made are searched exactly beside them.
"""

from __future__ import annotations

import math
import os
from typing import Any, Final, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from index.types import Hit, Rows, Selection, Vectors

PROBES: Final = 11  # times the root of their number: the lists looked into for a query without a filter
NARROW: Final = 1_000  # rows at most that are scored one by one: cheaper than probing for them
SPARE: Final = 2  # times k candidates are scored again with their full vectors
_TRAINED_ON: Final = 64  # vectors a list
_CHUNK: Final = 65_536


class InvertedLists(NamedTuple):
    """The inverted lists of the first `covered` vectors of a file."""

    index: Any
    covered: int


def build_lists(vectors: Vectors) -> InvertedLists:
    """Return inverted lists over all these vectors, which may be mapped; k-means on a sample finds their centres."""
    import faiss

    faiss.omp_set_num_threads(os.cpu_count() or 1)
    count, dimension = vectors.shape
    number = max(1, min(int(4 * math.sqrt(count)), count // 40))
    eight_bit = faiss.ScalarQuantizer.QT_8bit
    centres = faiss.IndexFlatIP(dimension)
    index = faiss.IndexIVFScalarQuantizer(centres, dimension, number, eight_bit, faiss.METRIC_INNER_PRODUCT, False)
    index.cp.niter, index.cp.spherical, index.cp.max_points_per_centroid = 8, True, _TRAINED_ON
    index.cp.min_points_per_centroid = 1
    sample = np.random.default_rng(0).choice(count, min(count, number * _TRAINED_ON), replace=False)
    index.train(np.ascontiguousarray(vectors[np.sort(sample)]))
    for start in range(0, count, _CHUNK):
        index.add(np.ascontiguousarray(vectors[start : start + _CHUNK]))
    return InvertedLists(index, count)


class InvertedIndex:
    """Inverted lists over a file of vectors, of which one generation's rows are searched.

    `file_rows` and `vectors` are the file's, `rows` (sorted, all in the file) those of the generation.
    """

    def __init__(self, rows: Rows, file_rows: Rows, vectors: Vectors, lists: InvertedLists) -> None:
        import faiss

        self._faiss = faiss
        self._rows, self._vectors, self._lists = rows, vectors, lists
        self._positions = np.searchsorted(file_rows, rows)  # of each row in the file
        self._is_whole = len(rows) == len(file_rows)
        self._file_rows = file_rows
        self._bits: WeakKeyDictionary[Selection, npt.NDArray[np.uint8]] = WeakKeyDictionary()
        self._all = Selection.of(rows, np.ones(len(rows), bool))

    def __len__(self) -> int:
        return len(self._rows)

    def search(self, vector: Vectors, k: int, within: Selection | None) -> list[Hit]:
        """Return k hits among the selected rows (None: every row), fewer only where there are fewer, best first."""
        selected = self._all if within is None else within
        k = min(k, len(selected))
        if k < 1:
            return []
        if len(selected) <= NARROW:
            positions = self._positions[selected.positions]
        else:
            positions = np.concatenate([self._probe(vector, SPARE * k, selected), self._tail(selected)])
            if len(positions) < k:  # the lists probed held too few of the selected rows
                positions = self._positions[selected.positions]
        scores = self._vectors[positions] @ vector
        best = np.lexsort((positions, -scores))[:k]
        return [Hit(int(self._file_rows[positions[number]]), float(scores[number])) for number in best]

    def scores(self, vector: Vectors, rows: Rows) -> Vectors:
        """Return the inner product with each row's vector, in the order given. Raises KeyError for an unknown row."""
        own = np.searchsorted(self._rows, rows)
        if len(rows) and not (own.max() < len(self._rows) and np.array_equal(self._rows[own], rows)):
            raise KeyError("a row that is not in the vector index")
        scores: Vectors = self._vectors[self._positions[own]] @ vector
        return scores

    def _probe(self, vector: Vectors, depth: int, selected: Selection) -> Rows:
        """Return the positions of the best candidates in the lists nearest to the vector."""
        bits = self._bits_of(selected)
        selector = self._faiss.IDSelectorBitmap(len(self._file_rows), self._faiss.swig_ptr(bits))
        number = self._lists.index.nlist
        probes = min(number, math.ceil(PROBES * math.sqrt(number * len(self._file_rows) / len(selected))))
        parameters = self._faiss.SearchParametersIVF(sel=selector, nprobe=probes)  # type: ignore[call-arg]  # stubs lack it
        self._faiss.omp_set_num_threads(1)
        _, nearest = self._lists.index.search(vector[None, :], depth, params=parameters)
        positions: Rows = nearest[0][nearest[0] >= 0]  # -1: the lists held fewer
        return positions

    def _tail(self, selected: Selection) -> Rows:
        """Return the positions of the selected rows that came after the lists were made."""
        if self._lists.covered == len(self._file_rows):
            return np.empty(0, np.int64)
        bits = np.unpackbits(self._bits_of(selected)[self._lists.covered // 8 :], bitorder="little")
        positions = np.flatnonzero(bits) + self._lists.covered // 8 * 8
        return positions[positions >= self._lists.covered]

    def _bits_of(self, selected: Selection) -> npt.NDArray[np.uint8]:
        """Return the selection as one bit a position in the file."""
        if self._is_whole:
            return selected.bits
        if selected not in self._bits:
            mask = np.zeros(len(self._file_rows), bool)
            mask[self._positions[selected.positions]] = True
            self._bits[selected] = np.packbits(mask, bitorder="little")
        return self._bits[selected]
