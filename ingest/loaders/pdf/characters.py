"""Assemble a PDF page's characters, as pdfium places them, into lines with their position, size and raised marks."""

from __future__ import annotations

import ctypes
from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final, NamedTuple

from ingest.loaders.pdf.rotation import Box, Rotation
from ingest.loaders.raised_digits import SUPERSCRIPTS, is_exponent
from ingest.loaders.symbol_fonts import write_symbols

MOST_CHARACTERS: Final = 200_000  # of one page; a map of a region has 18,000
MOST_RULES: Final = 4_000
_MOST_SEGMENTS: Final = 500
_HYPHENS: Final = "\u0002\ufffe"  # how pdfium marks a hyphen at the end of a line
_SIGNS: Final = frozenset("-−")
_COLUMN_GAP: Final = 1.5
_THICKEST, _SHORTEST = 2.5, 3.0  # of lines that strike out words, in points
_TALLEST: Final = 100.0  # points: letters struck out are no larger than twice this
_SAME_LINE: Final = 0.5  # of the letters' height: a raised or lowered character stays in its line


class Character(NamedTuple):
    """A visible character or a space."""

    text: str
    box: Box  # as wide as the letter moves the pen, as tall as its font
    base: float
    size: float  # of the font as it is shown
    is_raised: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A line of one page; the marks of footnotes are taken out of its text and kept in `marks`."""

    text: str
    box: Box
    base: float
    size: float
    marks: tuple[str, ...] = ()
    opens_with_mark: bool = False
    cells: tuple[str, ...] = ()  # split where the gaps are as wide as between columns
    is_doubtful: bool = False  # a mark after a number may be an exponent


def read_characters(page: Any, rotation: Rotation) -> list[Character]:
    """Return the page's visible characters and spaces in the order they are written in."""
    import pypdfium2.raw as pdfium

    text = page.get_textpage()
    characters, loose, matrix = [], pdfium.FS_RECTF(), pdfium.FS_MATRIX()
    x, y = ctypes.c_double(), ctypes.c_double()
    for index in range(min(text.count_chars(), MOST_CHARACTERS)):
        code = pdfium.FPDFText_GetUnicode(text, index)
        if not code or code in (10, 13) or not pdfium.FPDFText_GetLooseCharBox(text, index, loose):
            continue
        character = "-" if chr(code) in _HYPHENS else chr(code)
        if "\uf020" <= character <= "\uf0ff":
            character = write_symbols(character, _font_name(text, index))
        pdfium.FPDFText_GetCharOrigin(text, index, x, y)
        box = rotation.box(Box(loose.left, loose.bottom, loose.right, loose.top))
        base = rotation.point(x.value, y.value)[1]
        pdfium.FPDFText_GetMatrix(text, index, matrix)
        scale = abs(matrix.a * matrix.d - matrix.b * matrix.c) ** 0.5
        size = pdfium.FPDFText_GetFontSize(text, index) * scale or box.height
        is_raised = character.isdigit() and _tight_bottom(text, index, rotation) - base > 0.15 * size
        characters.append(Character(character, box, base, size, is_raised))
    return characters


def _font_name(text: Any, index: int) -> str:
    """Return the name of a character's font, without the mark of a subset ("ABCDEF+")."""
    import pypdfium2.raw as pdfium

    buffer = ctypes.create_string_buffer(256)
    pdfium.FPDFText_GetFontInfo(text, index, buffer, 256, ctypes.c_int())
    return buffer.value.decode("utf-8", errors="replace").rpartition("+")[2].partition(",")[0]


def _tight_bottom(text: Any, index: int, rotation: Rotation) -> float:
    """Return where the ink of a character ends at the bottom."""
    import pypdfium2.raw as pdfium

    left, right, low, high = (ctypes.c_double() for _ in range(4))
    pdfium.FPDFText_GetCharBox(text, index, left, right, low, high)
    return rotation.box(Box(left.value, low.value, right.value, high.value)).bottom


def assemble_lines(characters: Iterable[Character], notes: Container[str] | None = None) -> list[Line]:
    """Return the lines the characters make, in the order they are written in.

    With `notes`, the numbers of the notes of the page, a raised number after a number stays in the text, raised, if it
    calls none of them.
    """
    return [line for group in _group_by_line(characters) if (line := _make_line(group, notes)).text]


def _group_by_line(characters: Iterable[Character]) -> Iterator[list[Character]]:
    group: list[Character] = []
    for character in characters:
        if group and character.text != " ":
            last = next((before for before in reversed(group) if before.text != " "), group[-1])
            height = max(last.size, character.size, 1.0)
            moves_back = character.box.left < last.box.left - 2 * height
            if abs(character.base - last.base) > _SAME_LINE * height or moves_back:
                yield group
                group = []
        group.append(character)
    if group:
        yield group


def _make_line(group: Sequence[Character], notes: Container[str] | None) -> Line:
    visible = [character for character in group if not character.text.isspace()]
    if not visible:
        return Line("", group[0].box, group[0].base, 0.0)
    letters = [character for character in visible if character.text.isalpha()] or visible
    base = median(character.base for character in letters)
    size = median(character.size for character in letters)
    text, marks, opens_with_mark, is_doubtful = _separate_marks(group, base, size, notes)
    box = Box(
        min(character.box.left for character in visible),
        min(character.box.bottom for character in visible),
        max(character.box.right for character in visible),
        max(character.box.top for character in visible),
    )
    cells = tuple(words for cell in text.split("\t") if (words := " ".join(cell.split())))
    return Line(" ".join(text.split()), box, base, size, tuple(marks), opens_with_mark, cells, is_doubtful)


def _separate_marks(
    group: Sequence[Character], base: float, size: float, notes: Container[str] | None
) -> tuple[str, list[str], bool, bool]:
    """Return a line's text with tabs for wide gaps, its raised numbers, if it begins with one, if one may be a power.

    A raised number that is an exponent ("km²", "10⁶") stays in the text.
    """
    text, mark, marks, opens_with_mark, is_doubtful = "", "", list[str](), False, False
    previous: Character | None = None
    for character in [*group, None]:
        if character is not None and _is_mark(character, base, size):
            mark += character.text
            previous = character
            continue
        if mark:
            may_be_power = text[-1:].isdigit() or text[-1:] == ")"
            is_of_no_note = may_be_power and notes is not None and mark not in notes
            is_prime = not mark.strip("0") and text[-1:].isalpha()  # TeX's fonts have the prime in the place of 0
            if is_of_no_note or not mark.isdigit() or (is_exponent(text, mark) and not is_prime):
                text += mark.translate(SUPERSCRIPTS)
            else:
                is_doubtful = is_doubtful or may_be_power
                opens_with_mark = opens_with_mark or not text.strip()
                marks.append(mark)
            mark = ""
        if character is None:
            break
        gap = character.box.left - previous.box.right if previous is not None else 0.0
        text += _separator(text, character, gap, size) + character.text
        if character.text != " ":
            previous = character
    return text, marks, opens_with_mark, is_doubtful


def _is_mark(character: Character, base: float, size: float) -> bool:
    is_digit = character.text.isdigit()
    if not is_digit and character.text not in _SIGNS:
        return False
    if is_digit and character.is_raised:
        return True
    return character.size < 0.85 * size and character.base > base + 0.1 * size


def _separator(text: str, character: Character, gap: float, size: float) -> str:
    """Return what to put between the text of a line so far and its next character: a tab, a space or nothing."""
    is_wide = gap > _COLUMN_GAP * size
    if gap > 0.15 * size and character.text != " " and text and not text.endswith(" "):
        return "\t" if is_wide else " "
    return "\t" if is_wide and text else ""


def read_rules(page: Any, rotation: Rotation) -> tuple[list[Box], list[Box]]:
    """Return the boxes of the thin lines drawn on the page, mostly those of tables, and of level ones of any length."""
    import pypdfium2.raw as pdfium

    rules: list[Box] = []
    strokes: list[Box] = []
    for number, drawing in enumerate(page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH], max_depth=4)):
        if number >= MOST_RULES:
            return [], []  # a map or a chart
        box = rotation.box(Box(*drawing.get_bounds()))
        if box.height <= _THICKEST and box.width >= _SHORTEST:
            strokes.append(box)
        if (box.height <= 2.5 and box.width >= 12) or (box.width <= 2.5 and box.height >= 6):
            rules.append(box)
        elif 8 <= box.height <= 80 and box.width >= 30 and _count_segments(drawing) <= 6:  # a row's background
            rules += [box._replace(bottom=box.top), box._replace(top=box.bottom)]
        elif box.width >= 30 and box.height >= 12:
            rules += map(rotation.box, _strokes(drawing))  # a whole grid drawn as one path
    return rules, strokes


def without_struck(characters: Sequence[Character], strokes: Sequence[Box]) -> list[Character]:
    """Return the characters without those a line as long as they are goes through, as Word draws what is struck out."""
    struck: set[int] = set()
    for stroke in strokes:
        middle = (stroke.bottom + stroke.top) / 2
        through = [
            character
            for character in characters
            if 0.12 * character.size <= middle - character.base <= 0.45 * character.size
            and stroke.left - 1 <= (character.box.left + character.box.right) / 2 <= stroke.right + 1
        ]
        if any(not character.text.isspace() for character in through) and _is_as_long(stroke, through):
            struck |= {id(character) for character in through}
    return [character for character in characters if id(character) not in struck]


def find_strikes(lines: Sequence[Line], strokes: Sequence[Box]) -> list[Box]:
    """Return the strokes that go through a line of text and no further: they may strike out words of it."""
    by_base = sorted(lines, key=lambda line: line.base)
    bases = [line.base for line in by_base]
    strikes = []
    for stroke in strokes:
        middle = (stroke.bottom + stroke.top) / 2
        near = by_base[bisect_left(bases, middle - _TALLEST) : bisect_right(bases, middle)]
        if any(
            middle - line.base <= 0.5 * line.size
            and line.box.left - line.size <= stroke.left
            and stroke.right <= line.box.right + line.size
            for line in near
        ):
            strikes.append(stroke)
    return strikes


def _is_as_long(stroke: Box, characters: Sequence[Character]) -> bool:
    """Say whether a line begins and ends where the characters do, and is thin: no rule of a table or a chart."""
    left, right = (
        min(character.box.left for character in characters),
        max(character.box.right for character in characters),
    )
    size = max(character.size for character in characters)
    return (
        abs(stroke.left - left) < 0.35 * size
        and abs(stroke.right - right) < 0.35 * size
        and stroke.height <= 0.25 * size
    )


def _count_segments(drawing: Any) -> int:
    import pypdfium2.raw as pdfium

    return int(pdfium.FPDFPath_CountSegments(drawing))


def _strokes(drawing: Any) -> Iterator[Box]:
    """Yield the straight level and upright strokes of a path, none for a path of very many segments."""
    import pypdfium2.raw as pdfium

    count = _count_segments(drawing)
    if count > _MOST_SEGMENTS:
        return
    matrix = drawing.get_matrix()
    x, y, last = ctypes.c_float(), ctypes.c_float(), (0.0, 0.0)
    for number in range(count):
        segment = pdfium.FPDFPath_GetPathSegment(drawing, number)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        point = matrix.on_point(x.value, y.value)
        if pdfium.FPDFPathSegment_GetType(segment) == pdfium.FPDF_SEGMENT_LINETO:
            across, up = abs(point[0] - last[0]), abs(point[1] - last[1])
            if (up < 1 and across >= 12) or (across < 1 and up >= 6):
                yield Box(*map(min, last, point), *map(max, last, point))
        last = point
