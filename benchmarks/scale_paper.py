"""A size that nobody measured, worked out on paper from the two largest that were."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

Estimate = Callable[[tuple[float, float], tuple[float, float], int], float]  # (passages, figure) twice, passages


def proportional(small: tuple[float, float], large: tuple[float, float], passages: int) -> float:
    """Return the figure of the larger size, as many times as there are more passages."""
    return large[1] * passages / large[0]


def constant(small: tuple[float, float], large: tuple[float, float], passages: int) -> float:
    return large[1]


def straight(small: tuple[float, float], large: tuple[float, float], passages: int) -> float:
    """Return what lies on the straight line through both."""
    return large[1] + (large[1] - small[1]) / (large[0] - small[0]) * (passages - large[0])


def sorting(small: tuple[float, float], large: tuple[float, float], passages: int) -> float:
    """Return what grows as n log n does, from the larger size."""
    return proportional(small, large, passages) * math.log(passages) / math.log(large[0])


def power(small: tuple[float, float], large: tuple[float, float], passages: int) -> float:
    """Return what lies on the straight line through both, on paper with logarithmic axes."""
    exponent = math.log(large[1] / small[1]) / math.log(large[0] / small[0])
    return large[1] * float((passages / large[0]) ** exponent)


# What is worked out, in which unit, and how it is taken to grow.
FIGURES: Final[tuple[tuple[str, str, Estimate, str], ...]] = (
    ("stored bytes a passage", "stored_bytes", constant, "constant"),
    ("of which the graph", "graph_bytes", constant, "constant"),
    ("derived bytes a passage, on each machine", "derived_bytes", constant, "constant"),
    ("filled, s", "made_s", proportional, "proportional"),
    ("first ready, s (graph, lexical index)", "ready_s", sorting, "n log n"),
    ("ready, s", "ready_again_s", straight, "a straight line"),
    ("memory of the service, MB", "http_rss_mb", straight, "a straight line"),
    ("HTTP p50, ms", "http_p50_ms", power, "a power of n"),
    ("HTTP p99, ms", "http_p99_ms", power, "a power of n"),
)


def on_paper(rows: Sequence[dict[str, Any]], passages: int) -> str:
    """Return the figures at that size as Markdown. Raises SystemExit where fewer than two sizes were measured."""
    whole = [{"engine": "embedded"} | row for row in rows if row["filter"] == "none"]
    sizes = sorted({row["passages"] for row in whole})[-2:]
    if len(sizes) < 2:
        raise SystemExit("Two sizes have to be measured before a third can be worked out from them.")
    lines = [
        f"On paper, not measured: {passages:,} passages, from {sizes[0]:,} and {sizes[1]:,}, without a filter.",
        "",
        f"| database | figure | {sizes[0]:,} | {sizes[1]:,} | {passages:,}, on paper | taken to grow as |",
        "|---|---|---|---|---|---|",
    ]
    for engine in dict.fromkeys(row["engine"] for row in whole):
        small, large = (next(row for row in whole if (row["engine"], row["passages"]) == (engine, s)) for s in sizes)
        for name, key, estimate, rule in FIGURES:
            if is_measured(small, large, key, estimate):
                figure = estimate((sizes[0], small[key]), (sizes[1], large[key]), passages)
                lines.append(f"| {engine} | {name} | {small[key]:,.0f} | {large[key]:,.0f} | {figure:,.0f} | {rule} |")
    return "\n".join(lines) + "\n"


def is_measured(small: dict[str, Any], large: dict[str, Any], key: str, estimate: Estimate) -> bool:
    """Say whether both sizes have the figure: one that should grow and did not is of an index that was kept."""
    return key in small and key in large and (estimate is constant or 0 < small[key] <= large[key])
