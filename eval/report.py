"""Report results as one self-contained HTML page that can be read, sent and kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from eval.answers import Abstention, calibration_error, measure_abstention, reliability
from eval.measures import Interval, interval
from eval.plots import INK, SECOND, Curve, Span, curves, heat, histogram, intervals
from eval.report_words import ENGLISH, ReportWords
from eval.results import Reply, Results, TopicResult, snippet
from eval.slices import ALL, ARROW
from index.documents import LANGUAGES

MEASURED: Final = {
    "Finding": ("nDCG@10", "R@10", "R@100", "RR@10", "Success@1", "Success@5", "section nDCG@10", "Judged@10"),
    "Answering": ("Answer@1", "Answer@3", "Sentence@1", "Sentence@3", "Answered", "Abstained", "Carried"),
}
COVERAGES: Final = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)  # stated beside the curve
RANKED_BY: Final = ("nDCG@10", "Answer@1", "Abstained")  # the first that was measured decides which topics are worst
WORST: Final = 12  # topics a set
SHOWN: Final = 3  # documents a topic
SHORT: Final = 280  # characters of their text


class Plot(NamedTuple):
    """A drawing, and its figures as a table for readers who cannot see it or want to copy them."""

    title: str
    svg: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Measures(NamedTuple):
    """A table of measures, and the results that have at least one of them."""

    title: str
    names: tuple[str, ...]
    results: tuple[Results, ...]


class Shown(NamedTuple):
    """A document as the page shows it; `grade` is None where nobody judged it."""

    title: str
    label: str
    text: str
    grade: int | None


class Worst(NamedTuple):
    """A topic with a low value, the documents expected and those retrieved."""

    topic: TopicResult
    value: float
    expected: tuple[Shown, ...]
    retrieved: tuple[Shown, ...]


class Cell(NamedTuple):
    """One cell of a heat map, from the topics of one language pair."""

    text: str
    style: str
    note: str
    topics: int


class Matrix(NamedTuple):
    """One measure by query language (rows) and language of the right passages (columns)."""

    title: str
    measure: str
    languages: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    fairness: str  # the mean across languages as a share of that within a language, in words


def write_report(results: Sequence[Results], path: Path, words: ReportWords = ENGLISH) -> None:
    """Write the page of these results in a language."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(Path(__file__).parent / "templates")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    replies = [topic.reply for result in results for topic in result.topics if topic.reply]
    abstention = measure_abstention(replies)
    page = environment.get_template("report.html").render(
        t=words,
        results=results,
        measured=list(measure_tables(results)),
        all=ALL,
        matrices=list(matrices(results, words)),
        slices=list(slice_plots(results, words)),
        abstention=abstention,
        trade=abstention.at_coverage() if abstention else None,
        risk=risk_coverage(abstention, words) if abstention else None,
        reliable=reliability_diagram(replies, words) if abstention else None,
        latencies=list(latency_plots(results, words)),
        worst=[(result, worst_measure(result), worst_topics(result)) for result in results if worst_measure(result)],
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")


def measure_tables(results: Sequence[Results]) -> Iterable[Measures]:
    """Yield the tables of measures, without those that none of the results has."""
    for title, measured in MEASURED.items():
        names = tuple(name for name in measured if any(name in result.summary.get(ALL, {}) for result in results))
        rows = tuple(result for result in results if any(name in result.summary.get(ALL, {}) for name in names))
        if rows:
            yield Measures(title, names, rows)


def matrices(results: Sequence[Results], t: ReportWords = ENGLISH) -> Iterable[Matrix]:
    """Yield the language matrix of each result; sets of a single language pair share one matrix."""
    single: dict[str, list[Results]] = {}
    for result in results:
        pairs = [group for group in result.values if ARROW in group]
        if len(pairs) > 1:
            yield from (_matrix([result], result.name, name, t) for name in ("R@10", "nDCG@10"))
        elif pairs:
            single.setdefault(result.arm, []).append(result)
    for arm, some in single.items():
        if len({pair for result in some for pair in result.values if ARROW in pair}) > 1:
            yield _matrix(some, t("one pair", arm=arm), "nDCG@10", t)


def _matrix(results: Sequence[Results], title: str, measure: str, t: ReportWords) -> Matrix:
    values: dict[str, list[float]] = {}
    for result in results:
        for pair, measures in result.values.items():
            if ARROW in pair:
                values.setdefault(pair, []).extend(measures.get(measure, {}).values())
    spoken = {language for pair in values for language in pair.split(ARROW)}
    known = [language for language in LANGUAGES if language in spoken]
    languages = (*known, *sorted(spoken.difference(known)))
    means = {pair: interval(some) for pair, some in values.items() if some}
    asking = [language for language in languages if any(pair.startswith(f"{language}{ARROW}") for pair in means)]
    rows = tuple(
        (query, tuple(_cell(means.get(f"{query}{ARROW}{passage}"), t) for passage in languages)) for query in asking
    )
    same = [mean.mean for pair, mean in means.items() if len(set(pair.split(ARROW))) == 1]
    across = [mean.mean for pair, mean in means.items() if len(set(pair.split(ARROW))) == 2]
    ratio = float(np.mean(across) / np.mean(same)) if same and across and np.mean(same) else float("nan")
    fairness = t("fairness", ratio=t.figure(ratio, 2)) if same and across else ""
    return Matrix(title, measure, languages, rows, fairness)


def _cell(mean: Interval | None, t: ReportWords) -> Cell:
    if mean is None:
        return Cell("", "", t("no topics"), 0)
    note = f"{t.figure(mean.mean)} [{t.figure(mean.low)} – {t.figure(mean.high)}], {t.count(mean.topics)}"
    return Cell(t.figure(mean.mean, 2), heat(mean.mean), note, mean.topics)


def slice_plots(results: Sequence[Results], t: ReportWords = ENGLISH) -> Iterable[Plot]:
    """Plot the slices of each result with their intervals, the weakest first."""
    for result in results:
        name = worst_measure(result)
        groups = {
            group: measures[name]
            for group, measures in result.summary.items()
            if group != ALL and ARROW not in group and name in measures
        }
        if groups:
            ordered = sorted(groups.items(), key=lambda item: item[1].mean)
            shown = [*ordered, (t("all topics"), result.summary[ALL][name])]
            spans = [Span(group, got.mean, got.low, got.high, t.count(got.topics)) for group, got in shown]
            rows = tuple(
                (group, str(got.topics), t.figure(got.mean), f"{t.figure(got.low)} – {t.figure(got.high)}")
                for group, got in shown
            )
            title = f"{result.name}: {name}"
            yield Plot(title, intervals(spans, title=title), (t("slice"), t("topics"), name, "95 %"), rows)


def latency_plots(results: Sequence[Results], t: ReportWords = ENGLISH) -> Iterable[Plot]:
    """Plot how long the searches of each result took, except for runs read from a file, which were not timed."""
    for result in results:
        if any(topic.took_ms for topic in result.topics):
            drawn = histogram(
                [topic.took_ms for topic in result.topics], title=t("time of a search", name=result.name), unit="ms"
            )
            rows = tuple(
                (f"p{percentile}", t.figure(result.latency_ms(percentile), 1)) for percentile in (50, 90, 95, 99, 100)
            )
            yield Plot(result.name, drawn, (t("percentile"), "ms"), rows)


def risk_coverage(abstention: Abstention, t: ReportWords = ENGLISH) -> Plot:
    """Plot wrong answers and answered unanswerable questions against the share of answerable questions answered."""

    risks = [(trade.coverage, trade.risk) for trade in abstention.curve]
    false_answers = [(trade.coverage, trade.false_answers) for trade in abstention.curve]
    drawn = [
        Curve(t("risk"), risks, SECOND),
        Curve(t("false answers"), false_answers, INK),
    ]
    title = t("Risk and coverage")
    svg = curves(drawn, title=title, x_axis=t("answerable answered"), y_axis=t("share wrong"))
    rows = tuple(
        (
            t.percent(trade.coverage),
            t.figure(trade.threshold, 2),
            t.percent(trade.risk, 1),
            t.percent(trade.false_answers, 1),
        )
        for trade in (abstention.at_coverage(coverage) for coverage in COVERAGES)
    )
    head = (t("answered head"), t("confidence from"), t("answers wrong"), t("unanswerable answered"))
    return Plot(title, svg, head, rows)


def reliability_diagram(replies: Sequence[Reply], t: ReportWords = ENGLISH) -> Plot:
    """Plot how many of the questions of like confidence the documents answer against that confidence."""
    bins = reliability(replies)
    drawn = [
        Curve(t("as it should be"), [(0.0, 0.0), (1.0, 1.0)], SECOND),
        Curve(
            t("as it is", error=t.figure(calibration_error(bins))),
            [(each.confidence, each.answerable) for each in bins],
            INK,
        ),
    ]
    title = t("Reliability")
    svg = curves(drawn, title=title, x_axis=t("confidence"), y_axis=t("documents answer"))
    rows = tuple((t.figure(each.confidence, 2), t.percent(each.answerable), str(each.questions)) for each in bins)
    return Plot(title, svg, (t("mean confidence"), t("answered by documents"), t("questions")), rows)


def worst_measure(results: Results) -> str:
    return next((name for name in RANKED_BY if results.values.get(ALL, {}).get(name)), "")


def worst_topics(results: Results) -> list[Worst]:
    """Return the topics with the lowest values that are not perfect, worst first."""
    values = results.values[ALL][worst_measure(results)]
    topics = {topic.id: topic for topic in results.topics}
    lowest = sorted((value, topic) for topic, value in values.items() if value < 1 and topic in topics)[:WORST]
    return [_worst(topics[topic], value, results.titles) for value, topic in lowest]


def _worst(topic: TopicResult, value: float, titles: Mapping[str, str]) -> Worst:
    right = sorted(((grade, document) for document, grade in topic.expected.items() if grade > 0), reverse=True)
    expected = [Shown(titles.get(document, ""), document, "", grade) for grade, document in right]
    expected += [Shown("", "", quote, None) for quote in topic.right_quotes]
    retrieved = tuple(
        Shown(
            document.title or document.id,
            document.label,
            snippet(document.text, SHORT),
            topic.expected.get(document.id),
        )
        for document in topic.documents[:SHOWN]
    )
    return Worst(topic, value, tuple(expected), retrieved)
