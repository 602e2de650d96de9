"""Search at any size: `python -m benchmarks.scale --passages 100000` makes an index of made-up passages and asks it.

Vectors have the spectrum of the corpus's, questions are the golden sets' real ones (benchmarks/synthetic.py). Measured:
p50 and p99 in process and through HTTP, by stage, recall@10 of the vector index against brute force, memory, bytes,
time to make and to open; all without a filter and with filters of 60 % to 0.1 %. A row each goes to `--rows` (JSON
lines), which `--plot` draws.

`--database postgresql` measures PostgreSQL as well, in the same run: a server of its own, run as an unprivileged user,
or with `postgresql://…` that one, its database empty or filled by an earlier run. Then the filter is widened step by
step, exact and by the graph: where one should give way to the other (`MAX_EXACT_ROWS` in index/postgresql/vectors.py).
`--data FOLDER` keeps what is made: a run that was broken off goes on there. The folder and those above it must be open
to all where root starts this. `--paper 10000000` works that size out from two that were measured.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from benchmarks.costs import quantiles, resident_mb, timed, until_examined
from benchmarks.rows import keep, known_rows
from benchmarks.scale_building import Built, databases
from benchmarks.scale_paper import on_paper
from benchmarks.scale_shown import plot, table, width_table
from benchmarks.scale_truth import brute_force
from benchmarks.scale_widths import measure_widths
from benchmarks.serving import served
from benchmarks.synthetic import real_questions
from index.documents import Audience, Kind
from index.engine import SearchEngine
from index.settings import IndexSettings
from index.types import Filter
from index.wiring import open_engine

HERE = Path(__file__).parent
MEMBERS = Filter(audience=Audience.MEMBER)
# What passes, in Python and as the API is asked for it; "by subject" is as narrow and full of neighbours.
FILTERS: dict[str, tuple[Filter, dict[str, Any]]] = {
    "none": (MEMBERS, {}),
    "60 %": (replace(MEMBERS, published_from=2020), {"published_from": 2020}),
    "60 %, by subject": (replace(MEMBERS, themes=frozenset({"transport"})), {"themes": ["transport"]}),
    "50 %": (Filter(), {}),
    "5 %": (replace(MEMBERS, kinds=frozenset({Kind.STUDY})), {"kinds": ["study"]}),
    "5 %, by subject": (replace(MEMBERS, themes=frozenset({"health"})), {"themes": ["health"]}),
    "0.5 %": (replace(MEMBERS, borders=frozenset({"DE-PL"})), {"borders": ["DE-PL"]}),
    "0.1 %": (replace(MEMBERS, borders=frozenset({"BE-NL"})), {"borders": ["BE-NL"]}),
}


def in_process(settings: IndexSettings, queries: Sequence[str]) -> tuple[list[dict[str, Any]], SearchEngine]:
    """Open the engine and ask every question under each filter, no words twice: those would not be embedded again."""
    stages: dict[str, list[float]] = defaultdict(list)
    began = time.perf_counter()
    engine = open_engine(settings, observe=lambda stage, seconds: stages[stage].append(seconds))
    opened = time.perf_counter() - began
    rows = []
    for name, (within, _) in FILTERS.items():
        first = timed(partial(engine.search, queries[0], 10, within))
        stages.clear()
        times = [timed(partial(engine.search, f"{q} {name}", 10, within)) for q in queries[1:]]
        p50, p99 = quantiles(times)
        each = {stage: round(statistics.median(times) * 1000, 2) for stage, times in stages.items()}
        row = {"filter": name, "first_ms": first * 1000, "p50_ms": p50, "p99_ms": p99, "stages_ms": each}
        rows.append(row | {"open_s": opened, "kind": type(engine.vectors).__name__} | resident_mb())
    return rows, engine


def recall(engine: SearchEngine, texts: Sequence[str]) -> list[float]:
    """Return recall@10 of the vector index under each filter."""
    queries = np.stack([engine.embedder.embed_query(text) for text in texts])
    filters = [within for within, _ in FILTERS.values()]
    chosen = [engine.columns.select(engine.store, within) for within in filters]
    truth = brute_force(engine.store, [selection.rows[selection.positions] for selection in chosen], queries)
    results = [
        [{hit.row for hit in engine.vectors.search(query, 100, selection)[:10]} for query in queries]
        for selection in chosen
    ]
    return [
        statistics.mean(len(a & b) / max(1, len(b)) for a, b in zip(got, true, strict=True))
        for got, true in zip(results, truth, strict=True)
    ]


def through_http(index: Built, queries: Sequence[str]) -> list[dict[str, Any]]:
    """Ask the real service every question under each filter, one after the other."""
    rows = []
    with served(index.settings) as (client, ready_s, process):
        until_examined(process)
        for name, (within, filters) in FILTERS.items():
            is_member = within.audience is Audience.MEMBER
            send = client if is_member else httpx.Client(base_url=client.base_url, timeout=60)

            def ask(query: str, send: httpx.Client = send, filters: dict[str, Any] = filters) -> None:
                send.post("/api/v1/search", json={"query": query, "filters": filters}).raise_for_status()

            ask(queries[0])
            p50, p99 = quantiles([timed(partial(ask, f"{q} {name}")) for q in queries[1:]])
            memory = {f"http_{kind}": value for kind, value in resident_mb(process).items()}
            times = {"filter": name, "http_p50_ms": p50, "http_p99_ms": p99, "ready_s": ready_s}
            rows.append(times | memory | index.server_mb())
    return rows


def measure(index: Built, chosen: argparse.Namespace, passages: int) -> list[dict[str, Any]]:
    """Make, open and ask an index; return one row a filter."""
    index.make(chosen.corpus, passages, chosen.tokens)
    queries = real_questions()[:: chosen.every]
    http = through_http(index, queries)  # first, so that derived files are made by the service
    made = index.recorded(ready_s=http[0].pop("ready_s"))
    with served(index.settings) as (_, ready_again_s, _):
        pass
    rows, engine = in_process(index.settings, queries)
    whole = {"engine": index.engine, "passages": passages, "ready_again_s": ready_again_s} | made
    whole |= index.bytes_each(passages)
    return [
        whole | row | by_http | {"recall": share}
        for row, by_http, share in zip(rows, http, recall(engine, queries), strict=True)
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, nargs="*", default=[], help="how many, multiples of 20")
    parser.add_argument("--corpus", type=Path, default=Path("var/passerelle.sqlite"), help="an index of real texts")
    parser.add_argument("--tokens", type=int, default=200, help="token codes a passage, 48 bytes each")
    parser.add_argument("--every", type=int, default=2, help="take every nth golden question")
    parser.add_argument("--data", type=Path, help="keep what is made here (else a temporary folder)")
    parser.add_argument("--database", default="", help="postgresql or postgresql://…: measure this one too")
    parser.add_argument("--rows", type=Path, help="where the measured rows are kept")
    parser.add_argument("--plot", action="store_true", help="draw the rows")
    parser.add_argument("--paper", type=int, help="work out this many passages from the rows of two sizes")
    chosen = parser.parse_args(arguments)
    chosen.rows = chosen.rows or HERE / ("scale_databases.jsonl" if chosen.database else "scale.jsonl")
    for passages in chosen.passages:
        measure_size(chosen, passages)
    if chosen.plot:
        plot([row for row in known_rows(chosen.rows) if row.get("engine") != "postgresql"], HERE / "scale.svg")
    if chosen.paper:
        sys.stdout.write(on_paper(known_rows(chosen.rows), chosen.paper))


def measure_size(chosen: argparse.Namespace, passages: int) -> None:
    """Measure each database at this size, and keep the rows in place of those from before."""
    with tempfile.TemporaryDirectory() as temporary, ExitStack() as stack:
        Path(temporary).chmod(0o755)  # a server of another user's has its folder in it
        indexes = stack.enter_context(databases(chosen, chosen.data or Path(temporary), passages))
        rows = [row for index in indexes for row in measure(index, chosen, passages)]
        sys.stdout.write(table(rows))
        sys.stdout.flush()
        keep(chosen.rows, rows)
        for index in indexes[1:]:
            widths = measure_widths(index, real_questions()[:: chosen.every])
            sys.stdout.write(width_table(widths))
            keep(chosen.rows.with_name("scale_widths.jsonl"), widths)


if __name__ == "__main__":
    main()
