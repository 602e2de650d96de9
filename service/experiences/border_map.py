"""A small, schematic map of borders, on which neighbouring countries are side by side.

The points are far enough apart for a finger; they follow no scale. What is shown is the part of it in which there are
marks, as large as there is room.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

COUNTRIES: Final[Mapping[str, tuple[int, int]]] = {
    **{"NO": (250, 15), "SE": (300, 50), "FI": (368, 28), "EE": (388, 80), "LV": (388, 125), "LT": (372, 170)},
    **{"DK": (245, 70), "IE": (12, 112), "GB": (55, 140), "NL": (165, 100), "BE": (120, 148), "LU": (185, 172)},
    **{"DE": (245, 140), "PL": (322, 140), "CZ": (300, 195), "SK": (352, 215), "UA": (412, 205), "AT": (300, 250)},
    **{"FR": (108, 255), "CH": (215, 262), "LI": (258, 226), "IT": (255, 340), "MC": (190, 392), "AD": (112, 408)},
    **{"ES": (58, 404), "PT": (8, 374), "HU": (350, 280), "RO": (412, 265), "SI": (302, 308), "HR": (344, 325)},
    **{"RS": (395, 322), "BG": (412, 375), "GR": (372, 420)},
}
OVERSEAS: Final[Mapping[str, tuple[int, int]]] = {  # what France borders on far away, in a corner of its own
    **{"CA": (24, 22), "NL": (136, 22), "SR": (24, 74), "BR": (136, 74), "FR": (80, 48)},
}
FAR_AWAY: Final = frozenset({"CA-FR", "FR-NL", "FR-SR", "BR-FR"})
MARK_POINTS: Final[Mapping[str, tuple[int, int]]] = {  # where the middle of the line is too near to another's
    **{"ES-FR": (74, 338), "AD-FR": (110, 332), "FR-MC": (150, 324), "FR-IT": (184, 296)},
    **{"HR-IT": (298, 348), "PL-UA": (386, 190), "BG-RO": (424, 318)},
}
MARGIN: Final = 42  # around the marked countries: half of a neighbour is seen
LEAST_VIEW: Final = (300, 260)  # width and height, in the units of the points
EDGE: Final = 18  # a country nearer to the edge of the view than its disc is wide is left out


class View(NamedTuple):
    """The part of the map that is shown."""

    x: int
    y: int
    width: int
    height: int

    def shows(self, x: int, y: int) -> bool:
        """Say whether a point is far enough inside for a country's disc."""
        across = self.x + EDGE <= x <= self.x + self.width - EDGE
        return across and self.y + EDGE <= y <= self.y + self.height - EDGE


class Line(NamedTuple):
    """A border, drawn as a line between two countries."""

    start: tuple[int, int]
    end: tuple[int, int]


class Mark(NamedTuple):
    """The mark of a border that has cases or is the situation's own."""

    code: str
    x: int
    y: int
    cases: int
    is_own: bool


class BorderMap(NamedTuple):
    countries: tuple[tuple[str, int, int], ...]
    lines: tuple[Line, ...]
    marks: tuple[Mark, ...]
    far: bool  # whether the corner with what lies overseas is shown
    view: View


def border_map(known: Collection[str], counts: Mapping[str, int], own: Collection[str]) -> BorderMap:
    """Return what is drawn: every known border as a line, a mark on those with cases and on the situation's own."""
    marked = {code for code in {*counts, *own} if _ends(code)}
    far = bool(marked & FAR_AWAY)
    drawn = sorted(code for code in {*known, *marked} if _ends(code) and (far or code not in FAR_AWAY))
    named = {country for code in drawn if code not in FAR_AWAY for country in code.split("-")}
    countries = [(country, *COUNTRIES[country]) for country in sorted(named)]
    if far:
        countries += [(country, *point) for country, point in OVERSEAS.items()]
    marks = [Mark(code, *_middle(code), counts.get(code, 0), code in own) for code in sorted(marked)]
    view = _view([point for code in marked for point in _ends(code) or ()], far)
    drawn_ends = (points for code in drawn if (points := _ends(code)))
    lines = [Line(*points) for points in drawn_ends if all(view.shows(*point) for point in points)]
    ends = {end for line in lines for end in line}
    shown = tuple(country for country in countries if country[1:] in ends)
    return BorderMap(shown, tuple(lines), tuple(marks), far, view)


def _view(points: Sequence[tuple[int, int]], far: bool) -> View:
    """Return the least view that shows all points, and the corner of what lies overseas where it is needed."""
    xs, ys = [x for x, _ in points] or [0, 430], [y for _, y in points] or [0, 430]
    left, right = _span(min(xs), max(xs), LEAST_VIEW[0])
    top, bottom = _span(min(ys), max(ys), LEAST_VIEW[1])
    if far:
        left, top = min(left, -12), min(top, -6)
    return View(left, top, right - left, bottom - top)


def _span(first: int, last: int, least: int) -> tuple[int, int]:
    """Return both ends with their margin, at least so far apart."""
    missing = max(0, least - (last - first + 2 * MARGIN))
    return first - MARGIN - missing // 2, last + MARGIN + missing - missing // 2


def _ends(code: str) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Return the points of a border's two countries, None when the map does not have one of them."""
    points = OVERSEAS if code in FAR_AWAY else COUNTRIES
    first, _, second = code.partition("-")
    return (points[first], points[second]) if first in points and second in points else None


def _middle(code: str) -> tuple[int, int]:
    ends = _ends(code)
    assert ends is not None
    (x, y), (x2, y2) = ends
    return MARK_POINTS.get(code, ((x + x2) // 2, (y + y2) // 2))
