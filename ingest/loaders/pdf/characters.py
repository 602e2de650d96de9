"""A PDF page's characters, as pdfium places them, to lines that know where they stand, how tall and how raised."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any, Final, NamedTuple

from ingest.loaders.pdf.rotation import Box, Turn

MOST_CHARACTERS: Final = 200_000  # of one page; a map of a region has 18,000
MOST_RULES: Final = 4_000
_MOST_SEGMENTS: Final = 500
_HYPHENS: Final = "\u0002\ufffe"  # how pdfium marks a hyphen at a line's end
_UNIT: Final = re.compile(r"(?<![^\W_])[kcdmh]?m$")
_COLUMN_GAP: Final = 1.5
_SAME_LINE: Final = 0.5  # of the letters' height: a raised or lowered character stays in its line


class Character(NamedTuple):
    text: str
    box: Box  # as wide as the letter moves the pen, as tall as its font
    base: float
    size: float  # of the font as it is shown
    is_raised: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A line of one page, footnote marks taken out of it and kept in `marks`."""

    text: str
    box: Box
    base: float
    size: float
    marks: tuple[str, ...] = ()
    opens_with_mark: bool = False
    cells: tuple[str, ...] = ()  # parted where the gaps are as wide as between columns


def characters(page: Any, turn: Turn) -> list[Character]:
    """Return the page's visible characters and spaces in the order they are written in."""
    import pypdfium2.raw as pdfium

    text = page.get_textpage()
    made, loose, matrix = [], pdfium.FS_RECTF(), pdfium.FS_MATRIX()
    x, y, left, right, low, high = (ctypes.c_double() for _ in range(6))
    for place in range(min(text.count_chars(), MOST_CHARACTERS)):
        code = pdfium.FPDFText_GetUnicode(text, place)
        if not code or code in (10, 13) or not pdfium.FPDFText_GetLooseCharBox(text, place, loose):
            continue
        said = "-" if chr(code) in _HYPHENS else chr(code)
        pdfium.FPDFText_GetCharOrigin(text, place, x, y)
        box = turn.box(Box(loose.left, loose.bottom, loose.right, loose.top))
        base = turn.point(x.value, y.value)[1]
        pdfium.FPDFText_GetMatrix(text, place, matrix)
        scale = abs(matrix.a * matrix.d - matrix.b * matrix.c) ** 0.5
        size = pdfium.FPDFText_GetFontSize(text, place) * scale or box.top - box.bottom
        is_raised = False
        if said.isdigit() or said in "*†":
            pdfium.FPDFText_GetCharBox(text, place, left, right, low, high)
            tight = turn.box(Box(left.value, low.value, right.value, high.value))
            is_raised = tight.bottom - base > 0.15 * size and said.isdigit()
        made.append(Character(said, box, base, size, is_raised))
    return made


def lines(said: Iterable[Character]) -> list[Line]:
    """Return the lines the characters make, in the order they are written in."""
    return [line for group in _grouped(said) if (line := _line(group)).text]


def _grouped(said: Iterable[Character]) -> Iterator[list[Character]]:
    group: list[Character] = []
    for one in said:
        if group and one.text != " ":
            last = next((before for before in reversed(group) if before.text != " "), group[-1])
            height = max(last.size, one.size, 1.0)
            moved_back = one.box.left < last.box.left - 2 * height
            if abs(one.base - last.base) > _SAME_LINE * height or moved_back:
                yield group
                group = []
        group.append(one)
    if group:
        yield group


def _line(group: list[Character]) -> Line:
    seen = [one for one in group if not one.text.isspace()]
    if not seen:
        return Line("", group[0].box, group[0].base, 0.0)
    letters = [one for one in seen if one.text.isalpha()] or seen
    base = median(one.base for one in letters)
    size = median(one.size for one in letters)
    text, marks, opens = "", list[str](), False
    previous: Character | None = None
    mark = ""
    for one in [*group, None]:
        smaller = one is not None and one.size < 0.85 * size
        if one is not None and one.text.isdigit() and (one.is_raised or (smaller and one.base > base + 0.1 * size)):
            mark += one.text
            previous = one
            continue
        if mark:
            if _UNIT.search(text):
                text += mark.translate(str.maketrans("123", "¹²³"))
            else:
                opens = opens or not text.strip()
                marks.append(mark)
            mark = ""
        if one is None:
            break
        gap = one.box.left - previous.box.right if previous is not None else 0.0
        if gap > 0.15 * size and one.text != " " and text and not text.endswith(" "):
            text += "\t" if gap > _COLUMN_GAP * size else " "
        elif gap > _COLUMN_GAP * size and text:
            text += "\t"
        text += one.text
        if one.text != " ":
            previous = one
    box = Box(
        min(one.box.left for one in seen),
        min(one.box.bottom for one in seen),
        max(one.box.right for one in seen),
        max(one.box.top for one in seen),
    )
    cells = tuple(said for cell in text.split("\t") if (said := " ".join(cell.split())))
    return Line(" ".join(text.split()), box, base, size, tuple(marks), opens, cells)


def rules(page: Any, turn: Turn) -> list[Box]:
    """Return the boxes of the thin lines drawn on the page: of tables, mostly."""
    import pypdfium2.raw as pdfium

    found = []
    for number, drawn in enumerate(page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH], max_depth=4)):
        if number >= MOST_RULES:
            return []  # a map or a chart
        box = turn.box(Box(*drawn.get_bounds()))
        width, height = box.right - box.left, box.top - box.bottom
        if (height <= 2.5 and width >= 12) or (width <= 2.5 and height >= 6):
            found.append(box)
        elif 8 <= height <= 80 and width >= 30 and _segments(drawn) <= 6:  # a row's background
            found += [box._replace(bottom=box.top), box._replace(top=box.bottom)]
        elif width >= 30 and height >= 12:
            found += map(turn.box, _strokes(drawn))  # a whole grid drawn in one go
    return found


def _segments(drawn: Any) -> int:
    import pypdfium2.raw as pdfium

    return int(pdfium.FPDFPath_CountSegments(drawn))


def _strokes(drawn: Any) -> Iterator[Box]:
    """Yield the straight level and upright strokes of a path of many, none for a drawing of very many."""
    import pypdfium2.raw as pdfium

    count = _segments(drawn)
    if count > _MOST_SEGMENTS:
        return
    matrix = drawn.get_matrix()
    x, y, last = ctypes.c_float(), ctypes.c_float(), (0.0, 0.0)
    for number in range(count):
        segment = pdfium.FPDFPath_GetPathSegment(drawn, number)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        point = matrix.on_point(x.value, y.value)
        if pdfium.FPDFPathSegment_GetType(segment) == pdfium.FPDF_SEGMENT_LINETO:
            across, up = abs(point[0] - last[0]), abs(point[1] - last[1])
            if (up < 1 and across >= 12) or (across < 1 and up >= 6):
                yield Box(*map(min, last, point), *map(max, last, point))
        last = point
