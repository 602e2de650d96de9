"""`python -m tests.faults.serving DATA PORT [WORKERS]`: the service as it runs, with a model that costs nothing.

The index is in the folder, or in PASSERELLE_DATABASE.

Everything is real but the embedder. A query that says "attends" waits until the pipe `DATA/gate` is closed by the test;
one that says "retiens" costs 2 kB for good: what a leak looks like.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from index.settings import IndexSettings
from index.store.current_index import current_settings
from index.wiring import open_engine
from service.__main__ import listen
from service.app import create_app
from service.http.metrics import Metrics
from service.library.integrity_check import check_integrity
from service.library.leader_lock import with_opening_lock
from service.library.open_index import OpenIndex
from service.library.reload import ReloadingLibrary
from service.settings import RateLimitSettings, Settings
from service.wiring import OPENS_WITHIN_S, Opener, build_parts, changes_of
from tests.faults.scenarios import OtherEmbedder, SmallEmbedder

_KEPT: list[bytes] = []


class Gated:
    """An embedder whose queries wait where the test wants it."""

    def __init__(self, embedder: SmallEmbedder, gate: Path) -> None:
        self._embedder, self._gate = embedder, gate
        self.name, self.dimension = embedder.name, embedder.dimension

    def embed_passages(self, texts: Any) -> Any:
        return self._embedder.embed_passages(texts)

    def embed_query(self, text: str) -> Any:
        if "attends" in text:
            self._gate.read_bytes()
        if "retiens" in text:
            _KEPT.append(os.urandom(2_000))
        return self._embedder.embed_query(text)


def application(settings: Settings, shared: Path | None) -> FastAPI:
    """Return the service with an embedder that costs nothing."""
    opener, data = Opener(settings), settings.index.data

    def open_index() -> OpenIndex:
        made_with = current_settings(settings.index).model
        embedder = Gated(OtherEmbedder() if made_with == "other" else SmallEmbedder(), data / "gate")
        engine = open_engine(settings.index, embedder)
        return OpenIndex(engine, engine.store)

    library = ReloadingLibrary(
        with_opening_lock(open_index, shared),
        current_index=opener.current_index,
        check_integrity=partial(check_integrity, settings.index),
        watch_changes=changes_of(settings),
        is_on_server=bool(settings.index.database),
        look_every_s=1.0 if settings.index.database else 0.02,  # several machines: as it runs
        patience_s=20.0 if settings.index.database else 0.1,
        check_every_s=0.2 if shared is None else 3600,
    )

    parts = build_parts(settings, library, Metrics(shared), shared)
    return create_app(parts, start=lambda: library.start(OPENS_WITHIN_S if shared else 0), stop=library.stop)


def main(data: Path, port: int, workers: int = 1) -> int:
    settings = Settings(
        index=IndexSettings(data=data, database=os.environ.get("PASSERELLE_DATABASE", "")),
        port=port,
        public_url=f"http://127.0.0.1:{port}",
        workers=workers,
        rate=RateLimitSettings(per_address=20, burst=20),
        open_metrics=True,
    )
    return listen(application, settings)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *map(int, sys.argv[2:])))
