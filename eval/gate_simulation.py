"""Simulate how often the gate is wrong, from the baseline's own spread over topics.

A simulated change touches a share of the topics: each of them takes the values of another topic of its group, drawn at
random, which leaves the mean where it was on average. A planted fall then loses topics (value 0), of all groups or of
one, until the mean is expected to have fallen so far.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Final, NamedTuple

import numpy as np

from eval.gate import Guard, verdicts
from eval.slices import ALL

TOUCHED: Final = (0.05, 0.1, 0.2)  # share of topics a change moves
FALLS: Final = (0.0, 0.02, 0.05, 0.1)
TRIALS: Final = 200
_RESAMPLES: Final = 499

SetTopic = tuple[str, str]  # of a set, the topic


class Rates(NamedTuple):
    """The share of trials in which the gate blocked: wrongly when nothing fell (`fall` 0), rightly otherwise."""

    touched: float
    fall: float
    where: str
    blocked: float
    trials: int


def simulate(
    guards: Sequence[Guard],
    *,
    touched: Sequence[float] = TOUCHED,
    falls: Sequence[float] = FALLS,
    trials: int = TRIALS,
    seed: int = 20,
) -> Iterator[Rates]:
    """Yield the rates for a neutral change, a fall everywhere, and a fall in the smallest group of one set only.

    As in `judge`, the test is corrected over the guards of each set.
    """
    if not guards:
        return
    smallest = min(guards, key=lambda guard: len(guard.values))
    everywhere: dict[str, Sequence[Guard]] = {ALL: guards}
    alone = {f"{smallest.set} {smallest.group}": [guard for guard in guards if guard[:2] == smallest[:2]]}
    for share in touched:
        for fall in falls:
            for where, falling in (everywhere | alone if fall else {"nowhere": ()}).items():
                random = np.random.default_rng(seed)
                blocked = sum(_is_blocked(guards, share, fall, falling, random) for _ in range(trials))
                yield Rates(share, fall, where, blocked / trials, trials)


def _is_blocked(
    guards: Sequence[Guard], share: float, fall: float, falling: Sequence[Guard], random: np.random.Generator
) -> bool:
    topics = sorted({(guard.set, topic) for guard in guards for topic in guard.values})
    moved = {topic for topic in topics if random.random() < share}
    luck = {topic: float(random.random()) for topic in topics}
    fallen = {(guard.set, topic) for guard in falling for topic in guard.values}
    new = [_changed(guard, moved, luck, fallen, fall, random) for guard in guards]
    for name in sorted({guard.set for guard in guards}):
        in_set = [at for at, guard in enumerate(guards) if guard.set == name]
        judged = verdicts([guards[at] for at in in_set], [new[at] for at in in_set], resamples=_RESAMPLES)
        if any(not verdict.passes for verdict in judged):
            return True
    return False


def _changed(
    guard: Guard,
    moved: Set[SetTopic],
    luck: Mapping[SetTopic, float],
    fallen: Set[SetTopic],
    fall: float,
    random: np.random.Generator,
) -> dict[str, float]:
    """Return a guard's values after the change. A topic has the same luck in every group it belongs to."""
    values = list(guard.values.values())
    mean = float(np.mean(values))
    lost = fall / mean if mean else 0.0
    return {
        topic: 0.0
        if (guard.set, topic) in fallen and luck[guard.set, topic] < lost
        else (values[int(random.integers(len(values)))] if (guard.set, topic) in moved else value)
        for topic, value in guard.values.items()
    }


def table(rates: Sequence[Rates]) -> Iterator[str]:
    """Yield the lines of a table: false blocks where nothing fell, false passes where something did."""
    yield f"{'topics moved':>12} {'planted fall':>12} {'in':20} {'blocked':>8}   of which wrong"
    for rate in rates:
        wrong = f"{rate.blocked:.1%} false blocks" if not rate.fall else f"{1 - rate.blocked:.1%} false passes"
        yield f"{rate.touched:12.0%} {rate.fall:12.2f} {rate.where:20} {rate.blocked:8.1%}   {wrong}"
