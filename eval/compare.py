"""Two results on the same topics, side by side: what changed, how surely, and on which topics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from textwrap import wrap
from typing import Final, NamedTuple

from eval.measures import Difference, compare, holm
from eval.results import Results, TopicResult
from eval.slices import ALL
from index.errors import PasserelleError

COMPARED: Final = (
    *("nDCG@10", "R@10", "R@100", "RR@10", "Success@1", "section nDCG@10", "section Success@1"),
    *("Answer@1", "Answer@3", "Answered", "Abstained"),
)
SHOWN: Final = 3  # documents a side
EXPECTED: Final = 5  # right documents a topic
WIDTH: Final = 150  # characters of both columns of texts
TEXT_LINES: Final = 2  # of each document's passage


class NotComparable(PasserelleError):
    """Two results were not measured on the same topics and judgements."""


@dataclass(frozen=True, slots=True)
class Line:
    """One measure on one group; `difference.p` is corrected over the groups of its measure."""

    group: str
    measure: str
    difference: Difference


class Contrast(NamedTuple):
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


class Expected(NamedTuple):
    """A document that answers, and its rank in both; None beyond the documents kept."""

    grade: int
    title: str
    before: int | None
    after: int | None


def expected(contrast: Contrast, titles: Mapping[str, str]) -> list[Expected]:
    """Return what answers the topic, the best first, and where both put it."""
    before, after = ({one.id: rank for rank, one in enumerate(side.found, 1)} for side in contrast[1:])
    right = sorted((-grade, document) for document, grade in contrast.after.expected.items() if grade > 0)
    return [
        Expected(-lowered, titles.get(document, document), before.get(document), after.get(document))
        for lowered, document in right
    ]


def _expected_lines(contrast: Contrast, titles: Mapping[str, str]) -> Iterator[str]:
    right = expected(contrast, titles)
    for one in right[:EXPECTED]:
        places = f"{one.before or '–'} → {one.after or '–'}"
        yield f"[{one.grade}] {places:7} {one.title}"
    if len(right) > EXPECTED:
        yield f"… and {len(right) - EXPECTED} more"
    yield from (f"« {quote} »" for quote in contrast.after.right_quotes)


def side_by_side(contrast: Contrast, titles: Mapping[str, str], width: int = WIDTH) -> Iterator[str]:
    """Yield a topic: what was asked, what answers it, and the first documents of both systems in two columns."""
    before, after = contrast.before, contrast.after
    yield f"{contrast.change:+.3f}  {before.id}  {' '.join(before.text.split())}"
    yield from (f"   expected {line}" for line in _expected_lines(contrast, titles))
    column = (width - 6) // 2
    for one, other in zip_longest(_shown(before, column), _shown(after, column), fillvalue=""):
        yield f"   {one:{column}} | {other}"
    yield ""


def _shown(topic: TopicResult, column: int) -> list[str]:
    """Return what was answered and the first documents as lines of a column, a grade ("?": nobody judged) by each."""
    lines = []
    if reply := topic.reply:
        said = "answered" if reply.is_answered else "silent, would have said"
        lines += wrap(f"{said}: {' … '.join(reply.sentences[:1])}", column, max_lines=TEXT_LINES + 1, placeholder=" …")
    for rank, found in enumerate(topic.found[:SHOWN], 1):
        grade = topic.expected.get(found.id)
        head = f"{rank}. [{'?' if grade is None else grade}] {found.title or found.id}"
        lines += [*wrap(head, column, max_lines=2, placeholder=" …", subsequent_indent="       ")]
        text = wrap(" ".join(found.text.split()), column - 7, max_lines=TEXT_LINES, placeholder=" …")
        lines += [f"       {line}" for line in text]
    return lines
