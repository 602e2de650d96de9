"""Compare two results on the same topics: what changed, how surely, and on which topics; in a terminal or as a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, zip_longest
from pathlib import Path
from textwrap import wrap
from typing import Final, NamedTuple

from eval.measures import Difference, compare, holm
from eval.results import Results, TopicResult
from eval.slices import ALL
from index.errors import PasserelleError

COMPARED: Final = (
    "nDCG@10",
    "R@10",
    "R@100",
    "RR@10",
    "Success@1",
    "section nDCG@10",
    "section Success@1",
    "Answer@1",
    "Answer@3",
    "Answered",
    "Abstained",
)
SIGNIFICANT: Final = 0.05
MANY_GROUPS: Final = (
    "The interval {span} leaves out 0 and p is {p:.3f}: both are right. The interval, and p before correction "
    "({alone:.3f}), look at this group alone; p is corrected (Holm) because {groups} groups were looked at, among "
    "which one may seem to change by chance. Take it as a hint, and confirm it on other topics or on all of them."
)
FEW_CHANGES: Final = (
    "The interval {span} leaves out 0 and p is {alone:.3f} even before correction: both are right. Only {changed} of "
    "{topics} topics changed; the bootstrap draws from those few and makes the interval too narrow, while the "
    "randomisation test counts the ways they could have fallen. Trust p: there are too few changes to tell."
)
HOLDS_0: Final = (
    "The interval {span} holds 0 and p is {p:.3f}: both are right, and near their limits. The interval asks how large "
    "the change is on other topics like these, p whether it could be none at all on these. The direction is likely, "
    "the size may be next to nothing."
)
SHOWN: Final = 3  # documents a side
EXPECTED: Final = 5  # right documents a topic
WIDTH: Final = 150  # characters of both columns of texts
TEXT_LINES: Final = 2  # of each document's passage


class NotComparable(PasserelleError):
    """Two results were not measured on the same topics and judgements."""


@dataclass(frozen=True, slots=True)
class Line:
    """One measure on one group; `difference.p` is corrected over the `groups` of its measure, `p_alone` is not."""

    group: str
    measure: str
    difference: Difference
    p_alone: float = 1.0
    groups: int = 1

    @property
    def note(self) -> str:
        """Say why interval and p seem to disagree, where they do: each answers a question of its own."""
        low, high, p = self.difference.low, self.difference.high, self.difference.p
        excludes = low > 0 or high < 0
        if excludes == (p < SIGNIFICANT):
            return ""
        text = HOLDS_0 if not excludes else MANY_GROUPS if self.p_alone < SIGNIFICANT else FEW_CHANGES
        changed, topics = self.difference.wins + self.difference.losses, self.difference.topics
        span = f"[{low:+.3f}, {high:+.3f}]"
        return text.format(span=span, p=p, alone=self.p_alone, groups=self.groups, changed=changed, topics=topics)


class Contrast(NamedTuple):
    """A topic whose value changed, as both systems answered it."""

    change: float
    before: TopicResult
    after: TopicResult


def compare_results(before: Results, after: Results, measures: Sequence[str] = COMPARED) -> list[Line]:
    """Return a line for each measure and group, p corrected by Holm over a measure's groups. Raises NotComparable."""
    check_comparable(before, after)
    lines: list[Line] = []
    for name in measures:
        groups = [
            group
            for group, values in before.values.items()
            if values.get(name) and after.values.get(group, {}).get(name)
        ]
        differences = [compare(before.values[group][name], after.values[group][name]) for group in groups]
        corrected = holm([difference.p for difference in differences])
        lines += [
            Line(group, name, difference._replace(p=p), difference.p, len(groups))
            for group, difference, p in zip(groups, differences, corrected, strict=True)
        ]
    return lines


def check_comparable(before: Results, after: Results) -> None:
    """Raise NotComparable unless both results are of the same set and judgements."""
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
    return sorted(changed, key=lambda contrast: contrast.change)


def table(lines: Sequence[Line]) -> Iterator[str]:
    """Yield the lines of a table for a terminal; a star marks a change that Holm leaves under 0.05."""
    wide = max([len(line.group) for line in lines] + [len("group")])
    yield (
        f"{'measure':18} {'group':{wide}} {'topics':>6} {'before':>7} {'after':>7} {'change':>7}  {'95 %':16} {'p':>6}"
        "   win/tie/loss"
    )
    for group, measure, difference in ((line.group, line.measure, line.difference) for line in lines):
        span = f"[{difference.low:+.3f}, {difference.high:+.3f}]"
        star = "*" if difference.p < SIGNIFICANT else " "
        yield (
            f"{measure:18} {group:{wide}} {difference.topics:6d} {difference.before:7.3f} {difference.after:7.3f} "
            f"{difference.mean:+7.3f}  "
            f"{span:16} {difference.p:6.3f} {star} {difference.wins}/{difference.ties}/{difference.losses}"
        )


def notes(lines: Sequence[Line]) -> Iterator[str]:
    """Yield, for a terminal, what interval and p mean where they seem to disagree."""
    for line in lines:
        if line.note:
            yield from wrap(f"{line.measure}, {line.group}: {line.note}", WIDTH // 2 + 25, subsequent_indent="  ")


class ExpectedDocument(NamedTuple):
    """A document that answers the topic, and its rank before and after: None beyond the documents kept."""

    grade: int
    title: str
    before: int | None
    after: int | None


def expected_documents(contrast: Contrast, titles: Mapping[str, str]) -> list[ExpectedDocument]:
    """Return the documents that answer the topic, the best first, with their ranks before and after."""
    before, after = ({document.id: rank for rank, document in enumerate(side.documents, 1)} for side in contrast[1:])
    right = sorted((-grade, document) for document, grade in contrast.after.expected.items() if grade > 0)
    return [
        ExpectedDocument(-lowered, titles.get(document, document), before.get(document), after.get(document))
        for lowered, document in right
    ]


def _expected_lines(contrast: Contrast, titles: Mapping[str, str]) -> Iterator[str]:
    right = expected_documents(contrast, titles)
    for document in right[:EXPECTED]:
        ranks = f"{document.before or '–'} → {document.after or '–'}"
        yield f"[{document.grade}] {ranks:7} {document.title}"
    if len(right) > EXPECTED:
        yield f"… and {len(right) - EXPECTED} more"
    yield from (f"« {quote} »" for quote in contrast.after.right_quotes)


def side_by_side(contrast: Contrast, titles: Mapping[str, str], width: int = WIDTH) -> Iterator[str]:
    """Yield a topic for a terminal: its text, what answers it, and the first documents of both runs in two columns."""
    before, after = contrast.before, contrast.after
    yield f"{contrast.change:+.3f}  {before.id}  {' '.join(before.text.split())}"
    yield from (f"   expected {line}" for line in _expected_lines(contrast, titles))
    column = (width - 6) // 2
    for left, right in zip_longest(_shown(before, column), _shown(after, column), fillvalue=""):
        yield f"   {left:{column}} | {right}"
    yield ""


def _shown(topic: TopicResult, column: int) -> list[str]:
    """Return the reply and the first documents as lines of a column, each with its grade ("?": nobody judged it)."""
    lines = []
    if reply := topic.reply:
        verdict = "answered" if reply.is_answered else "silent, would have said"
        lines += wrap(
            f"{verdict}: {' … '.join(reply.sentences[:1])}", column, max_lines=TEXT_LINES + 1, placeholder=" …"
        )
    for rank, document in enumerate(topic.documents[:SHOWN], 1):
        grade = topic.expected.get(document.id)
        head = f"{rank}. [{'?' if grade is None else grade}] {document.title or document.id}"
        lines += [*wrap(head, column, max_lines=2, placeholder=" …", subsequent_indent="       ")]
        text = wrap(" ".join(document.text.split()), column - 7, max_lines=TEXT_LINES, placeholder=" …")
        lines += [f"       {line}" for line in text]
    return lines


class ShownContrast(NamedTuple):
    """A changed topic for the page, with the documents that answer it."""

    contrast: Contrast
    expected: Sequence[ExpectedDocument]


def write_comparison(
    before: Results, after: Results, lines: Sequence[Line], changed: Sequence[Contrast], path: Path, *, topics: int
) -> None:
    """Write a self-contained page: every group, then at most so many topics lost and won, their texts side by side.

    `changed` comes from `contrasts`: the greatest loss first.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(Path(__file__).parent / "templates")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    titles = before.titles | after.titles
    lost = [
        ShownContrast(contrast, expected_documents(contrast, titles)) for contrast in changed if contrast.change < 0
    ]
    won = [
        ShownContrast(contrast, expected_documents(contrast, titles))
        for contrast in reversed(changed)
        if contrast.change > 0
    ]
    page = environment.get_template("compare.html").render(
        before=before,
        after=after,
        measures=[(name, list(some)) for name, some in groupby(lines, key=lambda line: line.measure)],
        losses=lost[:topics],
        wins=won[:topics],
        shown=SHOWN,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")
