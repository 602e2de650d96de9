"""Inter-judge agreement (Cohen's kappa): between judges, and of a second judge with the grades of a set.

Cohen 1960 for kappa, 1968 for squared weights (a 3 given for a 2 is nearer than a 3 given for a 0).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from eval.collection import GoldenSet
from eval.measures import CONFIDENCE, SEED
from eval.pooling import latest_grades
from service.judging.judgements import GRADES, Judgement, UnreadableJudgements

RESAMPLES: Final = 1000
PLAIN: Final = 0
SQUARED: Final = 2


class Agreement(NamedTuple):
    """Cohen's kappa of two judges on what both judged, plain and with squared weights."""

    first: str
    second: str
    shared: int
    kappa: float
    weighted: float


class SecondJudge(NamedTuple):
    """A second judge compared with a set's own grades, with 95 % bootstrap intervals over the judgements.

    `in_set` is the weighted kappa with each judgement counted as often as its own grade latest in the set: a sample
    drawn evenly over the grades has far fewer zeros than the set it speaks for. `table[own][given]` counts judgements.
    """

    agreement: Agreement
    kappa_span: tuple[float, float]
    weighted_span: tuple[float, float]
    in_set: float
    table: tuple[tuple[int, ...], ...]


def measure_agreement(judgements: Iterable[Judgement]) -> list[Agreement]:
    """Return the agreement of every two judges with judgements in common; kappa is 1.0 when they never differ."""
    latest = latest_grades(judgements)
    judges = sorted({judge for by_judge in latest.values() for judge in by_judge})
    agreements = []
    for judge, other in combinations(judges, 2):
        pairs = [
            (by_judge[judge], by_judge[other])
            for by_judge in latest.values()
            if judge in by_judge and other in by_judge
        ]
        if pairs:
            first, second = zip(*pairs, strict=True)
            agreements.append(
                Agreement(judge, other, len(pairs), _kappa(first, second, PLAIN), _kappa(first, second, SQUARED))
            )
    return agreements


def compare_with_set(golden: GoldenSet, judgements: Sequence[Judgement]) -> Iterator[SecondJudge]:
    """Yield each judge compared with the set's own grades. Raises UnreadableJudgements."""
    own = {
        (topic, judged): grade
        for part in (golden.own_grades, golden.section_grades)
        for topic, grades in part.items()
        for judged, grade in grades.items()
    }
    latest = latest_grades(judgements)
    if strange := [key for key in latest if key not in own]:
        topic, judged = strange[0]
        raise UnreadableJudgements(
            f"{golden.name}: {judged!r} was never judged for {topic!r}, and so for {len(strange)} of {len(latest)}. "
            "A second judge grades what the set has judged already; add new judgements with --judgements."
        )
    for judge in sorted({judge for by_judge in latest.values() for judge in by_judge}):
        keys = [key for key, by_judge in latest.items() if judge in by_judge]
        yield _second_judge(golden.name, judge, [own[key] for key in keys], [latest[key][judge] for key in keys], own)


def _second_judge(
    name: str, judge: str, own: Sequence[int], given: Sequence[int], everything: Mapping[tuple[str, str], int]
) -> SecondJudge:
    drawn, there = Counter(own), Counter(everything.values())
    counted = [there[grade] / drawn[grade] for grade in own]
    table = tuple(
        tuple(
            sum((first, second) == (row, column) for first, second in zip(own, given, strict=True)) for column in GRADES
        )
        for row in GRADES
    )
    agreement = Agreement(name, judge, len(own), _kappa(own, given, PLAIN), _kappa(own, given, SQUARED))
    in_set = _kappa(own, given, SQUARED, counted)
    return SecondJudge(agreement, _span(own, given, PLAIN), _span(own, given, SQUARED), in_set, table)


def _span(first: Sequence[int], second: Sequence[int], power: int) -> tuple[float, float]:
    random = np.random.default_rng(SEED)
    pairs = np.array([first, second])
    drawn = random.integers(pairs.shape[1], size=(RESAMPLES, pairs.shape[1]))
    kappas = [_kappa(pairs[0, rows], pairs[1, rows], power) for rows in drawn]
    low, high = np.quantile(kappas, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)


def _kappa(first: npt.ArrayLike, second: npt.ArrayLike, power: int, counted: Sequence[float] | None = None) -> float:
    """Return 1 - disagreement / disagreement by chance, a difference of grades weighing its `power` (0: all alike)."""
    grades = len(GRADES)
    cells = np.asarray(first) * grades + np.asarray(second)
    seen = np.bincount(cells, counted, grades * grades).reshape(grades, grades).astype(np.float64)
    apart = np.abs(np.subtract.outer(np.arange(grades), np.arange(grades)))
    weight = np.where(apart == 0, 0.0, apart.astype(np.float64) ** power)
    by_chance = float((weight * np.outer(seen.sum(1), seen.sum(0))).sum() / seen.sum())
    return 1 - float((weight * seen).sum()) / by_chance if by_chance else 1.0


def second_judge_lines(second: SecondJudge) -> Iterator[str]:
    """Yield a second judge's agreement for a terminal."""
    agreement = second.agreement
    (low, high), (weighted_low, weighted_high) = second.kappa_span, second.weighted_span
    yield (
        f"{agreement.first} and {agreement.second}: {agreement.shared} shared, "
        f"kappa {agreement.kappa:.2f} [{low:.2f}, {high:.2f}], "
        f"weighted {agreement.weighted:.2f} [{weighted_low:.2f}, {weighted_high:.2f}], "
        f"{second.in_set:.2f} at the set's own share of each grade"
    )
    yield "  " + "own grade".ljust(12) + "".join(f"{f'read {grade}':>8}" for grade in GRADES)
    for grade, counts in zip(GRADES, second.table, strict=True):
        yield f"  {grade:<12}" + "".join(f"{count:8d}" for count in counts)
