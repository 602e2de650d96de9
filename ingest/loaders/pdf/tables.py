"""Tables ruled with lines: their rows as text one can quote, cell | cell, in place of the cells one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from ingest.loaders.pdf.characters import Character, lines
from ingest.loaders.pdf.rotation import Box
from ingest.text.pages import joined_words, vocabulary

_NEAR: Final = 3.0  # points: two rules this close are one
_MOST_ROWS: Final = 400


@dataclass(frozen=True, slots=True)
class Table:
    box: Box
    rows: tuple[str, ...]


def tables(said: Sequence[Character], ruled: Sequence[Box]) -> list[Table]:
    """Return the page's ruled tables that have two rows and two columns at least."""
    level = _joined([(box.bottom + box.top) / 2, box.left, box.right] for box in ruled if _is_level(box))
    upright = _joined([(box.left + box.right) / 2, box.bottom, box.top] for box in ruled if not _is_level(box))
    made = []
    for left, right, heights in _stacks(level, upright):
        box = Box(left - 1, heights[-1] - 1, right + 1, heights[0] + 1)
        inside = [one for one in said if _holds(box, one)]
        rows = [_row(inside, bottom, top, box, upright) for top, bottom in pairwise(heights)]
        rows = [row for row in rows if any(row)]
        if len(rows) >= 2 and max(map(len, rows)) >= 2 and sum(len(list(filter(None, row))) > 1 for row in rows) >= 2:
            made.append(Table(box, tuple(" | ".join(row).strip(" |") for row in rows)))
    return made


def _is_level(box: Box) -> bool:
    return box.right - box.left > box.top - box.bottom


def _holds(box: Box, one: Character) -> bool:
    across, up = (one.box.left + one.box.right) / 2, one.base + 0.25 * one.size
    return box.left <= across <= box.right and box.bottom <= up <= box.top


def _joined(found: Iterable[Sequence[float]]) -> list[tuple[float, float, float]]:
    """Return (where, from, to) of the rules, those that continue each other as one."""
    made: list[list[float]] = []
    for where, start, end in sorted(found, key=lambda rule: (round(rule[0] / _NEAR), rule[1])):
        for other in reversed(made[-12:]):
            if abs(other[0] - where) <= _NEAR and start <= other[2] + _NEAR and end >= other[1] - _NEAR:
                other[1], other[2] = min(other[1], start), max(other[2], end)
                break
        else:
            made.append([where, start, end])
    return [(where, start, end) for where, start, end in made]


def _stacks(
    level: Sequence[tuple[float, float, float]], upright: Sequence[tuple[float, float, float]]
) -> list[tuple[float, float, list[float]]]:
    """Return (left, right, heights from the top) of level rules above each other that uprights hold together."""
    stacks: list[tuple[float, float, list[float]]] = []
    for where, left, right in sorted(level, reverse=True):
        for at, (other_left, other_right, heights) in enumerate(stacks):
            overlap = min(right, other_right) - max(left, other_left)
            same = overlap > 0.9 * max(other_right - other_left, right - left)
            middle = (heights[-1] + where) / 2
            held = any(
                start <= middle <= end and other_left - _NEAR <= x <= other_right + _NEAR for x, start, end in upright
            )
            if same and held and len(heights) < _MOST_ROWS:
                if heights[-1] - where > _NEAR:
                    heights.append(where)
                stacks[at] = (min(left, other_left), max(right, other_right), heights)
                break
        else:
            stacks.append((left, right, [where]))
    return [stack for stack in stacks if len(stack[2]) >= 3]


def _row(
    said: Sequence[Character], bottom: float, top: float, box: Box, upright: Sequence[tuple[float, float, float]]
) -> list[str]:
    middle = (bottom + top) / 2
    edges = sorted(x for x, start, end in upright if start <= middle <= end and box.left + 4 < x < box.right - 4)
    bounds = [box.left - 1, *edges, box.right + 1]
    cells = []
    for left, right in pairwise(bounds):
        cell = Box(left, bottom, right, top)
        wrapped = "\n".join(line.text for line in lines(one for one in said if _holds(cell, one)))
        cells.append(" ".join(joined_words(wrapped, vocabulary([wrapped])).split()))
    return cells
