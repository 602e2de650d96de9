"""A comparison as one self-contained page: every group, then the topics lost and won with their texts side by side."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from eval.compare import SHOWN, Contrast, Expected, Line, expected
from eval.results import Results


class ShownContrast(NamedTuple):
    """A topic with what was expected of it."""

    contrast: Contrast
    expected: Sequence[Expected]


def write_comparison(
    before: Results, after: Results, lines: Sequence[Line], changed: Sequence[Contrast], path: Path, *, topics: int
) -> None:
    """Write the page with at most so many topics lost and as many won; `changed` has the greatest loss first."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(Path(__file__).parent / "templates")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    titles = before.titles | after.titles
    lost = [ShownContrast(one, expected(one, titles)) for one in changed if one.change < 0]
    won = [ShownContrast(one, expected(one, titles)) for one in reversed(changed) if one.change > 0]
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
