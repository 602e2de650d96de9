"""Search at any size: `python -m benchmarks.scale 100000` makes an index of that many made-up passages and asks it.

Vectors have the spectrum of the corpus's, questions are the golden sets' real ones (benchmarks/synthetic.py). Measured:
p50 and p99 in process and through HTTP, by stage, recall@10 of the vector index against brute force, memory, time
to open; all without a filter and with filters of 50 %, 5 % and 0.1 %. A row each goes to `--rows` (JSON lines), which
`python -m benchmarks.scale --plot` draws. `--data` keeps the made index for the next run. `--database postgresql://…`
measures an index there as well, in the same run: an empty database, or one that an earlier run has filled.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from benchmarks.costs import quantiles, resident_mb, timed, until_examined
from benchmarks.rows import keep, known_rows
from benchmarks.scale_shown import plot, table
from benchmarks.serving import served
from benchmarks.synthetic import Spectrum, fill, real_questions
from index.dense.bundled_model import MODEL_NAME
from index.documents import Audience, Kind
from index.engine import SearchEngine
from index.lexical.analysis import VERSION
from index.ranking import late_interaction as late
from index.settings import IndexSettings
from index.store.current_index import places_of
from index.store.opening import open_store
from index.store.store import Store
from index.types import Filter, Vectors
from index.wiring import open_engine

HERE = Path(__file__).parent
MEMBERS = Filter(audience=Audience.MEMBER)
FILTERS = {
    "none": (MEMBERS, {}),
    "50 %": (Filter(), {}),
    "5 %": (
        Filter(audience=Audience.MEMBER, kinds=frozenset({Kind.STUDY})),
        {"kinds": ["study"]},
    ),
    "0.1 %": (Filter(audience=Audience.MEMBER, borders=frozenset({"BE-NL"})), {"borders": ["BE-NL"]}),
}


def make(settings: IndexSettings, corpus: Path, passages: int, tokens: int) -> float:
    """Make the index unless it is there; return the seconds it took."""
    if places_of(settings).holds("") and open_store(settings).count()[1] == passages:
        return 0.0
    began = time.perf_counter()
    real = Store(corpus)
    store = open_store(settings, create=True)
    for name, value in (("embedder", MODEL_NAME), ("analysis", VERSION), ("token codes", late.VERSION)):
        store.require(name, value)
    centre = real.passage_table.token_centre()
    assert centre is not None, "the corpus has token codes"
    store.passage_table.record_token_centre(centre)
    fill(store, Spectrum.of(corpus), passages, tokens)
    store.database.connections.tidy()
    return time.perf_counter() - began


def brute_force(store: Store, rows: Sequence[np.ndarray[Any, Any]], queries: Vectors) -> list[list[set[int]]]:
    """Return the true ten best rows of each query for each set of rows, reading the vectors once, in pieces."""
    best: list[list[list[tuple[float, int]]]] = [[[] for _ in queries] for _ in rows]
    piece_rows: list[int] = []
    piece: list[bytes] = []

    def take() -> None:
        at, vectors = np.array(piece_rows), np.frombuffer(b"".join(piece), np.float32).reshape(len(piece), -1)
        for number, allowed in enumerate(rows):
            inside = np.isin(at, allowed, assume_unique=True)
            scores = vectors[inside] @ queries.T
            for query in range(len(queries)):
                top = np.argsort(-scores[:, query])[:10]
                top_scores = [(float(scores[column, query]), int(at[inside][column])) for column in top]
                best[number][query] = sorted(best[number][query] + top_scores, reverse=True)[:10]
        piece_rows.clear()
        piece.clear()

    for row, vector in store.passage_table.iterate_vectors_after(0):
        piece_rows.append(row)
        piece.append(vector)
        if len(piece) == 50_000:
            take()
    if piece:
        take()
    return [[{row for _, row in query} for query in by_query] for by_query in best]


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


def through_http(settings: IndexSettings, queries: Sequence[str]) -> list[dict[str, Any]]:
    """Ask the real service every question under each filter, one after the other."""
    rows = []
    with served(settings) as (client, ready_s, process):
        until_examined(process)
        for name, (within, filters) in FILTERS.items():
            is_member = within.audience is Audience.MEMBER
            send = client if is_member else httpx.Client(base_url=client.base_url, timeout=60)

            def ask(query: str, send: httpx.Client = send, filters: dict[str, Any] = filters) -> None:
                send.post("/api/v1/search", json={"query": query, "filters": filters}).raise_for_status()

            ask(queries[0])
            p50, p99 = quantiles([timed(partial(ask, f"{q} {name}")) for q in queries[1:]])
            memory = {f"http_{kind}": value for kind, value in resident_mb(process).items()}
            rows.append({"filter": name, "http_p50_ms": p50, "http_p99_ms": p99, "ready_s": ready_s} | memory)
    return rows


def measure(arguments: argparse.Namespace, folder: Path, database: str = "") -> list[dict[str, Any]]:
    """Make, open and ask an index of one size; return one row a filter."""
    models = (arguments.corpus.parent / "models").resolve()
    thesaurus = HERE.parent / "corpus" / "thesaurus.ttl"
    settings = IndexSettings(data=folder, database=database, models=models, thesaurus=thesaurus)
    made = make(settings, arguments.corpus, arguments.passages, arguments.tokens)
    queries = real_questions()[:: arguments.every]
    http = through_http(settings, queries)  # first, so that derived files are made by the service
    again = through_http(settings, queries[:2])[0]["ready_s"]
    rows, engine = in_process(settings, queries)
    recalls = recall(engine, queries)
    return [
        {"passages": arguments.passages, "made_s": made, "recall": share, "ready_again_s": again} | row | by_http
        for row, by_http, share in zip(rows, http, recalls, strict=True)
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("passages", type=int, nargs="?", help="how many, a multiple of 20")
    parser.add_argument("--corpus", type=Path, default=Path("var/passerelle.sqlite"), help="an index of real texts")
    parser.add_argument("--tokens", type=int, default=200, help="token codes a passage, 48 bytes each")
    parser.add_argument("--every", type=int, default=2, help="take every nth golden question")
    parser.add_argument("--data", type=Path, help="keep the made index here (else a temporary folder)")
    parser.add_argument("--database", default="", help="postgresql://…: measure this one too")
    parser.add_argument("--rows", type=Path, default=HERE / "scale.jsonl")
    parser.add_argument("--plot", action="store_true", help="draw the rows")
    chosen = parser.parse_args(arguments)
    if chosen.passages:
        with tempfile.TemporaryDirectory() as temporary:
            folder = chosen.data or Path(temporary)
            rows = measure(chosen, folder)
            if chosen.database:
                rows += measure(chosen, folder, chosen.database)
        keep(chosen.rows, rows)
        sys.stdout.write(table(rows))
    if chosen.plot:
        embedded = [row for row in known_rows(chosen.rows) if row["kind"] != "PgvectorIndex"]
        plot(embedded, HERE / "scale.svg")


if __name__ == "__main__":
    main()
