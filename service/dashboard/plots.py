"""Plots of the dashboard as numbers for SVG: bars and lines over days, on a scale of round values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

WIDTH: Final = 720
HEIGHT: Final = 200
LEFT: Final = 44  # room for the numbers of the scale
BOTTOM: Final = 24
TOP: Final = 8


class Tick(NamedTuple):
    at: float
    label: str


class Bar(NamedTuple):
    x: float
    y: float
    width: float
    height: float
    kind: int  # which of the stacked values


@dataclass(frozen=True, slots=True)
class Plot:
    """One plot; `lines` are the points of polylines, each a run of days without a gap."""

    values: tuple[Tick, ...]
    days: tuple[Tick, ...]
    bars: tuple[Bar, ...] = ()
    lines: tuple[tuple[int, str], ...] = ()


def stacked_bars(days: Sequence[date], values: Sequence[tuple[int, int]]) -> Plot:
    """Return a bar a day, the second value on top of the first."""
    top = _top(max((sum(pair) for pair in values), default=0))
    step = (WIDTH - LEFT) / max(1, len(days))
    bars = []
    for number, pair in enumerate(values):
        y = _y(0, top)
        for kind, value in enumerate(pair):
            if value:
                height = _y(0, top) - _y(value, top)
                y -= height
                bars.append(Bar(_r(LEFT + number * step + step * 0.1), _r(y), _r(step * 0.8), _r(height), kind))
    return Plot(_scale(top), _days(days, step), tuple(bars))


def lines(days: Sequence[date], series: Sequence[Sequence[float | None]]) -> Plot:
    """Return a line for each series; a day without a value leaves a gap, a lone value is a short stroke."""
    top = _top(max((value for values in series for value in values if value is not None), default=0))
    step = (WIDTH - LEFT) / max(1, len(days))
    polylines = []
    for kind, values in enumerate(series):
        run: list[tuple[float, float]] = []
        for number, value in enumerate([*values, None]):
            if value is not None:
                run.append((LEFT + (number + 0.5) * step, _y(value, top)))
            elif run:
                points = run if len(run) > 1 else [(run[0][0] - 2, run[0][1]), (run[0][0] + 2, run[0][1])]
                polylines.append((kind, " ".join(f"{_r(x)},{_r(y)}" for x, y in points)))
                run = []
    return Plot(_scale(top), _days(days, step), lines=tuple(polylines))


def _top(most: float) -> float:
    """Return the first of 1, 2, 5, 10, 20, 50 … (at least 4) that holds everything."""
    unit = 1.0
    while True:
        for factor in (1, 2, 5):
            if unit * factor >= max(most, 4):
                return unit * factor
        unit *= 10


def _scale(top: float) -> tuple[Tick, ...]:
    return tuple(Tick(_r(_y(top * part / 4, top)), f"{top * part / 4:g}") for part in range(5))


def _days(days: Sequence[date], step: float) -> tuple[Tick, ...]:
    every = max(1, -(-len(days) // 6))
    return tuple(Tick(_r(LEFT + (n + 0.5) * step), f"{days[n]:%d/%m}") for n in range(0, len(days), every))


def _y(value: float, top: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top)


def _r(value: float) -> float:
    return round(value, 1)
