"""The results of one run on one set, kept as JSON: measures with intervals, per topic, per slice, per language pair."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from math import isnan
from pathlib import Path
from textwrap import shorten
from typing import Any, Final

import numpy as np

from eval.measures import Interval, interval
from eval.runs import UnreadableRun
from eval.slices import ALL, Groups

FORMAT: Final = 1
_DOCUMENTS: Final = "found"  # the key of a topic's documents in the file
MAIN: Final = ("nDCG@10", "R@10", "RR@10", "section nDCG@10", "Answer@1", "Answer@3", "Abstained")  # printed by group
KEPT: Final = 10  # documents kept a topic, as text, for reading; the run file has them all
SNIPPET: Final = 700  # characters: enough to judge most passages by


@dataclass(frozen=True, slots=True)
class RetrievedDocument:
    """A document retrieved for a topic, with its best passage."""

    id: str
    title: str
    label: str
    language: str
    score: float
    text: str


@dataclass(frozen=True, slots=True)
class Reply:
    """The answerer's reply to a topic. `right_at` is the rank of the first right sentence, 0 when none was right.

    When it did not answer (`is_answered` false), `sentences` and `right_at` are what it would have answered.
    """

    is_answered: bool
    confidence: float
    sentences: tuple[str, ...]
    right_at: int
    is_answerable: bool


@dataclass(frozen=True, slots=True)
class TopicResult:
    """One topic with the grades of what was expected, the documents retrieved, and the reply."""

    id: str
    text: str
    language: str
    slices: tuple[str, ...]
    expected: dict[str, int]
    documents: tuple[RetrievedDocument, ...]
    took_ms: float
    reply: Reply | None = None
    right_quotes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Results:
    """Everything measured for one set with one system, and what it was measured on."""

    set: str
    arm: str
    made: str
    commit: str
    generation: int
    embedder: str
    depth: int
    judgements: str
    topics: tuple[TopicResult, ...]
    values: Groups
    unknown: tuple[str, ...] = ()  # judged documents the index does not have
    titles: dict[str, str] = field(default_factory=dict)  # of the right documents
    summary: dict[str, dict[str, Interval]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.set} · {self.arm}"

    def latency_ms(self, percentile: float) -> float:
        took = [topic.took_ms for topic in self.topics if topic.took_ms]  # runs read from a file were not timed
        return float(np.percentile(took, percentile)) if took else float("nan")


def summarise(values: Groups) -> dict[str, dict[str, Interval]]:
    """Return every group's means with their intervals; groups and measures without topics are left out."""
    return {
        group: {name: interval(topics.values()) for name, topics in measures.items() if topics}
        for group, measures in values.items()
    }


def write_results(results: Results, path: Path) -> None:
    """Write the results as JSON, with the means and latencies up front for readers of the file."""
    payload = asdict(results)
    for topic in payload["topics"]:
        topic[_DOCUMENTS] = topic.pop("documents")
    payload["summary"] = {
        group: {name: mean._asdict() for name, mean in measures.items()} for group, measures in results.summary.items()
    }
    is_timed = any(topic.took_ms for topic in results.topics)
    latency = {f"p{at}": round(results.latency_ms(at), 2) for at in (50, 99)} if is_timed else {}
    head = {"format": FORMAT, "latency_ms": latency, "summary": payload.pop("summary")}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(head | payload, ensure_ascii=False, indent=1), encoding="utf-8")


def read_results(path: Path) -> Results:
    """Read a results file. Raises UnreadableRun."""
    if not path.is_file():
        raise UnreadableRun(f"{path}: no such results. Make them with `python -m eval run --set NAME`.")
    try:
        payload = json.loads(path.read_text(encoding="utf-8"))
        if payload.pop("format") != FORMAT:
            raise UnreadableRun(f"{path}: written by another version. Run the set again.")
        payload.pop("latency_ms")
        payload["topics"] = tuple(_topic(topic) for topic in payload["topics"])
        payload["unknown"] = tuple(payload["unknown"])
        payload["summary"] = {
            group: {name: Interval(**mean) for name, mean in measures.items()}
            for group, measures in payload["summary"].items()
        }
        return Results(**payload)
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableRun(f"{path}: not results of `python -m eval run` ({error}). Run the set again.") from error


def _topic(payload: Mapping[str, Any]) -> TopicResult:
    reply = payload.get("reply")
    parsed = {
        "slices": tuple(payload["slices"]),
        "right_quotes": tuple(payload["right_quotes"]),
        "documents": tuple(RetrievedDocument(**document) for document in payload[_DOCUMENTS]),
        "reply": Reply(**{**reply, "sentences": tuple(reply["sentences"])}) if reply else None,
    }
    return TopicResult(**{key: value for key, value in payload.items() if key != _DOCUMENTS} | parsed)


def snippet(text: str, characters: int = SNIPPET) -> str:
    """Return how a text begins, cut between words."""
    return shorten(text, characters, placeholder=" …")


def commit(folder: Path = Path(__file__).parent) -> str:
    """Return the commit the code stands at, with "+" when files differ from it; "" outside a checkout."""
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty=+", "--abbrev=12"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=10,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return described.stdout.strip()


def results_lines(results: Results, *, everything: bool = False) -> Iterator[str]:
    """Yield the measures over all topics for a terminal, then the main ones of each group when `everything` is set."""
    p50, p99 = results.latency_ms(50), results.latency_ms(99)
    timed = "not timed" if isnan(p50) else f"{p50:.1f} ms p50, {p99:.1f} ms p99"
    yield f"{results.name}: {len(results.topics)} topics, {results.embedder}, generation {results.generation}, {timed}"
    for name, mean in results.summary.get(ALL, {}).items():
        yield f"  {name:18} {interval_text(mean)}"
    if results.unknown:
        some = ", ".join(results.unknown[:5])
        yield f"  {len(results.unknown)} judged documents are not in the index ({some}…): ingest them or fix the set"
    if everything:
        wide = max([len(group) for group in results.summary] + [5])
        for group, measures in results.summary.items():
            if group != ALL:
                values = "  ".join(f"{name} {measures[name].mean:.3f}" for name in MAIN if name in measures)
                topics = next((mean.topics for mean in measures.values()), 0)
                yield f"  {group:{wide}} {topics:5d} topics  {values}"


def interval_text(mean: Interval) -> str:
    return f"{mean.mean:.3f} [{mean.low:.3f}, {mean.high:.3f}]"
