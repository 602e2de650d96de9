"""The vectors in files of their own, in order of row, for collections too large to be read at each start.

Derived from the store like the lexical index: the files know the store and the generation they stand at, take over the
difference, and are made anew when they belong to another store or are damaged. They are only ever appended to or
replaced, never changed, so a generation opened earlier goes on reading what it mapped.
"""

from __future__ import annotations

import fcntl
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
from index.dense.inverted_lists import InvertedIndex, Lists, build_lists
from index.store.checksums import crc32_of, keep_sealed, kept_sealed
from index.store.columns import Columns
from index.store.documents import StoreReader
from index.types import Rows, VectorIndex, Vectors

FLAT_MOST: Final = 20_000  # rows searched flat: 4 ms on one core (benchmarks/README.md); past it, inverted lists
TAIL_MOST: Final = 0.2  # share of the vectors that may stand beside the lists before these are made anew
GONE_MOST: Final = 0.25  # share of rows no longer in the store before the files are written anew
VERSION: Final = 1
_PIECE: Final = 8192  # vectors written at a time
_LOG: Final = logging.getLogger("passerelle.index")


def open_vectors(folder: Path, store: StoreReader, columns: Columns, flat_most: int = FLAT_MOST) -> VectorIndex:
    """Return an index over the columns' rows, of the kind that suits their number."""
    if len(columns.rows) <= flat_most:
        shutil.rmtree(folder, ignore_errors=True)
        return FlatIndex(*store.vectors())
    return VectorFile(folder).open(store, columns)


class VectorFile:
    """One folder: `rows` and `vectors`, appended to, `lists` over the first of them, and `state` about all."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._state_file = folder, folder / "state"

    def open(self, store: StoreReader, columns: Columns) -> InvertedIndex:
        """Bring the files up to the store as it stands and return an index over the columns' rows."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._lock():
            state = kept_sealed(self._state_file)
            if fault := self.fault(store):
                _LOG.log(logging.WARNING if state else logging.INFO, "%s: made anew (%s)", self._folder, fault)
                state = self._fresh(store)
            elif state["count"] - len(columns.rows) > GONE_MOST * state["count"]:
                state = self._fresh(store)
            if state["generation"] != store.generation:
                state = self._append(store, state)
            if state["count"] - state["listed"] > TAIL_MOST * state["count"]:
                state = self._list(state)
            keep_sealed(self._state_file, state)
            rows, vectors = self._mapped(state)
            return InvertedIndex(columns.rows, np.array(rows), vectors, self._lists(state))

    def fault(self, store: StoreReader) -> str:
        """Say why these files are made anew and not built upon; "" when they are sound."""
        state = kept_sealed(self._state_file)
        if not state:
            return "there are none"
        if (state["lineage"], state["version"]) != (store.lineage, VERSION):
            return "they were made from another store, or in another way"
        if state["generation"] > store.newest_generation():
            return "they are ahead of their store"
        for name in ("rows", "vectors", *(["lists"] if state["listed"] else [])):
            try:
                found = crc32_of(self._path(state, name), state["sizes"][name])
            except OSError:
                return f"`{name}` is missing"
            if found != state["sums"][name]:
                return f"`{name}` is damaged"
        return ""

    def _fresh(self, store: StoreReader) -> dict[str, Any]:
        """Return the state of empty files, under new names: readers keep what they mapped."""
        series = int(kept_sealed(self._state_file).get("series", 0)) + 1
        for old in self._folder.glob("*.*"):
            old.unlink()
        empty = {"rows": 0, "vectors": 0, "lists": 0}
        return {
            **{"version": VERSION, "lineage": store.lineage, "series": series, "generation": -1},
            **{"row": 0, "count": 0, "listed": 0, "dimension": 0, "sizes": empty, "sums": dict(empty)},
        }

    def _append(self, store: StoreReader, state: dict[str, Any]) -> dict[str, Any]:
        """Write the vectors of the rows that came since."""
        sizes, sums = dict(state["sizes"]), dict(state["sums"])
        row, count, dimension = state["row"], state["count"], state["dimension"]
        with self._end_of(state, "rows") as rows_file, self._end_of(state, "vectors") as vectors_file:
            for rows, vectors in _pieces(store.vectors_after(row)):
                row, count, dimension = int(rows[-1]), count + len(rows), vectors.shape[1]
                for name, file, written in (
                    ("rows", rows_file, rows.tobytes()),
                    ("vectors", vectors_file, vectors.tobytes()),
                ):
                    file.write(written)
                    sizes[name] += len(written)
                    sums[name] = zlib.crc32(written, sums[name])
        made = {"generation": store.generation, "row": row, "count": count, "dimension": dimension}
        return state | made | {"sizes": sizes, "sums": sums}

    def _list(self, state: dict[str, Any]) -> dict[str, Any]:
        """Make the inverted lists anew over every vector there is."""
        import faiss

        began = time.perf_counter()
        _, vectors = self._mapped(state)
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

    def _lists(self, state: dict[str, Any]) -> Lists:
        import faiss

        index: Any = faiss.read_index(str(self._path(state, "lists")), faiss.IO_FLAG_MMAP)
        mapped: Any = faiss.downcast_InvertedLists(index.invlists)
        mapped.prefetch_nthread = 0  # else 32 threads a query
        return Lists(index, state["listed"])

    def _mapped(self, state: dict[str, Any]) -> tuple[Rows, Vectors]:
        shape = (state["count"], state["dimension"])
        rows = np.memmap(self._path(state, "rows"), np.int64, "r", shape=shape[:1])
        return rows, np.memmap(self._path(state, "vectors"), np.float32, "r", shape=shape)

    def _path(self, state: dict[str, Any], name: str) -> Path:
        part = f"-{state['listed']}" if name == "lists" else ""
        return self._folder / f"{name}{part}.{state['series']}"

    @contextmanager
    def _end_of(self, state: dict[str, Any], name: str) -> Iterator[Any]:
        """Open a file to be written behind what its state counts; a killed writer's rest is overwritten."""
        path = self._path(state, name)
        path.touch()
        with path.open("r+b") as file:
            file.truncate(state["sizes"][name])
            file.seek(0, 2)
            yield file

    @contextmanager
    def _lock(self) -> Iterator[None]:
        with (self._folder / "lock").open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield


def _pieces(found: Iterator[tuple[int, bytes]]) -> Iterator[tuple[Rows, Vectors]]:
    """Gather rows and vectors, some thousands at a time."""
    rows: list[int] = []
    vectors: list[bytes] = []
    for row, vector in found:
        rows.append(row)
        vectors.append(vector)
        if len(rows) == _PIECE:
            yield _piece(rows, vectors)
            rows, vectors = [], []
    if rows:
        yield _piece(rows, vectors)


def _piece(rows: list[int], vectors: list[bytes]) -> tuple[Rows, Vectors]:
    return np.array(rows, np.int64), np.frombuffer(b"".join(vectors), np.float32).reshape(len(rows), -1)
