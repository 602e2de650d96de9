"""PDF pages whose text runs up, down or upside down (landscape tables, a wrong /Rotate): turned so that it is level."""

from __future__ import annotations

from collections import Counter
from math import atan2, degrees
from typing import Any, Final, NamedTuple

SAMPLE: Final = 400  # characters
LEAST_SHARE: Final = 0.8  # of them, that run the same way


class Box(NamedTuple):
    """A rectangle in points, from the page's lower left corner."""

    left: float
    bottom: float
    right: float
    top: float


class Turn(NamedTuple):
    """From the page's own points to those of the page when its text is level: `degrees` is the way the text ran."""

    degrees: int
    width: float  # of the page when its text is level
    height: float

    def point(self, x: float, y: float) -> tuple[float, float]:
        if self.degrees == 90:
            return y, self.height - x
        if self.degrees == 180:
            return self.width - x, self.height - y
        return (self.width - y, x) if self.degrees == 270 else (x, y)

    def box(self, box: Box) -> Box:
        if not self.degrees:
            return box
        (x, y), (other_x, other_y) = self.point(box.left, box.bottom), self.point(box.right, box.top)
        return Box(min(x, other_x), min(y, other_y), max(x, other_x), max(y, other_y))


def levelled(page: Any) -> Turn:
    """Turn the page, as long as it is open, so that its text is level; pdfium orders lines by how a page is shown."""
    way = _way(page)
    if way != page.get_rotation():
        page.set_rotation(way)
    return Turn(way, *page.get_size())


def _way(page: Any) -> int:
    """Return the degrees, anticlockwise, of the way most text runs on the page itself; as it is shown if none does."""
    import pypdfium2.raw as pdfium

    text, matrix = page.get_textpage(), pdfium.FS_MATRIX()
    count = text.count_chars()
    ways: Counter[int] = Counter()
    for place in range(0, count, max(1, count // SAMPLE)):
        if pdfium.FPDFText_GetUnicode(text, place) > 32 and pdfium.FPDFText_GetMatrix(text, place, matrix):
            ways[round(degrees(atan2(matrix.b, matrix.a)) / 90) % 4 * 90] += 1
    text.close()
    way, seen = ways.most_common(1)[0] if ways else (0, 0)
    return way if seen and seen >= LEAST_SHARE * ways.total() else int(page.get_rotation())
