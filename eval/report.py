"""One self-contained page of HTML that says what was measured: to be looked at, sent, and kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from eval.answers import Abstention, Trade, abstention
from eval.matrices import matrices, topics_text
from eval.plots import INK, SECOND, Curve, Span, curves, histogram, intervals
from eval.results import Results, TopicResult, snippet
from eval.slices import ALL, ARROW

MEASURED: Final = {
    "Finding": ("nDCG@10", "R@10", "R@100", "RR@10", "Success@1", "Success@5", "section nDCG@10", "Judged@10"),
    "Answering": ("Answer@1", "Answer@3", "Sentence@1", "Sentence@3", "Answered", "Abstained"),
}
COVERAGES: Final = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)  # stated beside the curve
RANKED_BY: Final = ("nDCG@10", "Answer@1", "Abstained")  # the first that was measured decides which topics are worst
WORST: Final = 12  # topics a set
SHOWN: Final = 3  # documents a topic
SHORT: Final = 280  # characters of their text


class Plot(NamedTuple):
    """A drawing, and the same figures as a table for whoever cannot see it or wants to copy them."""

    title: str
    svg: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Measures(NamedTuple):
    """A table of measures, with the results that have any of them."""

    title: str
    names: tuple[str, ...]
    results: tuple[Results, ...]


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
    page = environment.get_template("report.html").render(
        results=results,
        measured=list(measure_tables(results)),
        all=ALL,
        matrices=list(matrices(results)),
        slices=list(slice_plots(results)),
        abstention=told,
        trade=told.at_coverage() if told else None,
        risk=risk_coverage(told) if told else None,
        latencies=list(latency_plots(results)),
        worst=[(one, worst_measure(one), worst_topics(one)) for one in results if worst_measure(one)],
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")


def measure_tables(results: Sequence[Results]) -> Iterable[Measures]:
    """Yield the tables of measures without what nobody measured."""
    for title, wanted in MEASURED.items():
        names = tuple(name for name in wanted if any(name in one.summary.get(ALL, {}) for one in results))
        rows = tuple(one for one in results if any(name in one.summary.get(ALL, {}) for name in names))
        if rows:
            yield Measures(title, names, rows)


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
            shown = [*ordered, ("all topics", one.summary[ALL][name])]
            spans = [Span(group, got.mean, got.low, got.high, topics_text(got.topics)) for group, got in shown]
            rows = tuple(
                (group, str(got.topics), f"{got.mean:.3f}", f"{got.low:.3f} – {got.high:.3f}") for group, got in shown
            )
            title = f"{one.name}: {name}"
            yield Plot(title, intervals(spans, title=title), ("slice", "topics", name, "95 %"), rows)


def latency_plots(results: Sequence[Results]) -> Iterable[Plot]:
    """Yield how long each system took; runs read from a file were not timed."""
    for one in results:
        if any(topic.took_ms for topic in one.topics):
            drawn = histogram([topic.took_ms for topic in one.topics], title=f"{one.name}: time of a search", unit="ms")
            rows = tuple(
                (f"p{percentile}", f"{one.latency_ms(percentile):.1f}") for percentile in (50, 90, 95, 99, 100)
            )
            yield Plot(one.name, drawn, ("percentile", "ms"), rows)


def risk_coverage(told: Abstention) -> Plot:
    """Show wrong answers and false answers against the share of answerable questions that are answered."""

    def line(y: str) -> list[tuple[float, float]]:
        return [(trade.coverage, float(getattr(trade, y))) for trade in told.curve]

    drawn = [
        Curve("answers that are wrong, of all given", line(Trade._fields[3]), SECOND),
        Curve("unanswerable questions that are answered", line(Trade._fields[2]), INK),
    ]
    title = "Risk and coverage"
    svg = curves(drawn, title=title, x_axis="answerable questions answered", y_axis="share that is wrong")
    rows = tuple(
        (f"{one.coverage:.0%}", f"{one.threshold:.2f}", f"{one.risk:.1%}", f"{one.false_answers:.1%}")
        for one in (told.at_coverage(coverage) for coverage in COVERAGES)
    )
    return Plot(title, svg, ("answered", "confidence from", "answers wrong", "unanswerable answered"), rows)


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
        Shown(one.title or one.id, one.label, snippet(one.text, SHORT), topic.expected.get(one.id))
        for one in topic.found[:SHOWN]
    )
    return Worst(topic, value, tuple(expected), found)
