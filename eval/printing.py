"""Results in lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan
from typing import Final

from eval.answers import WANTED_COVERAGE, Abstention
from eval.measures import Interval
from eval.results import Results
from eval.slices import ALL

MAIN: Final = ("nDCG@10", "R@10", "RR@10", "section nDCG@10", "Answer@1", "Answer@3", "Abstained")


def results_lines(results: Results, *, everything: bool = False) -> Iterator[str]:
    """Yield the measures over all topics, then each group's main ones when `everything` is wanted."""
    p50, p99 = results.latency_ms(50), results.latency_ms(99)
    timed = "not timed" if isnan(p50) else f"{p50:.1f} ms p50, {p99:.1f} ms p99"
    yield f"{results.name}: {len(results.topics)} topics, {results.embedder}, generation {results.generation}, {timed}"
    for name, one in results.summary.get(ALL, {}).items():
        yield f"  {name:18} {interval_text(one)}"
    if results.unknown:
        some = ", ".join(results.unknown[:5])
        yield f"  {len(results.unknown)} judged documents are not in the index ({some}…): ingest them or mend the set"
    if everything:
        wide = max([len(group) for group in results.summary] + [5])
        for group, measures in results.summary.items():
            if group != ALL:
                said = "  ".join(f"{name} {measures[name].mean:.3f}" for name in MAIN if name in measures)
                topics = next((one.topics for one in measures.values()), 0)
                yield f"  {group:{wide}} {topics:5d} topics  {said}"


def interval_text(one: Interval) -> str:
    return f"{one.mean:.3f} [{one.low:.3f}, {one.high:.3f}]"


def abstention_lines(told: Abstention) -> Iterator[str]:
    """Yield how well silence is kept where nothing answers."""
    at = told.at_coverage()
    yield (
        f"abstention: AUROC {told.auroc:.3f} ({told.answerable} answerable, {told.unanswerable} not); at "
        f"{WANTED_COVERAGE:.0%} coverage (confidence ≥ {at.threshold:.2f}) {at.false_answers:.1%} of the unanswerable "
        f"are answered and {at.risk:.1%} of all answers are wrong"
    )
