"""Read what office programs draw (DrawingML): the text of shapes, the figures of charts, the words of diagrams."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import isfinite
from typing import Any, Final

from ingest.loaders.list_numbers import write_number
from ingest.loaders.number_format import format_number, plain_number
from ingest.loaders.omissions import STRUCK, Omissions
from ingest.loaders.raised_digits import write_lowered, write_raised
from ingest.text.cleaning import one_line

_SCHEMAS: Final = "http://schemas.openxmlformats.org"
A: Final = f"{{{_SCHEMAS}/drawingml/2006/main}}"
C: Final = f"{{{_SCHEMAS}/drawingml/2006/chart}}"
DIAGRAM: Final = f"{{{_SCHEMAS}/drawingml/2006/diagram}}"
RELATION: Final = f"{{{_SCHEMAS}/officeDocument/2006/relationships}}"
FORMULA_TEXT: Final = f"{{{_SCHEMAS}/officeDocument/2006/math}}t"
_WORD_TEXT: Final = f"{{{_SCHEMAS}/wordprocessingml/2006/main}}t"
_COMPATIBILITY: Final = f"{{{_SCHEMAS}/markup-compatibility/2006}}"
_NEWER_CHART: Final = "{http://schemas.microsoft.com/office/drawing/2014/chartex}"
_SAYING: Final = (f"{A}t", _WORD_TEXT, FORMULA_TEXT, f"{C}chart", f"{DIAGRAM}relIds", f"{_NEWER_CHART}chart")
_MOST_SERIES, _MOST_POINTS = 20, 500


def resolve_alternatives(root: Any) -> None:
    """Put in the place of each mc:AlternateContent what a program of today shows of it, once."""
    for alternative in list(root.iter(f"{_COMPATIBILITY}AlternateContent"))[::-1]:
        parent = alternative.getparent()
        if parent is None:
            continue
        options = [
            child for child in alternative if child.tag in (f"{_COMPATIBILITY}Choice", f"{_COMPATIBILITY}Fallback")
        ]
        shown = next((option for option in options if next(option.iter(*_SAYING), None) is not None), None)
        shown = shown if shown is not None else next(iter(options), None)
        place = parent.index(alternative)
        for child in reversed(list(shown) if shown is not None else []):
            parent.insert(place, child)
        parent.remove(alternative)


def read_paragraphs(shape: Any, omissions: Omissions, where: str = "") -> str:
    """Return the paragraphs of a shape, a line for each, with the numbers that its lists give them."""
    lines: list[str] = []
    counts: dict[int, int] = {}
    for paragraph in shape.iter(f"{A}p"):
        properties = paragraph.find(f"{A}pPr")
        numbered = properties.find(f"{A}buAutoNum") if properties is not None else None
        level = int(properties.get("lvl", "0")) if properties is not None else 0
        text = read_paragraph(paragraph, omissions, where)
        counts = {above: count for above, count in counts.items() if above < level + (numbered is not None)}
        if numbered is not None and text:
            counts[level] = counts[level] + 1 if level in counts else int(numbered.get("startAt", "1"))
            text = f"{_write_number(counts[level], numbered.get('type', ''))} {text}"
        lines.append(text)
    return "\n".join(filter(None, lines))


def _write_number(number: int, kind: str) -> str:
    """Return the number of a list's paragraph: "2." for arabicPeriod, "b)" for alphaLcParenR."""
    ways = {"alphaLc": "a", "alphaUc": "A", "romanLc": "i", "romanUc": "I"}
    shown = write_number(number, next((way for name, way in ways.items() if kind.startswith(name)), "1"))
    if kind.endswith("ParenBoth"):
        return f"({shown})"
    return f"{shown})" if kind.endswith("ParenR") else shown if kind.endswith("Plain") else f"{shown}."


def read_paragraph(paragraph: Any, omissions: Omissions, where: str = "") -> str:
    """Return the text of a paragraph on one line, without what is struck out."""
    text = ""
    is_struck_before = False
    for child in paragraph:
        if child.tag == f"{A}br":
            text += " "
            continue
        properties = child.find(f"{A}rPr")
        words = "".join(node.text or "" for node in child.iter(f"{A}t", FORMULA_TEXT))
        is_struck = properties is not None and properties.get("strike", "noStrike") != "noStrike"
        if is_struck and words.strip():
            omissions.add("struck-out passage", where, STRUCK, count=int(not is_struck_before))
        else:
            text += _shift(text, words, properties)
        is_struck_before = is_struck
    return one_line(text)


def _shift(before: str, words: str, properties: Any) -> str:
    """Return the words of a run as they follow `before`: raised, lowered or neither."""
    baseline = properties.get("baseline", "0").rstrip("%") if properties is not None else "0"
    if baseline.startswith("-"):
        return write_lowered(words)
    return write_raised(before, words) if baseline.strip("0") else words


def diagram_lines(data: Any) -> Iterator[str]:
    """Yield the words of a SmartArt diagram, a line for each shape."""
    for paragraph in data.iter(f"{A}p"):
        if line := one_line("".join(run.text or "" for run in paragraph.iter(f"{A}t"))):
            yield line


def chart_lines(chart: Any) -> Iterator[str]:
    """Yield the titles of a chart and its axes, then its figures as the rows of a table, by the chart's own copy."""
    if chart.tag.startswith(_NEWER_CHART):
        yield from _newer_chart_lines(chart)
        return
    titles = (title for title in chart.iter(f"{C}title") if title.getparent().tag != f"{C}ser")
    yield from filter(
        None, (one_line("".join(text.text or "" for text in title.iter(f"{A}t", f"{C}v"))) for title in titles)
    )
    series = list(chart.iter(f"{C}ser"))[:_MOST_SERIES]
    names = [_name_of(row) for row in series]
    if any(names):
        yield " | ".join(["", *names]).lstrip(" |")
    values = [_points(row, "val", "yVal", "bubbleSize") for row in series]
    categories: dict[int, str] = {}
    for row in series:
        categories = _points(row, "cat", "xVal") | categories
    places = sorted({place for row in values for place in row} | set(categories))[:_MOST_POINTS]
    for place in places:
        yield " | ".join([categories.get(place, str(place + 1)), *(row.get(place, "") for row in values)])


def _name_of(series: Any) -> str:
    name = series.find(f"{C}tx")
    return one_line(" ".join(text.text or "" for text in name.iter(f"{C}v"))) if name is not None else ""


def _points(series: Any, *names: str) -> dict[int, str]:
    """Return the points of the first of these parts of a series that it has, by their place from 0."""
    for name in names:
        part = series.find(f"{C}{name}")
        if part is not None:
            levels = list(part.iter(f"{C}lvl"))
            return _grouped(levels) if levels else _values(part, _format_of(series, part))
    return {}


def _values(part: Any, code: str) -> dict[int, str]:
    points = {}
    is_number = next(part.iter(f"{C}numCache", f"{C}numLit"), None) is not None
    for point in part.iter(f"{C}pt"):
        text = point.findtext(f"{C}v", "")
        own = point.get("formatCode", code)
        points[int(point.get("idx", "0"))] = _figure(text, own) if is_number else one_line(text)
    return points


def _grouped(levels: Iterable[Any]) -> dict[int, str]:
    """Return categories in groups with the group before them: "2024 T1"."""
    chains: dict[int, str] = {}
    for level in levels:
        labels = _values(level, "")
        for place in sorted(set(chains) | set(labels)):
            label = labels.get(max((other for other in labels if other <= place), default=-1), "")
            chains[place] = f"{label} {chains[place]}" if place in chains else label
    return chains


def _format_of(series: Any, part: Any) -> str:
    """Return the number format of a series' points: that of its labels if they have one, else that of its cells."""
    labels = series.find(f"{C}dLbls/{C}numFmt")
    if labels is not None and labels.get("sourceLinked") == "0":
        return str(labels.get("formatCode", ""))
    return next((str(code.text or "") for code in part.iter(f"{C}formatCode")), "")


def _figure(text: str, code: str) -> str:
    """Return a chart's number as a cell shows it, all its digits rather than an exponent."""
    try:
        value = float(text)
    except ValueError:
        return one_line(text)  # "#N/A"
    if not isfinite(value):
        return ""
    shown = format_number(value, code) if code and "E+" not in code.upper() else ""
    return shown or plain_number(value)


def _newer_chart_lines(chart: Any) -> Iterator[str]:
    """Yield the title and the figures of a chart of Office 2016 and later (waterfall, treemap, funnel)."""
    yield from filter(
        None,
        (
            one_line("".join(text.text or "" for text in title.iter(f"{A}t")))
            for title in chart.iter(f"{_NEWER_CHART}title")
        ),
    )
    for data in chart.iter(f"{_NEWER_CHART}data"):
        columns = []
        for dimension in data:
            points = {int(point.get("idx", "0")): point.text or "" for point in dimension.iter(f"{_NEWER_CHART}pt")}
            is_number = dimension.tag == f"{_NEWER_CHART}numDim"
            columns.append(
                {place: _figure(text, "") if is_number else one_line(text) for place, text in points.items()}
            )
        for place in sorted({place for column in columns for place in column})[:_MOST_POINTS]:
            yield " | ".join(column.get(place, "") for column in columns)
