"""`benchmarks/load.py` in small, over HTTP: nothing fails under load, a crowd past capacity is told to come back."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

from benchmarks.load import Answers, burst, steady
from index.types import Filter, Ranking
from service.app import create_app
from service.http.concurrency import ConcurrencyLimiter
from service.library.open_index import OpenIndex
from tests.service.conftest import make_parts
from tests.service.fakes import MemoryEngine, MemoryStore, OpenLibrary, WordEmbedder
from tests.service.resource_centre import resource_centre
from tests.service.serving import served


def test_clients_that_ask_one_after_the_other_all_get_answers(tmp_path: Path) -> None:
    questions = (f"tram {number}" for number in count())
    with served(create_app(make_parts(tmp_path))) as address:
        answers = asyncio.run(steady(address, questions, clients=8, seconds=60, most=150))
    assert dict(answers.statuses) == {200: 150}


@dataclass
class HeldEngine(MemoryEngine):
    """An engine that answers once the refusals have been told."""

    refused: threading.Event = field(default_factory=threading.Event)

    def search(
        self, query: str, k: int = 10, within: Filter | None = None, reader: str = "", *, as_typed: bool = False
    ) -> Ranking:
        assert self.refused.wait(60)
        return super().search(query, k, within, reader, as_typed=as_typed)


def test_past_capacity_one_is_refused_while_the_others_wait_and_these_are_answered(tmp_path: Path) -> None:
    capacity, crowd, refused = 6, 20, threading.Event()
    store = MemoryStore(resource_centre(), tmp_path)
    library = OpenLibrary(OpenIndex(HeldEngine(store, WordEmbedder(), refused=refused), store))
    parts = replace(make_parts(tmp_path), library=library, engine_limiter=ConcurrencyLimiter(2, capacity - 2))

    class Watched(Answers):
        def add(self, answer: object, seconds: float) -> None:
            super().add(answer, seconds)  # type: ignore[arg-type]
            if self.statuses[503] == crowd - capacity:
                refused.set()

    with served(create_app(parts)) as address:
        answers = asyncio.run(burst(address, (f"tram {number}" for number in count()), crowd, Watched()))
    assert dict(answers.statuses) == {200: capacity, 503: crowd - capacity}
    assert answers.without_retry_after == 0
