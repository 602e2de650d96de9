"""Passerelle beside other systems: same model, same passages, same questions, one run, one after the other.

    python -m benchmarks.others ../shared/bench/cnil-fr [more sets…] [--questions 200] [--only txtai,passerelle]

The others are installed in a virtual environment of their own (`var/others`), which borrows torch, faiss and
sentence-transformers from the project's so that versions are the same. Each system runs in a process of its own
(`others_systems.py`): passages in, then every question once, one at a time. Prints Markdown: passages indexed a second,
milliseconds a question (embedding it included), resident memory after the questions, nDCG@10 over documents.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from eval.collection import GoldenSet, read_set
from eval.measures import measure
from index.settings import IndexSettings

PACKAGES: Final = (
    "txtai==9.14.0",
    "llama-index-core==0.14.25",
    "llama-index-embeddings-huggingface==0.8.0",
    "llama-index-retrievers-bm25==0.8.0",
    "bm25s==0.3.16",
)
SYSTEMS: Final = (
    "passerelle",
    "faiss + sentence-transformers",
    "bm25s",
    "txtai, defaults",
    "txtai, hybrid with prompts",
    "LlamaIndex, defaults",
    "LlamaIndex, hybrid with prompts",
)
MEASURE: Final = "nDCG@10"
SCRIPT: Final = Path(__file__).with_name("others_systems.py")


def environment(folder: Path) -> Path:
    """Return the Python of the others' environment, made when it is not there yet."""
    python = folder / "bin/python"
    ready = folder / "ready"
    if not ready.is_file():
        venv.create(folder, with_pip=True, clear=True)
        site = folder / f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
        own = [path for path in sys.path if path.endswith("site-packages")]
        (site / "zz-project.pth").write_text("\n".join(own) + "\n", encoding="utf-8")
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
        ready.touch()
    return python


def run(golden: GoldenSet, systems: Sequence[str], questions: int, settings: IndexSettings) -> Iterator[dict[str, Any]]:
    """Yield what each system did on one set."""
    topics = golden.topics[:: max(1, len(golden.topics) // questions)][:questions]
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        lines = [{"id": topic.id, "text": topic.text} for topic in topics]
        _write_lines(work / "questions.jsonl", lines)
        for system in systems:
            python = Path(sys.executable) if system == "passerelle" else environment(settings.data / "others")
            model = settings.models / "multilingual-e5-small"
            paths = {
                "set": str(golden.corpus.parent if golden.corpus else ""),
                "models": str(settings.models.resolve()),
            }
            request = paths | {"system": system, "work": folder, "model": str(model.resolve())}
            (work / "request.json").write_text(json.dumps(request), encoding="utf-8")
            environ = os.environ | {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
            subprocess.run([python, SCRIPT, work / "request.json"], check=True, env=environ)
            answer = json.loads((work / "answer.json").read_text(encoding="utf-8"))
            ranked = {
                question["id"]: [(name, score) for name, score in answer["rankings"][question["id"]]]
                for question in lines
            }
            grades = {topic.id: golden.grades[topic.id] for topic in topics}
            values = measure(grades, ranked, [MEASURE])[MEASURE].values()
            yield answer | {"system": system, MEASURE: sum(values) / len(values)}


def _write_lines(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", help="sets in the BEIR layout with a corpus of their own")
    parser.add_argument("--questions", type=int, default=200, help="asked of each set, evenly drawn")
    parser.add_argument("--only", default="", help="systems, separated by commas; passerelle cuts the passages")
    chosen = parser.parse_args(arguments)
    systems = [
        system for system in SYSTEMS if not chosen.only or any(system.startswith(it) for it in chosen.only.split(","))
    ]
    settings = IndexSettings.from_environ(os.environ)
    print("| set | system | passages/s | p50 ms | p99 ms | MB | nDCG@10 |\n|---|---|---|---|---|---|---|", flush=True)
    for name in chosen.sets:
        for result in run(read_set(name), systems, chosen.questions, settings):
            rate = result["passages"] / result["ingest_s"]
            print(
                f"| {Path(name).name} ({result['passages']}) | {result['system']} | {rate:.1f} "
                f"| {result['p50_ms']:.1f} | {result['p99_ms']:.1f} | {result['rss_mb']:.0f} | {result[MEASURE]:.3f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
