"""Retrieval measures by topic, with intervals and paired tests, computed by `ir_measures` and `scipy.stats`.

Smucker, Allan & Carterette 2007 for the paired randomisation test; Holm 1979 for many slices at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from eval.collection import Grades

MEASURES: Final = ("nDCG@10", "R@10", "R@100", "RR@10", "Success@1", "Success@5", "Judged@10")
SEED: Final = 20
RESAMPLES: Final = 4999
CONFIDENCE: Final = 0.95
SMALLEST: Final = 2  # topics; one value has no interval
_BATCH: Final = 500  # resamples held in memory at once

Values = Mapping[str, float]  # topic → value
Scores = Mapping[str, Sequence[tuple[str, float]]]  # topic → (document, score), best first, no two scores equal


class Interval(NamedTuple):
    """A mean over topics with its 95 % interval."""

    mean: float
    low: float
    high: float
    topics: int


class Difference(NamedTuple):
    """The change from one system to another on the same topics; positive is better."""

    before: float
    after: float
    low: float
    high: float
    p: float
    wins: int
    ties: int
    losses: int

    @property
    def mean(self) -> float:
        return self.after - self.before

    @property
    def topics(self) -> int:
        return self.wins + self.ties + self.losses


def measure(grades: Grades, run: Scores, measures: Sequence[str] = MEASURES) -> dict[str, dict[str, float]]:
    """Return measure → topic → value for every topic with a right answer; a topic missing from the run counts 0.

    Topics with no positive judgement are left out: no ranking can be right for them.
    """
    import ir_measures

    judged = {topic: given for topic, given in grades.items() if any(grade > 0 for grade in given.values())}
    values: dict[str, dict[str, float]] = {name: {} for name in measures}
    if not judged:
        return values
    parsed = {ir_measures.parse_measure(name): name for name in measures}
    qrels = [
        ir_measures.Qrel(topic, document, grade) for topic, given in judged.items() for document, grade in given.items()
    ]
    scored = [
        ir_measures.ScoredDoc(topic, document, score) for topic in judged for document, score in run.get(topic, ())
    ]
    for result in ir_measures.iter_calc(list(parsed), qrels, scored):
        values[parsed[result.measure]][result.query_id] = float(result.value)
    for name in measures:
        values[name] = {topic: values[name].get(topic, 0.0) for topic in judged}
    return values


def interval(values: Iterable[float], seed: int = SEED) -> Interval:
    """Return the mean and its 95 % bootstrap interval by percentiles; the same values give the same interval."""
    from scipy import stats

    given = np.fromiter(values, np.float64)
    if not len(given):
        return Interval(float("nan"), float("nan"), float("nan"), 0)
    mean = float(given.mean())
    if len(given) < SMALLEST or np.ptp(given) == 0:
        return Interval(mean, mean, mean, len(given))
    drawn = stats.bootstrap(
        (given,),
        np.mean,
        n_resamples=RESAMPLES,
        batch=_BATCH,
        confidence_level=CONFIDENCE,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return Interval(mean, float(drawn.low), float(drawn.high), len(given))


def compare(before: Values, after: Values, *, seed: int = SEED, resamples: int = RESAMPLES) -> Difference:
    """Return the difference on the topics both have, its bootstrap interval and the two-sided p of the paired test."""
    shared = sorted(before.keys() & after.keys())
    old = np.array([before[topic] for topic in shared], np.float64)
    new = np.array([after[topic] for topic in shared], np.float64)
    change = new - old
    spread = interval(change, seed)
    return Difference(
        before=float(old.mean()) if shared else float("nan"),
        after=float(new.mean()) if shared else float("nan"),
        low=spread.low,
        high=spread.high,
        p=p_value(old, new, "two-sided", seed=seed, resamples=resamples),
        wins=int((change > 0).sum()),
        ties=int((change == 0).sum()),
        losses=int((change < 0).sum()),
    )


def p_value(
    old: npt.NDArray[np.float64],
    new: npt.NDArray[np.float64],
    alternative: str,
    *,
    seed: int = SEED,
    resamples: int = RESAMPLES,
) -> float:
    """Return the p of the paired randomisation test of `new` − `old`; exact when few topics differ.

    Topics without a change cannot change sides and are left out, which leaves p as it is.
    """
    from scipy import stats

    differ = old != new
    if differ.sum() < SMALLEST:
        return 1.0

    def mean_change(after: Any, before: Any, axis: int = -1) -> Any:
        return np.mean(after - before, axis=axis)

    tested = stats.permutation_test(
        (new[differ], old[differ]),
        mean_change,
        permutation_type="samples",
        vectorized=True,
        n_resamples=resamples,
        batch=_BATCH,
        alternative=alternative,
        rng=np.random.default_rng(seed),
    )
    return float(tested.pvalue)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return the p values corrected for their number (Holm 1979), in the order given."""
    order = sorted(range(len(p_values)), key=lambda at: p_values[at])
    corrected, highest = [0.0] * len(p_values), 0.0
    for rank, at in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[at]))
        corrected[at] = highest
    return corrected
