"""Number the paragraphs of a Word file as Word shows them (ECMA-376 part 1, 17.9): "Article 2", "1.3", "b)"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from ingest.loaders.list_numbers import write_number
from ingest.loaders.word_text import Styles, W

BULLET: Final = "-"
_PLACE: Final = re.compile(r"%([1-9])")


class _Level(NamedTuple):
    """How the paragraphs of one level of a list are numbered."""

    start: int
    kind: str
    pattern: str
    is_legal: bool
    style: str  # of the paragraphs that are of this level by their style
    restarts: bool


class Numbering:
    """The lists of a file and the numbers given so far."""

    def __init__(self, root: Any, styles: Styles) -> None:
        self._styles = styles
        self._levels: dict[str, dict[int, _Level]] = {}  # by abstract list
        self._abstract: dict[str, str] = {}  # by list
        self._overrides: dict[str, dict[int, int]] = {}
        self._counts: dict[str, dict[int, int]] = {}
        if root is None:
            return
        linked: dict[str, str] = {}
        for abstract in root.iter(f"{W}abstractNum"):
            key = abstract.get(f"{W}abstractNumId", "")
            self._levels[key] = dict(_read_levels(abstract))
            if style := _value(abstract, "numStyleLink"):
                linked[key] = style
        for number in root.iter(f"{W}num"):
            key = number.get(f"{W}numId", "")
            self._abstract[key] = _value(number, "abstractNumId")
            self._read_overrides(key, number)
        for key, style in linked.items():
            self._levels[key] = self._levels.get(self._abstract.get(styles.numbering(style)[0], ""), {})

    def _read_overrides(self, key: str, number: Any) -> None:
        for override in number.iter(f"{W}lvlOverride"):
            level = int(override.get(f"{W}ilvl", "0"))
            if start := _value(override, "startOverride"):
                self._overrides.setdefault(key, {})[level] = int(start)
            own = dict(_read_levels(override))
            if own:
                abstract = self._abstract[key]
                self._abstract[key] = f"{abstract} {key}"
                self._levels[self._abstract[key]] = self._levels.get(abstract, {}) | own

    def mark(self, paragraph: Any) -> str:
        """Return what Word shows before a paragraph: "-" for a bullet, "2." for a number, "" for none."""
        number, level = self._place(paragraph)
        levels = self._levels.get(self._abstract.get(number, ""), {})
        if level not in levels:
            return ""
        counts = self._count(number, level, levels)
        if levels[level].kind == "bullet":
            return BULLET
        is_legal = levels[level].is_legal

        def place(match: re.Match[str]) -> str:
            above = levels.get(int(match[1]) - 1)
            count = counts.get(int(match[1]) - 1, above.start if above is not None else 1)
            return write_number(count, "decimal" if is_legal or above is None else above.kind)

        return _PLACE.sub(place, levels[level].pattern).strip()

    def _place(self, paragraph: Any) -> tuple[str, int]:
        """Return list and level of a paragraph, by itself or by its style; an empty list for none."""
        style = _value(paragraph, "pPr", "pStyle")
        inherited, inherited_level = self._styles.numbering(style)
        own = _value(paragraph, "pPr", "numPr", "numId")
        own_level = _value(paragraph, "pPr", "numPr", "ilvl")
        number = own or inherited
        if number == "0":
            return "", 0
        if own_level:
            return number, int(own_level)
        by_style = self._levels.get(self._abstract.get(number, ""), {}).items()
        of_style = next((level for level, shape in by_style if style and shape.style == style), None)
        return number, of_style if of_style is not None else int(inherited_level or 0)

    def _count(self, number: str, level: int, levels: dict[int, _Level]) -> dict[int, int]:
        """Return the numbers of all levels after counting one more paragraph of this level."""
        counts = self._counts.setdefault(self._abstract[number], {})
        start = self._overrides.get(number, {}).pop(level, None)
        if start is not None:
            counts[level] = start
        else:
            counts[level] = counts[level] + 1 if level in counts else levels[level].start
        for above in range(level):
            if above in levels:
                counts.setdefault(above, levels[above].start)
        for below in [other for other in counts if other > level and other in levels and levels[other].restarts]:
            del counts[below]
        return counts


def _read_levels(parent: Any) -> Iterator[tuple[int, _Level]]:
    for level in parent.iter(f"{W}lvl"):
        yield (
            int(level.get(f"{W}ilvl", "0")),
            _Level(
                start=int(_value(level, "start") or 0 if level.find(f"{W}start") is not None else 1),
                kind=_value(level, "numFmt") or "decimal",
                pattern=_value(level, "lvlText"),
                is_legal=level.find(f"{W}isLgl") is not None,
                style=_value(level, "pStyle"),
                restarts=_value(level, "lvlRestart") != "0",
            ),
        )


def _value(element: Any, *names: str) -> str:
    """Return the value of the element at this path, "" if there is none."""
    child = element.find("/".join(f"{W}{name}" for name in names))
    return str(child.get(f"{W}val", "")) if child is not None else ""
