"""One self-contained page of HTML that says what was measured: to be looked at, sent, and kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from eval.answers import Abstention, Trade, abstention
from eval.measures import Interval, interval
from eval.plots import INK, SECOND, Curve, Span, curves, heat, histogram, intervals
from eval.results import Results, TopicResult
from eval.slices import ALL, ARROW
from index.documents import LANGUAGES

MEASURED: Final = (
    *("nDCG@10", "R@10", "R@100", "RR@10", "Success@1", "Success@5", "section nDCG@10", "Judged@10"),
    *("Answer@1", "Answer@3", "Sentence@1", "Sentence@3", "Answered", "Abstained"),
)
RANKED_BY: Final = ("nDCG@10", "Answer@1", "Abstained")  # the first that was measured decides which topics are worst
WORST: Final = 12  # topics a set
SHOWN: Final = 3  # documents a topic


class Cell(NamedTuple):
    """One cell of a heat map."""

    text: str
    style: str
    note: str


class Matrix(NamedTuple):
    """Query language × passage language for one measure; a row a query language."""

    title: str
    measure: str
    languages: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    fairness: str  # the off-diagonal's mean against the diagonal's, in words


class Plot(NamedTuple):
    title: str
    svg: str


class Shown(NamedTuple):
    """A document that was expected or that came, as the page shows it; `grade` is None where nobody judged."""

    title: str
    label: str
    text: str
    grade: int | None


class Worst(NamedTuple):
    """A topic that went badly, with what was expected and what came."""

    topic: TopicResult
    value: float
    expected: tuple[Shown, ...]
    found: tuple[Shown, ...]


def write_report(results: Sequence[Results], path: Path) -> None:
    """Write the page."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(Path(__file__).parent / "templates")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    told = abstention([topic.reply for one in results for topic in one.topics if topic.reply])
    names = [name for name in MEASURED if any(name in one.summary.get(ALL, {}) for one in results)]
    page = environment.get_template("report.html").render(
        results=results,
        names=names,
        all=ALL,
        matrices=list(matrices(results)),
        slices=list(slice_plots(results)),
        abstention=told,
        trade=told.at_coverage() if told else None,
        risk=risk_coverage(told) if told else "",
        latencies=list(latency_plots(results)),
        worst=[(one, worst_measure(one), worst_topics(one)) for one in results if worst_measure(one)],
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")


def matrices(results: Sequence[Results]) -> Iterable[Matrix]:
    """Yield each set's language matrix; sets of one language pair make one matrix together."""
    single: dict[str, list[Results]] = {}
    for one in results:
        pairs = [group for group in one.values if ARROW in group]
        if len(pairs) > 1:
            yield from (_matrix([one], one.name, name) for name in ("R@10", "nDCG@10"))
        elif pairs:
            single.setdefault(one.arm, []).append(one)
    for arm, some in single.items():
        if len({pair for one in some for pair in one.values if ARROW in pair}) > 1:
            yield _matrix(some, f"sets of one language pair · {arm}", "nDCG@10")


def _matrix(results: Sequence[Results], title: str, measure: str) -> Matrix:
    values: dict[str, list[float]] = {}
    for one in results:
        for pair, measures in one.values.items():
            if ARROW in pair:
                values.setdefault(pair, []).extend(measures.get(measure, {}).values())
    spoken = {language for pair in values for language in pair.split(ARROW)}
    languages = tuple(sorted(spoken, key=lambda one: (LANGUAGES.index(one) if one in LANGUAGES else 99, one)))
    means = {pair: interval(some) for pair, some in values.items() if some}
    asking = [language for language in languages if any(pair.startswith(f"{language}{ARROW}") for pair in means)]
    rows = tuple((asked, tuple(_cell(means.get(f"{asked}{ARROW}{said}")) for said in languages)) for asked in asking)
    same = [one.mean for pair, one in means.items() if len(set(pair.split(ARROW))) == 1]
    across = [one.mean for pair, one in means.items() if len(set(pair.split(ARROW))) == 2]
    ratio = float(np.mean(across) / np.mean(same)) if same and across and np.mean(same) else float("nan")
    fairness = f"across languages {ratio:.2f} of within one" if same and across else ""
    return Matrix(title, measure, languages, rows, fairness)


def _cell(one: Interval | None) -> Cell:
    if one is None:
        return Cell("", "", "no topics")
    return Cell(
        f"{one.mean:.2f}", heat(one.mean), f"{one.mean:.3f} [{one.low:.3f}, {one.high:.3f}], {one.topics} topics"
    )


def slice_plots(results: Sequence[Results]) -> Iterable[Plot]:
    """Yield each set's slices with their intervals, the weakest first."""
    for one in results:
        name = worst_measure(one)
        groups = {
            group: measures[name]
            for group, measures in one.summary.items()
            if group != ALL and ARROW not in group and name in measures
        }
        if groups:
            ordered = sorted(groups.items(), key=lambda item: item[1].mean)
            spans = [Span(group, got.mean, got.low, got.high, f"{got.topics} topics") for group, got in ordered]
            spans.append(Span("all topics", *one.summary[ALL][name][:3], f"{one.summary[ALL][name].topics} topics"))
            title = f"{one.name}: {name}"
            yield Plot(title, intervals(spans, title=title))


def latency_plots(results: Sequence[Results]) -> Iterable[Plot]:
    for one in results:
        if one.topics:
            title = f"{one.name}: time of a search"
            yield Plot(one.name, histogram([topic.took_ms for topic in one.topics], title=title, unit="ms"))


def risk_coverage(told: Abstention) -> str:
    """Draw wrong answers and false answers against the share of answerable questions that are answered."""

    def line(y: str) -> list[tuple[float, float]]:
        return [(trade.coverage, float(getattr(trade, y))) for trade in told.curve]

    drawn = [
        Curve("answers that are wrong, of all given", line(Trade._fields[3]), SECOND),
        Curve("unanswerable questions that are answered", line(Trade._fields[2]), INK),
    ]
    return curves(
        drawn, title="Risk and coverage", x_axis="answerable questions answered", y_axis="share that is wrong"
    )


def worst_measure(one: Results) -> str:
    return next((name for name in RANKED_BY if one.values.get(ALL, {}).get(name)), "")


def worst_topics(one: Results) -> list[Worst]:
    """Return the topics with the lowest values that are not perfect, worst first."""
    values = one.values[ALL][worst_measure(one)]
    topics = {topic.id: topic for topic in one.topics}
    lowest = sorted((value, topic) for topic, value in values.items() if value < 1 and topic in topics)[:WORST]
    return [_worst(topics[topic], value, one.titles) for value, topic in lowest]


def _worst(topic: TopicResult, value: float, titles: Mapping[str, str]) -> Worst:
    right = sorted(((grade, document) for document, grade in topic.expected.items() if grade > 0), reverse=True)
    expected = [Shown(titles.get(document, ""), document, "", grade) for grade, document in right]
    expected += [Shown("", "", quote, None) for quote in topic.right_quotes]
    found = tuple(
        Shown(one.title or one.id, one.label, one.text, topic.expected.get(one.id)) for one in topic.found[:SHOWN]
    )
    return Worst(topic, value, tuple(expected), found)
