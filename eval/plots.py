"""SVG drawings for the report: intervals, curves, a histogram, and the colours of a heat map.

Strokes and fills are classes ("ink", "soft", "grid", "second"), whose colours the page sets, light or dark.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import isnan
from typing import Final, NamedTuple

import numpy as np

INK, SOFT, GRID, SECOND = "ink", "soft", "grid", "second"
_PALE, _DEEP = (240, 245, 252), (23, 63, 122)
_LIGHT_INK_BELOW: Final = 0.179  # luminance; there white letters stand out more than black (WCAG 2.2's contrast)


class Span(NamedTuple):
    """A labelled value with its interval; `note` is printed at the end of its line."""

    label: str
    mean: float
    low: float
    high: float
    note: str = ""


class Curve(NamedTuple):
    """A named line through points whose coordinates lie in [0, 1]."""

    label: str
    points: Sequence[tuple[float, float]]
    kind: str


def heat(value: float) -> str:
    """Return the style of a heat map's cell for a value in [0, 1]; the palest for none."""
    share = 0.0 if isnan(value) else max(0.0, min(1.0, value))
    mixed = [round(pale + share * (deep - pale)) for pale, deep in zip(_PALE, _DEEP, strict=True)]
    ink = "#fff" if _luminance(mixed) < _LIGHT_INK_BELOW else "#000"
    return f"background:rgb({','.join(map(str, mixed))});color:{ink}"


def _luminance(colour: Sequence[int]) -> float:
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        for share in (channel / 255 for channel in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def intervals(spans: Sequence[Span], *, title: str, width: int = 760, labels: int = 210) -> str:
    """Draw a line for each span: a dot at the mean, a whisker over the interval, on a scale from 0 to 1."""
    row, top, notes = 22, 22, 138
    room = width - labels - notes
    height = top + row * len(spans) + 8

    def x(value: float) -> float:
        return labels + room * max(0.0, min(1.0, value))

    parts = [_text(x(tick / 5), 13, f"{tick / 5:.1f}", "middle", "tick") for tick in range(6)]
    parts += [_line(x(tick / 5), top - 4, x(tick / 5), height - 6, GRID) for tick in range(6)]
    for at, span in enumerate(spans):
        y = top + row * at + row / 2
        parts += [
            _text(labels - 10, y + 4, span.label, "end"),
            _line(x(span.low), y, x(span.high), y, SOFT, 5),
            f'<circle cx="{x(span.mean):.1f}" cy="{y:.1f}" r="4.5" class="{INK}"/>',
            _text(width - notes + 12, y + 4, f"{span.mean:.3f} · {span.note}", "start", "value"),
        ]
    return _svg(width, height, title, parts)


def curves(drawn: Sequence[Curve], *, title: str, x_axis: str, y_axis: str, width: int = 560) -> str:
    """Draw curves over the unit square, the legend inside, axes named."""
    left, top, side, foot = 56, 14, width - 76, 46
    high = side * 0.62

    def at(point: tuple[float, float]) -> str:
        return f"{left + side * point[0]:.1f},{top + high * (1 - point[1]):.1f}"

    parts = []
    for tick in range(6):
        share = tick / 5
        parts += [
            _line(left + side * share, top, left + side * share, top + high, GRID),
            _line(left, top + high * share, left + side, top + high * share, GRID),
            _text(left + side * share, top + high + 17, f"{share:.0%}", "middle", "tick"),
            _text(left - 8, top + high * (1 - share) + 4, f"{share:.0%}", "end", "tick"),
        ]
    for number, curve in enumerate(drawn):
        points = " ".join(at(point) for point in curve.points)
        parts += [
            f'<polyline points="{points}" class="{curve.kind}" stroke-width="2.2"/>',
            _line(left + 14, top + 18 + 19 * number, left + 38, top + 18 + 19 * number, curve.kind, 3),
            _text(left + 46, top + 22 + 19 * number, curve.label, "start"),
        ]
    parts += [
        _text(left + side / 2, top + high + 38, x_axis, "middle"),
        f'<g transform="translate(14 {top + high / 2:.0f}) rotate(-90)">{_text(0, 0, y_axis, "middle")}</g>',
    ]
    return _svg(width, int(top + high + foot), title, parts)


def histogram(values: Sequence[float], *, title: str, unit: str, width: int = 560, bins: int = 40) -> str:
    """Draw how often values occur, up to their 99th percentile, with marks at the 50th and the 99th."""
    left, top, high, foot = 12, 26, 120, 26
    side = width - 2 * left
    p50, p99 = (float(np.percentile(values, percentile)) for percentile in (50, 99))
    most = max(p99 * 1.05, 1e-9)
    counts, _ = np.histogram([value for value in values if value <= most], bins=bins, range=(0, most))
    tallest = max(int(counts.max()), 1)
    bar = side / bins
    parts = [
        f'<rect x="{left + bar * at:.1f}" y="{top + high * (1 - count / tallest):.1f}" width="{bar - 1:.1f}" '
        f'height="{high * count / tallest:.1f}" class="{SOFT}"/>'
        for at, count in enumerate(counts)
    ]
    for value, name in ((p50, "p50"), (p99, "p99")):
        x = left + side * value / most
        anchor = "end" if value > most / 2 else "start"
        parts += [
            _line(x, top - 6, x, top + high, INK, 1.5),
            _text(x + (-5 if anchor == "end" else 5), top - 10, f"{name} {value:.1f} {unit}", anchor),
        ]
    parts += [
        _line(left, top + high, left + side, top + high, INK),
        _text(left, top + high + 18, f"0 {unit}", "start", "tick"),
        _text(left + side, top + high + 18, f"{most:.0f} {unit}", "end", "tick"),
    ]
    return _svg(width, top + high + foot, title, parts)


def _svg(width: int, height: int, title: str, parts: Sequence[str]) -> str:
    named = escape(title)
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" role="img" aria-label="{named}">'
        f"<title>{named}</title>{''.join(parts)}</svg>"
    )


def _text(x: float, y: float, text: str, anchor: str, kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{named}>{escape(text)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, kind: str, width: float = 1) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}" '
        f'stroke-width="{width}" stroke-linecap="round"/>'
    )
