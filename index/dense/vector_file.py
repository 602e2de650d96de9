"""The vectors in files of their own, in order of row, for collections too large to be read at each start.

Derived from the store like the lexical index: the files know the store and the generation they are of, take over the
difference, and are made anew when they belong to another store or are damaged. They are only ever appended to or
replaced, never changed, so a generation opened earlier goes on reading what it mapped.
"""

from __future__ import annotations

import logging
import shutil
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np

from index.dense.flat import FlatIndex
from index.dense.inverted_lists import InvertedIndex, InvertedLists, build_lists
from index.store.checksums import crc32_of, read_sealed, write_sealed
from index.store.filter_columns import FilterColumns
from index.store.locks import exclusive_lock
from index.store.store import Store
from index.types import Rows, VectorIndex, Vectors

MAX_FLAT_ROWS: Final = 20_000  # rows searched flat: 4 ms on one core (benchmarks/README.md); past it, inverted lists
MAX_TAIL_SHARE: Final = 0.2  # share of the vectors that may be outside the lists before these are made anew
MAX_REMOVED_SHARE: Final = 0.25  # share of rows no longer in the store before the files are written anew
VERSION: Final = 1
_BATCH: Final = 8192  # vectors written at a time
_LOG: Final = logging.getLogger("passerelle.index")


def open_vectors(folder: Path, store: Store, columns: FilterColumns, max_flat_rows: int = MAX_FLAT_ROWS) -> VectorIndex:
    """Return an index over the columns' rows, of the kind that suits their number."""
    if len(columns.rows) <= max_flat_rows:
        shutil.rmtree(folder, ignore_errors=True)
        return FlatIndex(*store.passage_table.vectors())
    return VectorFile(folder).open(store, columns)


class VectorFile:
    """One folder: `rows` and `vectors`, appended to, `lists` over the first of them, and `state` about all of them."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._state_file = folder, folder / "state"

    def open(self, store: Store, columns: FilterColumns) -> InvertedIndex:
        """Bring the files up to the store as it stands and return an index over the columns' rows."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with exclusive_lock(self._folder / "lock"):
            state = read_sealed(self._state_file)
            if fault := self.fault(store):
                _LOG.log(logging.WARNING if state else logging.INFO, "%s: made anew (%s)", self._folder, fault)
                state = self._empty_state(store)
            elif state["count"] - len(columns.rows) > MAX_REMOVED_SHARE * state["count"]:
                state = self._empty_state(store)
            if state["generation"] != store.generation:
                state = self._append(store, state)
            if state["count"] - state["listed"] > MAX_TAIL_SHARE * state["count"]:
                state = self._make_lists(state)
            write_sealed(self._state_file, state)
            rows, vectors = self._map(state)
            return InvertedIndex(columns.rows, np.array(rows), vectors, self._open_lists(state))

    def fault(self, store: Store) -> str:
        """Say why these files are made anew and not built upon; "" when they are sound."""
        state = read_sealed(self._state_file)
        if not state:
            return "there are none"
        if (state["lineage"], state["version"]) != (store.lineage, VERSION):
            return "they were made from another store, or in another way"
        if state["generation"] > store.database.newest_generation():
            return "they are ahead of their store"
        for name in ("rows", "vectors", *(["lists"] if state["listed"] else [])):
            try:
                checksum = crc32_of(self._path(state, name), state["sizes"][name])
            except OSError:
                return f"`{name}` is missing"
            if checksum != state["sums"][name]:
                return f"`{name}` is damaged"
        return ""

    def _empty_state(self, store: Store) -> dict[str, Any]:
        """Return the state of empty files, under new names: readers keep what they mapped."""
        series = int(read_sealed(self._state_file).get("series", 0)) + 1
        for old in self._folder.glob("*.*"):
            old.unlink()
        return {
            "version": VERSION,
            "lineage": store.lineage,
            "series": series,
            "generation": -1,
            "row": 0,
            "count": 0,
            "listed": 0,
            "dimension": 0,
            "sizes": {"rows": 0, "vectors": 0, "lists": 0},
            "sums": {"rows": 0, "vectors": 0, "lists": 0},
        }

    def _append(self, store: Store, state: dict[str, Any]) -> dict[str, Any]:
        """Write the vectors of the rows that came since."""
        sizes, sums = dict(state["sizes"]), dict(state["sums"])
        row, count, dimension = state["row"], state["count"], state["dimension"]
        with self._open_at_end(state, "rows") as rows_file, self._open_at_end(state, "vectors") as vectors_file:
            for rows, vectors in _batches(store.passage_table.iterate_vectors_after(row)):
                row, count, dimension = int(rows[-1]), count + len(rows), vectors.shape[1]
                for name, file, content in (
                    ("rows", rows_file, rows.tobytes()),
                    ("vectors", vectors_file, vectors.tobytes()),
                ):
                    file.write(content)
                    sizes[name] += len(content)
                    sums[name] = zlib.crc32(content, sums[name])
        return state | {
            "generation": store.generation,
            "row": row,
            "count": count,
            "dimension": dimension,
            "sizes": sizes,
            "sums": sums,
        }

    def _make_lists(self, state: dict[str, Any]) -> dict[str, Any]:
        """Make the inverted lists anew over every vector there is."""
        import faiss

        began = time.perf_counter()
        _, vectors = self._map(state)
        lists = build_lists(vectors)
        path = self._path(state | {"listed": lists.covered}, "lists")
        faiss.write_index(lists.index, str(path))
        for old in self._folder.glob("lists*"):
            if old != path:
                old.unlink()
        _LOG.info("inverted lists over %d vectors made in %.0f s", lists.covered, time.perf_counter() - began)
        size = path.stat().st_size
        return state | {
            "listed": lists.covered,
            "sizes": state["sizes"] | {"lists": size},
            "sums": state["sums"] | {"lists": crc32_of(path)},
        }

    def _open_lists(self, state: dict[str, Any]) -> InvertedLists:
        import faiss

        index: Any = faiss.read_index(str(self._path(state, "lists")), faiss.IO_FLAG_MMAP)
        mapped: Any = faiss.downcast_InvertedLists(index.invlists)
        mapped.prefetch_nthread = 0  # else 32 threads a query
        return InvertedLists(index, state["listed"])

    def _map(self, state: dict[str, Any]) -> tuple[Rows, Vectors]:
        shape = (state["count"], state["dimension"])
        rows = np.memmap(self._path(state, "rows"), np.int64, "r", shape=shape[:1])
        return rows, np.memmap(self._path(state, "vectors"), np.float32, "r", shape=shape)

    def _path(self, state: dict[str, Any], name: str) -> Path:
        part = f"-{state['listed']}" if name == "lists" else ""
        return self._folder / f"{name}{part}.{state['series']}"

    @contextmanager
    def _open_at_end(self, state: dict[str, Any], name: str) -> Iterator[Any]:
        """Open a file to be written behind what its state counts; a killed writer's rest is overwritten."""
        path = self._path(state, name)
        path.touch()
        with path.open("r+b") as file:
            file.truncate(state["sizes"][name])
            file.seek(0, 2)
            yield file


def _batches(stored: Iterator[tuple[int, bytes]]) -> Iterator[tuple[Rows, Vectors]]:
    """Gather rows and vectors, some thousands at a time."""
    rows: list[int] = []
    vectors: list[bytes] = []
    for row, vector in stored:
        rows.append(row)
        vectors.append(vector)
        if len(rows) == _BATCH:
            yield _to_arrays(rows, vectors)
            rows, vectors = [], []
    if rows:
        yield _to_arrays(rows, vectors)


def _to_arrays(rows: list[int], vectors: list[bytes]) -> tuple[Rows, Vectors]:
    return np.array(rows, np.int64), np.frombuffer(b"".join(vectors), np.float32).reshape(len(rows), -1)
