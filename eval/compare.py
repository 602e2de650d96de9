"""Two results on the same topics, side by side: what changed, how surely, and on which topics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from eval.measures import Difference, compare, holm
from eval.results import Results, TopicResult
from eval.slices import ALL
from index.errors import PasserelleError

COMPARED: Final = (
    *("nDCG@10", "R@10", "R@100", "RR@10", "Success@1", "section nDCG@10", "section Success@1"),
    *("Answer@1", "Answer@3", "Answered", "Abstained"),
)
SHOWN: Final = 3  # documents a side
WIDTH: Final = 58  # characters of a column of texts


class NotComparable(PasserelleError):
    """Two results were not measured on the same topics and judgements."""


@dataclass(frozen=True, slots=True)
class Line:
    """One measure on one group; `difference.p` is corrected over the groups of its measure."""

    group: str
    measure: str
    difference: Difference


@dataclass(frozen=True, slots=True)
class Contrast:
    """A topic whose value changed, as both systems answered it."""

    change: float
    before: TopicResult
    after: TopicResult


def compare_results(before: Results, after: Results, measures: Sequence[str] = COMPARED) -> list[Line]:
    """Return a line a measure and group, p corrected by Holm over a measure's groups. Raises NotComparable."""
    check_comparable(before, after)
    lines: list[Line] = []
    for name in measures:
        groups = [
            group
            for group, values in before.values.items()
            if values.get(name) and after.values.get(group, {}).get(name)
        ]
        differences = [compare(before.values[group][name], after.values[group][name]) for group in groups]
        corrected = holm([one.p for one in differences])
        lines += [
            Line(group, name, one._replace(p=p)) for group, one, p in zip(groups, differences, corrected, strict=True)
        ]
    return lines


def check_comparable(before: Results, after: Results) -> None:
    """Pass results of the same set and judgements. Raises NotComparable."""
    if before.set != after.set:
        raise NotComparable(f"{before.set} and {after.set} are different sets. Compare two runs of one set.")
    if before.judgements != after.judgements:
        raise NotComparable(
            f"{before.set}: topics or judgements changed between the two runs, so their values differ for that alone. "
            "Run the older system again on the set as it is now."
        )


def contrasts(before: Results, after: Results, measure: str, group: str = ALL) -> list[Contrast]:
    """Return the topics whose value changed, the greatest loss first, the greatest win last."""
    old, new = (results.values.get(group, {}).get(measure, {}) for results in (before, after))
    was, now = ({topic.id: topic for topic in results.topics} for results in (before, after))
    changed = [
        Contrast(new[topic] - old[topic], was[topic], now[topic])
        for topic in sorted(old.keys() & new.keys())
        if old[topic] != new[topic]
    ]
    return sorted(changed, key=lambda one: one.change)


def table(lines: Sequence[Line]) -> Iterator[str]:
    """Yield the lines of a table for a terminal; a star marks a change that Holm leaves under 0.05."""
    wide = max([len(line.group) for line in lines] + [len("group")])
    yield (
        f"{'measure':18} {'group':{wide}} {'topics':>6} {'before':>7} {'after':>7} {'change':>7}  {'95 %':16} {'p':>6}"
        "   win/tie/loss"
    )
    for group, measure, one in ((line.group, line.measure, line.difference) for line in lines):
        span = f"[{one.low:+.3f}, {one.high:+.3f}]"
        star = "*" if one.p < 0.05 else " "
        yield (
            f"{measure:18} {group:{wide}} {one.topics:6d} {one.before:7.3f} {one.after:7.3f} {one.mean:+7.3f}  "
            f"{span:16} {one.p:6.3f} {star} {one.wins}/{one.ties}/{one.losses}"
        )


def side_by_side(contrast: Contrast) -> Iterator[str]:
    """Yield a topic's first documents of both systems in two columns; right ones carry their grade."""
    before, after = contrast.before, contrast.after
    yield f"{contrast.change:+.3f}  {before.id}  {before.text}"
    for one, other in zip(_shown(before), _shown(after), strict=True):
        yield f"   {one:{WIDTH}.{WIDTH}} | {other:.{WIDTH}}"


def _shown(topic: TopicResult) -> list[str]:
    lines = []
    for rank, found in enumerate(topic.found[:SHOWN], 1):
        grade = topic.expected.get(found.id)
        mark = f"[{grade}]" if grade is not None else "[ ]"
        lines.append(f"{rank}. {mark} {found.title or found.id} – {' '.join(found.text.split())}")
    return lines + [""] * (SHOWN - len(lines))
