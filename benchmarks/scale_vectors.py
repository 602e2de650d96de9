"""The vector index alone at any size: `python -m benchmarks.scale_vectors 10000 20000 100000 1000000`.

Arrays with the spectrum of the corpus's vectors, the golden sets' real questions, no store and no texts. Both kinds of
index at each size, with filters of 50 %, 5 % and 0.1 %: recall@10 against brute force, p50 and p99 of the processor's
time for the best 100 (what a search asks for), seconds to make, memory. This is where the change-over of
`index.dense.vector_file.MAX_FLAT_ROWS` and the probes of `index.dense.inverted_lists.PROBES` were read off.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.costs import quantiles, resident_mb
from benchmarks.rows import keep, known_rows
from benchmarks.synthetic import Spectrum, real_questions
from index.dense.embedders import load_bundled
from index.dense.flat import FlatIndex
from index.dense.inverted_lists import InvertedIndex, build_lists
from index.dense.vector_file import MAX_FLAT_ROWS
from index.types import Selection, VectorIndex, Vectors

SHARES = (1.0, 0.5, 0.05, 0.001)
FLAT_TRIED = 200_000  # past it the flat kind is not tried


def written(spectrum: Spectrum, count: int, path: Path) -> Vectors:
    """Write that many vectors to a file and map it, as the index does."""
    vectors = np.memmap(path, np.float32, "w+", shape=(count, spectrum.real.shape[1]))
    start = 0
    for batch in spectrum.vectors(count, seed=1):
        vectors[start : start + len(batch)] = batch
        start += len(batch)
    vectors.flush()
    return np.memmap(path, np.float32, "r", shape=vectors.shape)


def truth(vectors: Vectors, queries: Vectors, masks: Sequence[Any]) -> list[list[set[int]]]:
    """Return the true ten best of each query among each mask's rows."""
    scores = np.concatenate([vectors[at : at + 50_000] @ queries.T for at in range(0, len(vectors), 50_000)])
    best = []
    for mask in masks:
        places = np.flatnonzero(mask)
        own = scores[places]
        best.append([set(places[np.argpartition(-own[:, query], 9)[:10]].tolist()) for query in range(len(queries))])
    return best


def cpu_time(call: partial[Any]) -> tuple[float, Any]:
    began = time.thread_time()
    made = call()
    return time.thread_time() - began, made


def measured(
    kind: str, index: VectorIndex, queries: Vectors, chosen: Sequence[Selection], best: Sequence[Sequence[set[int]]]
) -> list[dict[str, Any]]:
    """Ask every query under each filter."""
    rows = []
    for share, selection, expected in zip(SHARES, chosen, best, strict=True):
        index.search(queries[0], 100, selection)
        timings = [cpu_time(partial(index.search, query, 100, selection)) for query in queries]
        results = [{hit.row for hit in hits[:10]} for _, hits in timings]
        recall = statistics.mean(len(a & b) / len(b) for a, b in zip(results, expected, strict=True))
        p50, p99 = quantiles([seconds for seconds, _ in timings])
        rows.append({"kind": kind, "share": share, "recall": recall, "p50_ms": p50, "p99_ms": p99} | resident_mb())
    return rows


def measure(spectrum: Spectrum, queries: Vectors, count: int, folder: Path) -> list[dict[str, Any]]:
    """Return a row for each kind and filter at this size."""
    vectors = written(spectrum, count, folder / f"{count}.f32")
    rows, random = np.arange(count), np.random.default_rng(3)
    masks = [random.random(count) < share for share in SHARES]
    chosen, best = [Selection.of(rows, mask) for mask in masks], truth(vectors, queries, masks)
    began = time.perf_counter()
    lists = build_lists(vectors)
    made = time.perf_counter() - began
    measurements = measured("inverted", InvertedIndex(rows, rows, vectors, lists), queries, chosen, best)
    if count <= FLAT_TRIED:
        measurements += measured("flat", FlatIndex(rows, np.array(vectors)), queries, chosen, best)
    return [{"passages": count, "made_s": made} | row for row in measurements]


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Return the rows as Markdown."""
    lines = [
        "| passages | kind | filter passes | recall@10 | p50, p99 ms of processor | made in s |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['passages']:,} | {row['kind']} | {row['share']:.1%} | {row['recall']:.4f} "
        f"| {row['p50_ms']:.2f}, {row['p99_ms']:.2f} | {row['made_s'] if row['kind'] == 'inverted' else 0:.0f} |"
        for row in rows
    ]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("passages", type=int, nargs="*", help="the sizes to measure")
    parser.add_argument("--corpus", type=Path, default=Path("var/passerelle.sqlite"), help="an index of real texts")
    parser.add_argument("--rows", type=Path, default=Path(__file__).with_name("scale_vectors.jsonl"))
    parser.add_argument("--plot", action="store_true", help="draw every row there is to scale_vectors.svg")
    chosen = parser.parse_args(arguments)
    if chosen.passages:
        measure_all(chosen)
    if chosen.plot:
        plot(known_rows(chosen.rows), chosen.rows.with_suffix(".svg"))


def measure_all(chosen: argparse.Namespace) -> None:
    """Measure each size and keep its rows in place of those from before."""
    spectrum = Spectrum.of(chosen.corpus)
    embedder = load_bundled((chosen.corpus.parent / "models").resolve())
    queries = np.stack([embedder.embed_query(question) for question in real_questions()[::2]])
    for count in chosen.passages:
        with tempfile.TemporaryDirectory() as temporary:
            made = measure(spectrum, queries, count, Path(temporary))
        sys.stdout.write(table(made))
        sys.stdout.flush()
        keep(chosen.rows, made)


def plot(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Draw processor time against size, both logarithmic: a line a kind and filter, flat ones dashed."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "passerelle"  # the same rows make the same file
    from matplotlib import pyplot

    figure, axis = pyplot.subplots(figsize=(8, 4.5), layout="constrained")
    for number, share in enumerate(SHARES):
        for kind, line in (("inverted", "o-"), ("flat", "o--")):
            own = [row for row in rows if (row["kind"], row["share"]) == (kind, share)]
            times = [row["p50_ms"] for row in own]
            axis.plot([row["passages"] for row in own], times, line, color=f"C{number}", label=f"{kind}, {share:.1%}")
    axis.axvline(MAX_FLAT_ROWS, color="grey", linewidth=0.8)
    axis.set(xscale="log", yscale="log", xlabel="passages", ylabel="ms of processor, p50")
    axis.set_title(
        "A vector search by size, kind of index and share the filter passes; the kind changes at the grey line"
    )
    axis.grid(visible=True, which="both", alpha=0.3)
    axis.legend(ncols=2, fontsize=8)
    figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    main()
