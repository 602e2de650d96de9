"""Level PDF pages whose text runs up, down or upside down (landscape tables, a wrong /Rotate)."""

from __future__ import annotations

from collections import Counter
from math import atan2, degrees
from typing import Any, Final, NamedTuple

SAMPLE: Final = 400  # characters
LEAST_SHARE: Final = 0.8  # of them that run the same way


class Box(NamedTuple):
    """A rectangle in points, from the page's lower left corner."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.top - self.bottom


class Rotation(NamedTuple):
    """Maps the page's own points to those of the level page; `degrees` is the direction the text runs in."""

    degrees: int
    width: float  # of the level page
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


def level_page(page: Any) -> Rotation:
    """Rotate the open page so that its text is level; pdfium orders lines by how a page is shown."""
    direction = _text_direction(page)
    if direction != page.get_rotation():
        page.set_rotation(direction)
    return Rotation(direction, *page.get_size())


def _text_direction(page: Any) -> int:
    """Return the degrees, anticlockwise, at which most text runs; the page's own rotation if no direction prevails."""
    import pypdfium2.raw as pdfium

    text, matrix = page.get_textpage(), pdfium.FS_MATRIX()
    count = text.count_chars()
    directions: Counter[int] = Counter()
    for index in range(0, count, max(1, count // SAMPLE)):
        if pdfium.FPDFText_GetUnicode(text, index) > 32 and pdfium.FPDFText_GetMatrix(text, index, matrix):
            directions[round(degrees(atan2(matrix.b, matrix.a)) / 90) % 4 * 90] += 1
    text.close()
    direction, characters = directions.most_common(1)[0] if directions else (0, 0)
    prevails = characters and characters >= LEAST_SHARE * directions.total()
    return direction if prevails else int(page.get_rotation())
