"""Number the headings and list items of OpenDocument texts as office programs do."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from ingest.loaders.list_numbers import write_number
from ingest.loaders.opendocument_text import STYLE, TEXT, XML_ID

BULLET: Final = "-"
_LIST_FORMAT: Final = "{urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0}num-list-format"
_DEEPEST: Final = 10


@dataclass(slots=True)
class Position:
    """Where a list is: its style, its level from 1, the numbers of the items so far by level."""

    node: Any
    style: str = ""
    level: int = 1
    counts: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.style = self.node.get(f"{TEXT}style-name") or self.style

    def inside(self, node: Any) -> Position:
        """Return the position of a list in an item of this one; its numbers begin anew."""
        self.counts = {level: number for level, number in self.counts.items() if level <= self.level}
        return Position(node, self.style, self.level + 1, self.counts)


class Lists:
    """The list styles of a file and the numbers given so far."""

    def __init__(self, *roots: Any) -> None:
        self._levels: dict[str, dict[int, Any]] = {}
        self._outline: dict[int, Any] = {}
        self._headings: dict[int, int] = {}
        self._by_style: dict[str, dict[int, int]] = {}
        self._by_id: dict[str, dict[int, int]] = {}
        for root in reversed(roots):
            for style in root.iter(f"{TEXT}list-style"):
                self._levels[style.get(f"{STYLE}name", "")] = _by_level(style)
            for style in root.iter(f"{TEXT}outline-style"):
                self._outline = _by_level(style)

    def open(self, position: Position) -> None:
        """Begin a list: go on with the numbers of the one it continues, if it says so."""
        node = position.node
        continued = self._by_id.get(node.get(f"{TEXT}continue-list", ""))
        if continued is None and node.get(f"{TEXT}continue-numbering") == "true":
            continued = self._by_style.get(position.style)
        if position.level == 1:
            position.counts = continued if continued is not None else {}
        self._by_style[position.style] = position.counts
        if node.get(XML_ID):
            self._by_id[node.get(XML_ID)] = position.counts

    def mark(self, position: Position, item: Any) -> str:
        """Return what is shown before a list item: "-" for a bullet, "2." for a number, "" for none."""
        levels = self._levels.get(position.style, {})
        style = levels.get(min(position.level, _DEEPEST))
        if item.tag == f"{TEXT}list-header":
            return ""
        counts = position.counts
        start = int(style.get(f"{TEXT}start-value") or 1) if style is not None else 1
        counts[position.level] = counts[position.level] + 1 if position.level in counts else start
        if item.get(f"{TEXT}start-value"):
            counts[position.level] = int(item.get(f"{TEXT}start-value"))
        for level in [level for level in counts if level > position.level]:
            del counts[level]
        if style is None or not style.tag.endswith("list-level-style-number"):
            return BULLET
        return _write(levels, position.level, counts) or BULLET

    def heading_number(self, heading: Any) -> str:
        """Return the number of a heading by the outline's style, "" for none."""
        level = int(heading.get(f"{TEXT}outline-level") or 1)
        own = heading.findtext(f"{TEXT}number")
        if own or heading.get(f"{TEXT}is-list-header") == "true" or level not in self._outline:
            return ""
        start = int(self._outline[level].get(f"{TEXT}start-value") or 1)
        self._headings[level] = self._headings[level] + 1 if level in self._headings else start
        if heading.get(f"{TEXT}restart-numbering") == "true" or heading.get(f"{TEXT}start-value"):
            self._headings[level] = int(heading.get(f"{TEXT}start-value") or 1)
        for below in [other for other in self._headings if other > level]:
            del self._headings[below]
        return _write(self._outline, level, self._headings)


def _by_level(style: Any) -> dict[int, Any]:
    return {int(level.get(f"{TEXT}level") or 1): level for level in style if isinstance(level.tag, str)}


def _write(levels: dict[int, Any], level: int, counts: dict[int, int]) -> str:
    """Return the number of an item or a heading, "" if its level has none."""
    style = levels[level]
    kind = style.get(f"{STYLE}num-format") or ""
    prefix, suffix = style.get(f"{STYLE}num-prefix") or "", style.get(f"{STYLE}num-suffix") or ""
    pattern = style.get(_LIST_FORMAT)
    if not kind:
        return (prefix + suffix).strip()
    if pattern:
        shown = re.sub(r"%(\d+)%", lambda match: _number(levels, int(match[1]), counts), pattern)
        return shown.strip()
    displayed = int(style.get(f"{TEXT}display-levels") or 1)
    above: Iterable[int] = range(max(1, level - displayed + 1), level + 1)
    return f"{prefix}{'.'.join(filter(None, (_number(levels, each, counts) for each in above)))}{suffix}".strip()


def _number(levels: dict[int, Any], level: int, counts: dict[int, int]) -> str:
    style = levels.get(level)
    kind = style.get(f"{STYLE}num-format") or "" if style is not None else ""
    return write_number(counts.get(level, 1), kind) if kind else ""
