"""Speed on this machine: embedding beside plain sentence-transformers, the ingestion job twice, opening, searching.

`python -m benchmarks.speed FOLDER` with FOLDER of real documents (the 218 texts beside the project were used). Prints
a Markdown table. Ratios within one run are worth more than absolute figures: the machines are shared and noisy.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from index import bundled, embedders, runtime
from index.documents import Audience
from index.interfaces import Filter
from index.settings import IndexSettings
from index.store import Store
from index.wiring import open_engine
from ingest.__main__ import main as ingest

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


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def embedding(models: Path, passages: Sequence[str], rounds: int) -> list[tuple[str, str]]:
    """Compare the embedder with plain SentenceTransformer.encode, float32 on PyTorch, same passages, in turn."""
    from sentence_transformers import SentenceTransformer

    ours = embedders.bundled_embedder(models)
    plain = SentenceTransformer(str(models / bundled.MODEL_NAME), device="cpu")
    prefixed = [f"passage: {passage}" for passage in passages]
    ours.embed_passages(passages[:8])
    plain.encode(prefixed[:8])
    rates = [
        (
            len(passages) / timed(lambda: ours.embed_passages(passages)),
            len(passages) / timed(lambda: plain.encode(prefixed, normalize_embeddings=True)),
        )
        for _ in range(rounds)
    ]
    queries = [timed(lambda q=f"{q} {n}": ours.embed_query(q)) for q in QUESTIONS for n in range(5)]  # type: ignore[misc]
    tokens = statistics.mean(ours.count_tokens(passages))
    return [
        (
            f"embedding, {runtime.best_precision()} OpenVINO ({len(passages)} passages of {tokens:.0f} tokens)",
            f"{statistics.median(a for a, _ in rates):.1f} passages/s",
        ),
        (
            "embedding, plain encode, float32 PyTorch, same passages",
            f"{statistics.median(b for _, b in rates):.1f} passages/s",
        ),
        (f"ratio, median of {rounds}", f"{statistics.median(a / b for a, b in rates):.2f}"),
        ("one query embedded, p50", f"{statistics.median(queries) * 1000:.1f} ms"),
    ]


def job(settings: IndexSettings, folder: Path) -> list[tuple[str, str]]:
    """Run the ingestion job twice on the folder."""
    arguments = [str(folder), "--audience", "public", "--data", str(settings.data)]
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(io.StringIO()):
        first = timed(lambda: ingest(arguments))
        second = timed(lambda: ingest(arguments))
    documents, passages = Store(settings.store).count()
    return [
        (
            f"first run: {documents} documents, {passages} passages",
            f"{first:.0f} s ({passages / first:.1f} passages/s)",
        ),
        ("second run, nothing changed", f"{second:.2f} s"),
    ]


def searching(settings: IndexSettings, rounds: int) -> list[tuple[str, str]]:
    """Open the engine and ask every question several times, cold filters apart."""
    start = time.perf_counter()
    engine = open_engine(settings)
    opened = time.perf_counter() - start
    within = Filter(audience=Audience.PUBLIC)
    engine.search(QUESTIONS[0], 10, within)
    # no question twice: a question asked again is not embedded again
    asked = [f"{question} {number}" for number in range(rounds) for question in QUESTIONS]
    times = sorted(timed(lambda q=q: engine.search(q, 10, within)) for q in asked)  # type: ignore[misc]
    return [
        ("opening the index and the model, imports included", f"{opened:.1f} s"),
        (f"search in process, p50 of {len(times)}", f"{times[len(times) // 2] * 1000:.1f} ms"),
        ("search in process, p99", f"{times[int(len(times) * 0.99)] * 1000:.1f} ms"),
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="real documents")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=["embedding", "job", "search"])
    parser.add_argument("--data", type=Path, help="where the index is or goes (else a temporary folder)")
    chosen = parser.parse_args(arguments)
    models = IndexSettings.from_environ(os.environ).models
    os.environ["PASSERELLE_MODELS"] = str(models.resolve())
    with tempfile.TemporaryDirectory() as temporary:
        settings = IndexSettings(data=chosen.data or Path(temporary), models=models.resolve())
        lines = []
        if chosen.only in (None, "job"):
            lines += job(settings, chosen.folder)
        if chosen.only in (None, "search"):
            lines += searching(settings, 5 * chosen.rounds)
        if chosen.only in (None, "embedding"):
            lines += embedding(models, runtime.calibration_passages()[:48], chosen.rounds)
    sys.stdout.write("| what | figure |\n|---|---|\n")
    for what, figure in lines:
        sys.stdout.write(f"| {what} | {figure} |\n")


if __name__ == "__main__":
    main()
