"""The results of one run on one set, kept as JSON: measures with intervals, per topic, per slice, per language pair."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from textwrap import shorten
from typing import Any, Final

import numpy as np

from eval.measures import Interval, interval
from eval.runs import UnreadableRun
from eval.slices import Groups

FORMAT: Final = 1
KEPT: Final = 10  # documents kept a topic, as text, for reading; the run file has them all
SNIPPET: Final = 700  # characters: enough to judge most passages by


@dataclass(frozen=True, slots=True)
class FoundDocument:
    """A document a topic found, with the passage that stood for it."""

    id: str
    title: str
    label: str
    language: str
    score: float
    text: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What the answerer said to a topic. `right_at` is the rank of the first right sentence, 0 when none was.

    `sentences` and `right_at` tell what it would have said when it kept silent (`is_answered` false).
    """

    is_answered: bool
    confidence: float
    sentences: tuple[str, ...]
    right_at: int
    is_answerable: bool


@dataclass(frozen=True, slots=True)
class TopicResult:
    """One topic: what was asked, expected and found."""

    id: str
    text: str
    language: str
    slices: tuple[str, ...]
    expected: dict[str, int]
    found: tuple[FoundDocument, ...]
    took_ms: float
    reply: Reply | None = None
    right_quotes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Results:
    """Everything measured for one set with one system, and what it was measured with."""

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
    """Write the results as JSON, with the means and latencies up front for a reader's eye."""
    said = asdict(results)
    said["summary"] = {
        group: {name: one._asdict() for name, one in measures.items()} for group, measures in results.summary.items()
    }
    is_timed = any(topic.took_ms for topic in results.topics)
    latency = {f"p{at}": round(results.latency_ms(at), 2) for at in (50, 99)} if is_timed else {}
    head = {"format": FORMAT, "latency_ms": latency, "summary": said.pop("summary")}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(head | said, ensure_ascii=False, indent=1), encoding="utf-8")


def read_results(path: Path) -> Results:
    """Read a results file. Raises UnreadableRun."""
    if not path.is_file():
        raise UnreadableRun(f"{path}: no such results. Make them with `python -m eval run --set NAME`.")
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        if said.pop("format") != FORMAT:
            raise UnreadableRun(f"{path}: written by another version. Run the set again.")
        said.pop("latency_ms")
        said["topics"] = tuple(_topic(one) for one in said["topics"])
        said["unknown"] = tuple(said["unknown"])
        said["summary"] = {
            group: {name: Interval(**one) for name, one in measures.items()}
            for group, measures in said["summary"].items()
        }
        return Results(**said)
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableRun(f"{path}: not results of `python -m eval run` ({error}). Run the set again.") from error


def _topic(said: Mapping[str, Any]) -> TopicResult:
    reply = said.get("reply")
    read = {
        "slices": tuple(said["slices"]),
        "right_quotes": tuple(said["right_quotes"]),
        "found": tuple(FoundDocument(**one) for one in said["found"]),
        "reply": Reply(**{**reply, "sentences": tuple(reply["sentences"])}) if reply else None,
    }
    return TopicResult(**{**said, **read})


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
