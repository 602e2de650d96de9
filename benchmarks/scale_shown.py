"""What `benchmarks.scale` measured, as a table and as a plot."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Return the rows as Markdown."""
    lines = [
        "| passages | filter | kind | in process p50, p99 ms | HTTP p50, p99 ms | recall@10 "
        "| RSS (own) MB | open s | ready s |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        lines.append(
            f"| {row['passages']:,} | {row['filter']} | {row['kind']} | {row['p50_ms']:.1f}, {row['p99_ms']:.1f} "
            f"| {row['http_p50_ms']:.1f}, {row['http_p99_ms']:.1f} | {row['recall']:.4f} "
            f"| {row['http_rss_mb']} ({row['http_anonymous_mb']}) | {row['open_s']:.1f} | {row['ready_again_s']:.1f} |"
        )
    return "\n".join([*lines, "", *(f"{row['filter']}: {row['stages_ms']}" for row in rows)]) + "\n"


def plot(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Draw cost against size, both logarithmic, one line a filter."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
    for name in dict.fromkeys(row["filter"] for row in rows):
        own = sorted((row for row in rows if row["filter"] == name), key=lambda row: row["passages"])
        sizes = [row["passages"] for row in own]
        axes[0].plot(sizes, [row["http_p50_ms"] for row in own], "o-", label=f"filter {name}")
        axes[1].plot(sizes, [row["stages_ms"]["dense"] for row in own], "o-", label=f"filter {name}")
    for axis, title in zip(axes, ("a search through HTTP, p50", "its vector search, p50"), strict=True):
        axis.set(xscale="log", yscale="log", xlabel="passages", ylabel="ms", title=title)
        axis.grid(visible=True, which="both", alpha=0.3)
        axis.legend()
    figure.savefig(path)
