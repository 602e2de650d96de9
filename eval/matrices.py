"""Language matrices for the report: who asks, what is found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from eval.measures import Interval, interval
from eval.plots import heat
from eval.results import Results
from eval.slices import ARROW
from index.documents import LANGUAGES


class Cell(NamedTuple):
    """One cell of a heat map."""

    text: str
    style: str
    note: str
    topics: int


class Matrix(NamedTuple):
    """Query language × passage language for one measure; a row a query language."""

    title: str
    measure: str
    languages: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    fairness: str  # the off-diagonal's mean against the diagonal's, in words


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
        return Cell("", "", "no topics", 0)
    note = f"{one.mean:.3f} [{one.low:.3f}, {one.high:.3f}], {topics_text(one.topics)}"
    return Cell(f"{one.mean:.2f}", heat(one.mean), note, one.topics)


def topics_text(count: int) -> str:
    return f"{count} topic{'' if count == 1 else 's'}"
