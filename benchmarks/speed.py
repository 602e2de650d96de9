"""Speed on this machine: embedding beside plain sentence-transformers and the processor's limit, the ingestion job
twice, many unchanged documents, opening, searching.

`python -m benchmarks.speed FOLDER` with FOLDER of real documents (the 218 texts beside the project were used). Prints
a Markdown table. Ratios within one run are worth more than absolute figures: the machines are shared and noisy.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import limit
from benchmarks.costs import timed
from benchmarks.synthetic import Zipf
from index.dense import bundled_model as bundled
from index.dense import embedders
from index.dense import model_conversion as runtime
from index.dense.calibration import calibration_passages
from index.documents import Audience
from index.settings import IndexSettings
from index.splitting import PassageSplitter
from index.types import Embedded, Filter, Vectors
from index.wiring import open_engine, open_indexer
from ingest.sync.assembly import Defaults
from ingest.sync.progress import NoProgress
from ingest.sync.run import Options, run

QUESTIONS = (
    "Qui paie l'hospitalisation d'un patient français dans l'hôpital de l'autre côté de la frontière ?",
    "Wie viele Tage darf ein Grenzgänger im Homeoffice arbeiten?",
    "Which law applies to the staff of an EGTC?",
    "¿Quién responde de las deudas de una agrupación europea de cooperación territorial?",
    "tunnel Mont-Blanc financement",
    "règlement 883/2004 article 13",
    "Quali imposte pagano i frontalieri tra Italia e Svizzera?",
    "verdrag belasting grensarbeiders België",
)


def embedding(models: Path, passages: Sequence[str], rounds: int) -> list[tuple[str, str]]:
    """Compare the embedder with plain SentenceTransformer.encode, float32 on PyTorch, same passages, in turn."""
    from sentence_transformers import SentenceTransformer

    ours = embedders.load_bundled(models)
    plain = SentenceTransformer(str(models / bundled.MODEL_NAME), device="cpu")
    prefixed = [f"passage: {passage}" for passage in passages]
    made = ours.embed_passages(passages)
    cosines = np.einsum("ij,ij->i", made, plain.encode(prefixed, normalize_embeddings=True))
    rates = [
        (
            len(passages) / timed(lambda: ours.embed_passages(passages)),
            len(passages) / timed(lambda: plain.encode(prefixed, normalize_embeddings=True)),
        )
        for _ in range(rounds)
    ]
    queries = [timed(partial(ours.embed_query, f"{q} {n}")) for q in QUESTIONS for n in range(5)]
    tokens = statistics.mean(ours.count_tokens(passages))
    best, precision = statistics.median(a for a, _ in rates), runtime.best_precision()
    lines = [
        (
            f"embedding, {precision} OpenVINO ({len(passages)} passages of {tokens:.0f} tokens)",
            f"{best:.1f} passages/s",
        ),
        ("plain `encode`, float32 PyTorch, same passages", f"{statistics.median(b for _, b in rates):.1f} passages/s"),
        (f"ratio, median of {rounds}", f"{statistics.median(a / b for a, b in rates):.2f}"),
        ("least cosine to plain", f"{cosines.min():.4f}"),
        ("one query embedded, p50", f"{statistics.median(queries) * 1000:.1f} ms"),
    ]
    for name, rate in limit.rates().items():
        most = rate / limit.flops(tokens + 4)
        lines.append((f"the processor's limit in {name}: {rate / 1e9:.0f} GFLOP/s", f"{best / most:.0%} of it reached"))
    return lines


class Clocked:
    """An embedder that also counts the seconds its model works."""

    def __init__(self, embedder: Any) -> None:
        self._embedder, self.seconds = embedder, 0.0
        self.name, self.dimension = embedder.name, embedder.dimension
        self.embed_passages, self.embed_query = embedder.embed_passages, embedder.embed_query
        self.embed_query_tokens, self.count_tokens = embedder.embed_query_tokens, embedder.count_tokens

    def embed_passage_tokens(self, texts: Sequence[str]) -> Iterator[Embedded]:
        began = time.perf_counter()
        for embedded in self._embedder.embed_passage_tokens(texts):
            self.seconds += time.perf_counter() - began
            yield embedded
            began = time.perf_counter()
        self.seconds += time.perf_counter() - began


def job(settings: IndexSettings, folder: Path) -> list[tuple[str, str]]:
    """Run the ingestion job twice on the folder, as the command does."""
    indexer = open_indexer(settings)
    indexer.embedder = clocked = Clocked(indexer.embedder)
    splitter = PassageSplitter(clocked.count_tokens)
    options = Options(Defaults(audience="public"))

    def once() -> object:
        return run([folder], indexer, splitter, options=options, progress=NoProgress())

    first, in_model = timed(once), clocked.seconds
    second = timed(once)
    documents, passages = indexer.store.count()
    return [
        (
            f"first run: {documents} documents, {passages} passages",
            f"{first:.0f} s ({passages / first:.1f} passages/s)",
        ),
        ("of which the model works", f"{in_model / first:.0%}"),
        ("memory at most", f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB"),
        ("second run, nothing changed", f"{second:.2f} s"),
    ]


class Instant:
    """Random vectors under the bundled model's name: what is measured is everything but the model."""

    name, dimension = bundled.MODEL_NAME, 384

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        made = np.random.default_rng(len(texts)).standard_normal((len(texts), self.dimension)).astype(np.float32)
        made /= np.linalg.norm(made, axis=1, keepdims=True)
        return made

    def embed_query(self, text: str) -> Vectors:
        vector: Vectors = self.embed_passages([text])[0]
        return vector


def rerun(settings: IndexSettings, folder: Path, documents: int) -> list[tuple[str, str]]:
    """Ingest that many made-up Markdown files without a model, then run the command again, twice."""
    words = Zipf(1)
    for number in range(documents):
        path = folder / f"{number // 100:03d}" / f"{number}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        head = f"---\ntitle: {words.text(5)}\naudience: public\nlanguage: fr\n---\n"
        path.write_text(f"{head}\n{words.text(120)}\n", encoding="utf-8")
    indexer = open_indexer(settings)
    indexer.store.database.connection.execute("PRAGMA synchronous = OFF")
    indexer.embedder = Instant()
    splitter = PassageSplitter(lambda texts: [1 + len(text) // 4 for text in texts])
    first = timed(lambda: run([folder], indexer, splitter, options=Options(), progress=NoProgress()))
    command = [sys.executable, "-m", "ingest", str(folder), "--data", str(settings.data)]
    seconds, output = [], ""
    for _ in range(3):
        began = time.perf_counter()
        output = subprocess.run(command, check=False, capture_output=True, text=True).stdout
        seconds.append(time.perf_counter() - began)
    summary = next((line for line in output.splitlines() if line.startswith("Documents:")), "it failed")
    return [
        (f"{documents} documents, the first time, no model", f"{first:.0f} s"),
        (f"the command again, process and all ({summary})", f"{statistics.median(seconds):.1f} s"),
    ]


def searching(settings: IndexSettings, rounds: int) -> list[tuple[str, str]]:
    """Open the engine and ask every question several times, cold filters apart."""
    start = time.perf_counter()
    engine = open_engine(settings)
    opened = time.perf_counter() - start
    within = Filter(audience=Audience.PUBLIC)
    engine.search(QUESTIONS[0], 10, within)
    # no question twice: a question asked again is not embedded again
    questions = [f"{question} {number}" for number in range(rounds) for question in QUESTIONS]
    times = sorted(timed(lambda q=q: engine.search(q, 10, within)) for q in questions)  # type: ignore[misc]
    return [
        ("opening the index and the model, imports included", f"{opened:.1f} s"),
        (f"search in process, p50 of {len(times)}", f"{times[len(times) // 2] * 1000:.1f} ms"),
        ("search in process, p99", f"{times[int(len(times) * 0.99)] * 1000:.1f} ms"),
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="real documents")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--documents", type=int, default=10_000, help="made up for `rerun`")
    parser.add_argument("--only", choices=["embedding", "job", "rerun", "search"])
    parser.add_argument("--data", type=Path, help="where the index is or goes (else a temporary folder)")
    chosen = parser.parse_args(arguments)
    models = IndexSettings.from_environ(os.environ).models
    os.environ["PASSERELLE_MODELS"] = str(models.resolve())
    with tempfile.TemporaryDirectory() as temporary:
        settings = IndexSettings(data=chosen.data or Path(temporary), models=models.resolve())
        lines = []
        if chosen.only in (None, "job"):
            lines += job(settings, chosen.folder)
        if chosen.only in (None, "rerun"):
            made = IndexSettings(data=Path(temporary) / "rerun", models=models.resolve())
            lines += rerun(made, Path(temporary) / "files", chosen.documents)
        if chosen.only in (None, "search"):
            lines += searching(settings, 5 * chosen.rounds)
        if chosen.only in (None, "embedding"):
            lines += embedding(models, calibration_passages()[:48], chosen.rounds)
    sys.stdout.write("| what | figure |\n|---|---|\n")
    for what, figure in lines:
        sys.stdout.write(f"| {what} | {figure} |\n")


if __name__ == "__main__":
    main()
