"""The made-up index of one size in one database: filled once, or gone on with, and what that took."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.costs import descendants, smaps_mb
from benchmarks.synthetic import Spectrum, fill
from index.dense.bundled_model import MODEL_NAME
from index.lexical.analysis import VERSION
from index.ranking import late_interaction as late
from index.settings import IndexSettings
from index.store.current_index import places_of
from index.store.opening import open_store
from index.store.store import Store
from tests.postgresql import USER, running_server

# What an operator of a machine of this size would set: the rest is PostgreSQL's own choice.
SETTINGS = (
    "shared_buffers=2GB",
    "maintenance_work_mem=1500MB",
    "max_wal_size=8GB",
    "checkpoint_timeout=30min",
    "max_parallel_maintenance_workers=2",
)


@dataclass(frozen=True)
class Built:
    """One index: where it is, and the process of its server where that is known (0: it is none of ours)."""

    settings: IndexSettings
    server: int = 0

    @property
    def engine(self) -> str:
        return "postgresql" if self.settings.database else "embedded"

    def recorded(self, **measured: float) -> dict[str, float]:
        """Return what was measured when the index was made: a figure once there stays."""
        path = self.settings.data / "made.json"
        known: dict[str, float] = json.loads(path.read_text()) if path.is_file() else {}
        known = measured | known
        path.write_text(json.dumps(known))
        return known

    def make(self, corpus: Path, passages: int, tokens: int) -> None:
        """Make the index unless it is there, from where an earlier run was broken off."""
        self.settings.data.mkdir(parents=True, exist_ok=True)
        if places_of(self.settings).holds("") and open_store(self.settings).count()[1] == passages:
            return
        began = time.perf_counter()
        with closing(Store(corpus)) as real, closing(open_store(self.settings, create=True)) as store:
            is_new = store.count()[0] == 0
            for name, value in (("embedder", MODEL_NAME), ("analysis", VERSION), ("token codes", late.VERSION)):
                store.require(name, value)
            centre = real.passage_table.token_centre()
            assert centre is not None, "the corpus has token codes"
            store.passage_table.record_token_centre(centre)
            fill(store, Spectrum.of(corpus), passages, tokens)
            store.database.connections.tidy()
        if is_new:  # else the time is that of a part
            self.recorded(made_s=time.perf_counter() - began)

    def bytes_each(self, passages: int) -> dict[str, float]:
        """Return the bytes a passage takes: in the database, its graph among them, and in the machine's own files."""
        files = {path: path.stat().st_size for path in self.settings.data.rglob("*") if path.is_file()}
        if not self.settings.database:
            stored = sum(size for path, size in files.items() if path.name.startswith(self.settings.store.name))
            return {"stored_bytes": stored / passages, "derived_bytes": (sum(files.values()) - stored) / passages}
        with psycopg.connect(self.settings.database) as connection:
            query = """SELECT pg_database_size(current_database()), coalesce(sum(pg_relation_size(indexrelid)), 0)
                FROM pg_stat_user_indexes WHERE indexrelname = 'passage_vectors_graph'"""
            stored, graph = map(int, connection.execute(query).fetchone() or (0, 0))
        return {
            "stored_bytes": stored / passages,
            "graph_bytes": graph / passages,
            "derived_bytes": sum(files.values()) / passages,
        }

    def server_mb(self) -> dict[str, int]:
        """Return the memory of all of the server's processes; what they share counts once."""
        if not self.server:
            return {}
        return {"server_mb": sum(smaps_mb(process)["pss_mb"] for process in (self.server, *descendants(self.server)))}


@contextmanager
def databases(chosen: argparse.Namespace, folder: Path, passages: int) -> Iterator[list[Built]]:
    """Yield the embedded index of this size, then that in PostgreSQL where one is chosen, none of them made yet."""
    common: dict[str, Any] = {
        "models": (chosen.corpus.parent / "models").resolve(),
        "thesaurus": Path(__file__).parents[1] / "corpus" / "thesaurus.ttl",
    }
    here = folder / str(passages)
    embedded = Built(IndexSettings(data=here / "embedded", **common))
    if not chosen.database:
        yield [embedded]
    elif "://" in chosen.database:
        yield [embedded, Built(IndexSettings(data=here / "client", database=chosen.database, **common))]
    else:
        with running_server(folder / "postgresql", SETTINGS) as server:
            name = f"scale_{passages}"
            address = server.address(name, USER) if server.has_database(name) else server.make_database(name)
            settings = IndexSettings(data=here / "client", database=address, **common)
            yield [embedded, Built(settings, server.process.pid)]
