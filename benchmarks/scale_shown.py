"""What `benchmarks.scale` measured, as a table and as a plot."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Return the rows as Markdown: what a search costs under each filter, what the whole costs, and its stages."""
    lines = [
        "| passages | database | filter | kind | in process p50, p99 ms | HTTP p50, p99 ms | recall@10 |",
        "|---|---|---|---|---|---|---|",
        *(
            f"| {row['passages']:,} | {row['engine']} | {row['filter']} | {row['kind']} "
            f"| {row['p50_ms']:.1f}, {row['p99_ms']:.1f} | {row['http_p50_ms']:.1f}, {row['http_p99_ms']:.1f} "
            f"| {row['recall']:.4f} |"
            for row in rows
        ),
        "",
        "| passages | database | bytes a passage: stored (graph), derived | filled, first ready s | ready s "
        "| service RSS (own) MB | server MB |",
        "|---|---|---|---|---|---|---|",
        *(whole_line(row) for row in rows if row["filter"] == "none"),
        "",
        *(f"{row['engine']}, {row['filter']}: {row['stages_ms']}" for row in rows),
    ]
    return "\n".join(lines) + "\n"


def whole_line(row: dict[str, Any]) -> str:
    """Return what an index of one database takes, as a line of a table."""
    return (
        f"| {row['passages']:,} | {row['engine']} | {row['stored_bytes']:,.0f} ({row.get('graph_bytes', 0):,.0f}), "
        f"{row['derived_bytes']:,.0f} | {row.get('made_s', float('nan')):.0f}, {row['ready_s']:.0f} "
        f"| {row['ready_again_s']:.1f} | {row['http_rss_mb']} ({row['http_anonymous_mb']}) "
        f"| {row.get('server_mb', '–')} |"
    )


def width_table(rows: Sequence[dict[str, Any]]) -> str:
    """Return pgvector's two ways of searching under filters of each width, as Markdown."""
    lines = [
        "| passages | filter passes | of | exact p50, p99 ms | graph p50, p99 ms | graph's recall@10 |",
        "|---|---|---|---|---|---|",
        *(
            f"| {row['passages']:,} | {row['width']:.0%}: {row['allowed']:,} "
            f"| {'one end of the subjects' if row['kind'] == 'subject' else 'any'} "
            f"| {row['exact_p50_ms']:.1f}, {row['exact_p99_ms']:.1f} | {row['graph_p50_ms']:.1f}, "
            f"{row['graph_p99_ms']:.1f} | {row['graph_recall']:.4f} |"
            for row in rows
        ),
    ]
    return "\n".join(lines) + "\n"


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
