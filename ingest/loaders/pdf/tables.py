"""Find tables ruled with lines and give their rows as text one can quote (cell | cell), not cell after cell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

from ingest.loaders.pdf.characters import Character, assemble_lines
from ingest.loaders.pdf.rotation import Box
from ingest.text.pages import count_words, join_split_words

_NEAR: Final = 3.0  # points: two rules this close are one
_MOST_ROWS: Final = 400


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a row of text for each of its rows."""

    box: Box
    rows: tuple[str, ...]


class _Rule(NamedTuple):
    """A level rule at height `position` from left to right, or an upright one at x `position` from bottom to top."""

    position: float
    start: float
    end: float


class _Stack(NamedTuple):
    """Level rules above each other, between two of which the cells of a row are; heights from the top."""

    left: float
    right: float
    heights: list[float]


def find_tables(characters: Sequence[Character], rules: Sequence[Box]) -> list[Table]:
    """Return the page's ruled tables that have at least two rows and two columns."""
    level = _join(_Rule((box.bottom + box.top) / 2, box.left, box.right) for box in rules if _is_level(box))
    upright = _join(_Rule((box.left + box.right) / 2, box.bottom, box.top) for box in rules if not _is_level(box))
    tables = []
    for left, right, heights in _stack(level, upright):
        box = Box(left - 1, heights[-1] - 1, right + 1, heights[0] + 1)
        inside = [character for character in characters if _holds(box, character)]
        rows = [
            row
            for top, bottom in pairwise(heights)
            for row in _rows(inside, box._replace(bottom=bottom, top=top), level, upright)
        ]
        rows = [row for row in rows if any(row)]
        filled = [len(list(filter(None, row))) for row in rows]
        if len(rows) >= 2 and max(map(len, rows)) >= 2 and sum(cells > 1 for cells in filled) >= 2:
            tables.append(Table(box, tuple(" | ".join(row).strip(" |") for row in rows)))
    return tables


def _is_level(box: Box) -> bool:
    return box.width > box.height


def _holds(box: Box, character: Character) -> bool:
    x, y = (character.box.left + character.box.right) / 2, character.base + 0.25 * character.size
    return box.left <= x <= box.right and box.bottom <= y <= box.top


def _join(rules: Iterable[_Rule]) -> list[_Rule]:
    """Return the rules sorted by position, those that continue each other as one."""
    joined: list[_Rule] = []
    for rule in sorted(rules, key=lambda rule: (round(rule.position / _NEAR), rule.start)):
        for index in range(len(joined) - 1, max(len(joined) - 13, -1), -1):
            other = joined[index]
            touches = rule.start <= other.end + _NEAR and rule.end >= other.start - _NEAR
            if abs(other.position - rule.position) <= _NEAR and touches:
                joined[index] = other._replace(start=min(other.start, rule.start), end=max(other.end, rule.end))
                break
        else:
            joined.append(rule)
    return joined


def _stack(level: Sequence[_Rule], upright: Sequence[_Rule]) -> list[_Stack]:
    """Return the stacks of three level rules or more that upright rules hold together.

    An upright rule must go from one level rule to the next: two tables with text between them, or another table, are
    two stacks. A rule that fits several goes to the one begun last.
    """
    stacks: list[_Stack] = []
    for position, left, right in sorted(level, reverse=True):
        for index in range(len(stacks) - 1, -1, -1):
            stack = stacks[index]
            overlap = min(right, stack.right) - max(left, stack.left)
            is_as_wide = overlap > 0.9 * max(stack.right - stack.left, right - left)
            is_held = any(
                rule.start <= position + 2 * _NEAR
                and rule.end >= stack.heights[-1] - 2 * _NEAR
                and stack.left - _NEAR <= rule.position <= stack.right + _NEAR
                for rule in upright
            )
            if is_as_wide and is_held and len(stack.heights) < _MOST_ROWS:
                if stack.heights[-1] - position > _NEAR:
                    stack.heights.append(position)
                stacks[index] = stack._replace(left=min(left, stack.left), right=max(right, stack.right))
                break
        else:
            stacks.append(_Stack(left, right, [position]))
    return [stack for stack in stacks if len(stack.heights) >= 3]


def _rows(
    characters: Sequence[Character], band: Box, level: Sequence[_Rule], upright: Sequence[_Rule]
) -> Iterator[list[str]]:
    """Yield the rows between two rules of a table: several where some cells are parted and others go on through all."""
    edges = _edges(band, upright)
    inner = [
        rule
        for rule in level
        if band.bottom + _NEAR < rule.position < band.top - _NEAR and _parts_columns(rule, edges) and len(edges) > 2
    ]
    if not inner:
        yield _cells(characters, band, upright)
        return
    heights = _apart([band.top, *sorted((rule.position for rule in inner), reverse=True), band.bottom])
    for top, bottom in pairwise(heights):
        row = []
        for left, right in pairwise(edges):
            through = [rule.position for rule in inner if rule.start < (left + right) / 2 < rule.end]
            above = min((position for position in through if position >= top - _NEAR), default=band.top)
            below = max((position for position in through if position <= bottom + _NEAR), default=band.bottom)
            row.append(_cell(characters, Box(left, below, right, above)))
        yield row


def _edges(band: Box, upright: Sequence[_Rule]) -> list[float]:
    """Return where the columns of a band begin and end: at the upright rules that go through at least half of it."""
    through = [
        rule.position
        for rule in upright
        if min(rule.end, band.top) - max(rule.start, band.bottom) > 0.5 * band.height
        and band.left + 4 < rule.position < band.right - 4
    ]
    return [band.left - 1, *_apart(sorted(through)), band.right + 1]


def _apart(positions: Sequence[float]) -> list[float]:
    """Return positions in order, one for those that are nearly the same."""
    kept: list[float] = []
    for position in positions:
        if not kept or abs(position - kept[-1]) > _NEAR:
            kept.append(position)
    return kept


def _parts_columns(rule: _Rule, edges: Sequence[float]) -> bool:
    """Say whether a level rule goes from one edge of a column to another: it parts cells, and underlines nothing."""
    begins = any(abs(rule.start - edge) <= 2 * _NEAR for edge in edges)
    return begins and any(abs(rule.end - edge) <= 2 * _NEAR for edge in edges)


def _cells(characters: Sequence[Character], row: Box, upright: Sequence[_Rule]) -> list[str]:
    """Return the texts of the cells of a row, between the upright rules that cross it."""
    middle = (row.bottom + row.top) / 2
    edges = sorted(
        rule.position
        for rule in upright
        if rule.start <= middle <= rule.end and row.left + 4 < rule.position < row.right - 4
    )
    cells = []
    for left, right in pairwise([row.left - 1, *edges, row.right + 1]):
        cells.append(_cell(characters, Box(left, row.bottom, right, row.top)))
    return cells


def _cell(characters: Sequence[Character], box: Box) -> str:
    """Return the text of a cell on one line."""
    inside = [character for character in characters if _holds(box, character)]
    wrapped = "\n".join(line.text for line in assemble_lines(inside))
    return " ".join(join_split_words(wrapped, count_words([wrapped])).split())
