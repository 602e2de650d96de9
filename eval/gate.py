"""The quality gate: a change may go live when no guarded group of topics falls significantly or beyond its margin.

The baseline is a file kept with the code: the recorded values of each topic, and a margin for each group.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import sqrt
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from eval.measures import RESAMPLES, holm, p_value
from eval.results import Results
from index.errors import PasserelleError

GUARDED: Final = ("nDCG@10", "Answer@1", "Abstained", "Carried", "CellsRight", "CellsFilled", "RowsOnSubject")
LEVEL: Final = 0.05
LEAST_MARGIN: Final = 0.02
MARGIN_ERRORS: Final = 1.5
FEWEST: Final = 10  # topics; smaller groups are measured but guard nothing: one topic would decide


class UnreadableBaseline(PasserelleError):
    """The baseline is missing, of another version, or was recorded on other judgements."""


class Guard(NamedTuple):
    """One measure on one group of a set: its recorded values by topic, and how far its mean may fall."""

    set: str
    group: str
    measure: str
    margin: float
    values: Mapping[str, float]


@dataclass(frozen=True)
class Baseline:
    """The values of one set when the baseline was recorded."""

    set: str
    arm: str
    made: str
    commit: str
    embedder: str
    judgements: str
    guards: tuple[Guard, ...]


class Verdict(NamedTuple):
    """The outcome of one guard; `fault` says why it blocks, "" when it passes. `p` is corrected by Holm."""

    guard: Guard
    before: float
    after: float
    p: float
    fault: str

    @property
    def passes(self) -> bool:
        return not self.fault


def baseline_of(results: Results, margins: Mapping[tuple[str, str], float] | None = None) -> Baseline:
    """Return the baseline that later results are compared with; `margins` chosen by hand are kept."""
    chosen = margins or {}
    guards = []
    for group, measures in results.values.items():
        for name in GUARDED:
            values = measures.get(name, {})
            if len(values) >= FEWEST:
                margin = chosen.get((group, name), default_margin(list(values.values())))
                guards.append(Guard(results.set, group, name, margin, values))
    return Baseline(
        results.set, results.arm, results.made, results.commit, results.embedder, results.judgements, tuple(guards)
    )


def default_margin(values: Sequence[float]) -> float:
    """Return MARGIN_ERRORS standard errors of the mean, at least LEAST_MARGIN.

    Versions of one system agree on most topics: where their values correlate at 0.875, one standard error of the mean
    is two of the paired difference. With the 70 guards of four sets, a neutral change that moves every twentieth topic
    was blocked in 3 % of simulations, one that moves every tenth in 14 %; a fall of 0.05 everywhere always was, and one
    of 0.1 in nothing but a slice of 10 topics passed in 34 to 41 % (`eval gate --simulate`; benchmarks/README.md).
    """
    return round(max(LEAST_MARGIN, MARGIN_ERRORS * float(np.std(values)) / sqrt(len(values))), 4)


def judge(baseline: Baseline, results: Results, *, resamples: int = RESAMPLES) -> list[Verdict]:
    """Compare results with the baseline of their set: one verdict for each guard. Raises UnreadableBaseline.

    The test is one-sided and corrected over all guards of the set (Holm), so that many slices do not block by chance.
    """
    if baseline.judgements != results.judgements:
        raise UnreadableBaseline(
            f"{results.set}: topics or judgements changed since the baseline was recorded, so the two cannot be "
            "compared. Check the change with `eval compare`, then record again with `eval gate --record`."
        )
    new = [results.values.get(guard.group, {}).get(guard.measure, {}) for guard in baseline.guards]
    return verdicts(baseline.guards, new, resamples=resamples)


def verdicts(
    guards: Sequence[Guard], new: Sequence[Mapping[str, float]], *, resamples: int = RESAMPLES
) -> list[Verdict]:
    """Return a verdict for each guard from the new values of its topics."""
    pairs = []
    for guard, values in zip(guards, new, strict=True):
        shared = [topic for topic in guard.values if topic in values]
        old = np.array([guard.values[topic] for topic in shared], np.float64)
        pairs.append((old, np.array([values[topic] for topic in shared], np.float64)))
    p_values = holm([p_value(old, now, "less", resamples=resamples) for old, now in pairs])
    judged = []
    for guard, (old, now), p in zip(guards, pairs, p_values, strict=True):
        missing = len(guard.values) - len(old)
        if not len(old):
            recorded = float(np.mean(list(guard.values.values())))
            judged.append(Verdict(guard, recorded, float("nan"), 1.0, "not measured"))
            continue
        before, after = float(old.mean()), float(now.mean())
        judged.append(Verdict(guard, before, after, p, _fault(after - before, p, guard.margin, missing)))
    return judged


def _fault(change: float, p: float, margin: float, missing: int) -> str:
    if missing:
        return f"{missing} of its topics were not measured"
    if change < -margin:
        return f"falls by {-change:.3f}, more than its margin of {margin:.3f}"
    if change < 0 and p < LEVEL:
        return f"falls by {-change:.3f}, significantly (p {p:.3f})"
    return ""


def write_baselines(baselines: Sequence[Baseline], path: Path) -> None:
    """Write the baselines of several sets as one JSON file, sorted so that its diffs can be read."""
    payload = [
        asdict(baseline) | {"guards": [guard._asdict() for guard in baseline.guards]}
        for baseline in sorted(baselines, key=lambda baseline: baseline.set)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"format": 1, "sets": payload}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def read_baselines(path: Path) -> dict[str, Baseline]:
    """Return the baselines by set. Raises UnreadableBaseline."""
    if not path.is_file():
        raise UnreadableBaseline(
            f"{path}: no baseline here. Record one with `python -m eval gate --record --baseline {path} --set NAME`."
        )
    try:
        payload = json.loads(path.read_text(encoding="utf-8"))
        read = [
            replace(Baseline(**baseline), guards=tuple(Guard(**guard) for guard in baseline["guards"]))
            for baseline in payload["sets"]
        ]
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise UnreadableBaseline(f"{path}: not a baseline of `eval gate` ({error}). Record it again.") from error
    return {baseline.set: baseline for baseline in read}


def chosen_margins(baseline: Baseline) -> dict[tuple[str, str], float]:
    """Return the margins that somebody chose: those that differ from the default."""
    return {
        (guard.group, guard.measure): guard.margin
        for guard in baseline.guards
        if guard.margin != default_margin(list(guard.values.values()))
    }


def table(judged: Sequence[Verdict]) -> Iterator[str]:
    """Yield the lines of a table for a terminal, those that block first."""
    wide = max([len(verdict.guard.group) for verdict in judged] + [len("group")])
    yield (
        f"      {'set':24} {'group':{wide}} {'measure':10} {'topics':>6} {'before':>7} {'after':>7} {'margin':>7}"
        f" {'p':>6}"
    )
    for verdict in sorted(judged, key=lambda verdict: verdict.passes):
        guard = verdict.guard
        yield (
            f"{'ok   ' if verdict.passes else 'BLOCK'} {guard.set:24} {guard.group:{wide}} {guard.measure:10} "
            f"{len(guard.values):6d} {verdict.before:7.3f} {verdict.after:7.3f} {guard.margin:7.3f} {verdict.p:6.3f}"
            f"{'' if verdict.passes else f'  {verdict.fault}'}"
        )
