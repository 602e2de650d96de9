"""A PDF page as pdfium places it: its lines and tables, whether it is an image, and what is in its margins."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final

from index.reasons import Reason
from ingest.loaders.omissions import STRUCK, Omissions
from ingest.loaders.pdf.annotations import is_struck, read_annotations
from ingest.loaders.pdf.characters import (
    Character,
    Line,
    assemble_lines,
    find_strikes,
    read_characters,
    read_rules,
    without_struck,
)
from ingest.loaders.pdf.rotation import Box, level_page
from ingest.loaders.pdf.tables import Table, find_tables
from ingest.text.pages import is_page_number

LEADERS: Final = re.compile(r"(?:\s?[.…·_]){4,}\s*(?:\d{1,4}|[ivxlc]{1,6})?\s*$", re.IGNORECASE)
_NEAR: Final = 1.0  # points
NOTE: Final = re.compile(r"\(?(\d{1,3})\)?\s*(?=[^\d\s.°])")  # a line that may open a note
EDGE_SHARE: Final = 0.16  # of the page's height; repeated lines further in are text
FEWEST_LETTERS: Final = 25  # and digits; an image with fewer is taken for a scan
MARGIN: Final = 0.085  # of the page's height: where running heads and feet are


@dataclass(frozen=True, slots=True)
class PlacedPage:
    """A page's lines in reading order, its tables, its size, the size of most letters."""

    lines: tuple[Line, ...]
    tables: tuple[Table, ...]
    width: float
    height: float
    body_size: float
    letters: int  # and digits, also of the lines that are left out
    is_image: bool = False  # an image, or outlines of letters, cover part of it

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)


def place_page(page: Any, where: str = "", omissions: Omissions | None = None) -> tuple[PlacedPage, tuple[str, ...]]:
    """Return the page's lines and tables, without lines of dots, and the texts typed on it; count what is left out."""
    omissions = omissions if omissions is not None else Omissions()
    rotation = level_page(page)
    annotations = read_annotations(page, rotation, where, omissions)
    rules, strokes = read_rules(page, rotation)
    written = read_characters(page, rotation)
    lines = assemble_lines(written)
    characters = _on_page(written, lines, rotation.box(Box(*page.get_bbox())), where, omissions)
    characters = _without_struck(characters, lines, strokes, annotations.struck, where, omissions)
    if len(characters) < len(written):
        lines = assemble_lines(characters)
    lines = [line for line in _keep_powers(characters, lines) if not LEADERS.search(line.text)]
    tables = find_tables(characters, rules)
    letters = sum(character.text.isalnum() for character in characters)
    placed = PlacedPage(
        tuple(lines),
        tuple(tables),
        rotation.width,
        rotation.height,
        _median_size(lines),
        letters,
        letters < FEWEST_LETTERS and is_image(page),
    )
    return placed, annotations.texts


def _on_page(
    characters: list[Character], lines: Sequence[Line], page: Box, where: str, omissions: Omissions
) -> list[Character]:
    """Return the characters that are on the visible part of the page; count what is cropped off."""
    page = Box(page.left - _NEAR, page.bottom - _NEAR, page.right + _NEAR, page.top + _NEAR)
    if all(_is_inside(line.box, page) for line in lines):
        return characters
    kept = [character for character in characters if character.text.isspace() or _touches(character.box, page)]
    omissions.add("passage", where, Reason("off-page"), count=int(len(kept) < len(characters)))
    return kept


def _is_inside(box: Box, page: Box) -> bool:
    return page.left <= box.left and box.right <= page.right and page.bottom <= box.bottom and box.top <= page.top


def _touches(box: Box, page: Box) -> bool:
    return page.left <= box.right and box.left <= page.right and page.bottom <= box.top and box.bottom <= page.top


def _without_struck(
    characters: list[Character],
    lines: Sequence[Line],
    strokes: Sequence[Box],
    annotated: Sequence[Box],
    where: str,
    omissions: Omissions,
) -> list[Character]:
    """Return the characters without those that drawn lines or annotations strike out; count what lines strike out."""
    if annotated:
        characters = [character for character in characters if not is_struck(character.box, annotated)]
    strikes = find_strikes(lines, strokes) if strokes else []
    if not strikes:
        return characters
    kept = without_struck(characters, strikes)
    omissions.add("struck-out passage", where, STRUCK, count=int(len(kept) < len(characters)))
    return kept


def _keep_powers(characters: Sequence[Character], lines: Sequence[Line]) -> Sequence[Line]:
    """Return the lines with the raised numbers that call no note of the page kept in their text."""
    if not any(line.is_doubtful for line in lines):
        return lines
    size = _median_size(lines)
    notes = {line.marks[0] for line in lines if line.opens_with_mark}
    small = (NOTE.match(line.text) for line in lines if line.size < 0.93 * size)
    return assemble_lines(characters, notes | {number[1] for number in small if number is not None})


def _median_size(lines: Sequence[Line]) -> float:
    """Return the size of the median letter, 0 without any."""
    sizes = sorted((line.size, len(line.text)) for line in lines)
    half, letters = sum(count for _, count in sizes) / 2, 0
    for size, count in sizes:
        letters += count
        if letters >= half:
            return size
    return 0.0


def is_image(page: Any) -> bool:
    """Say whether images cover a good part of the page, or it is drawn with many outlines, as exported letters are."""
    import pypdfium2.raw as pdfium

    width, height = page.get_size()
    covered, outlines = 0.0, 0
    kinds = [pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_PATH, pdfium.FPDF_PAGEOBJ_SHADING]
    for item in page.get_objects(filter=kinds, max_depth=4):
        if item.type == pdfium.FPDF_PAGEOBJ_IMAGE:
            left, bottom, right, top = item.get_bounds()
            covered += max(0.0, right - left) * max(0.0, top - bottom)
        else:
            outlines += 1
        if covered > 0.15 * width * height or outlines > 200:
            return True
    return False


def is_at_edge(line: Line, page: PlacedPage) -> bool:
    """Say whether the line is where running heads and feet can be: not in the middle of the page."""
    return not EDGE_SHARE < line.base / max(page.height, 1.0) < 1 - EDGE_SHARE


def lines_in_margins(page: PlacedPage) -> set[str]:
    """Return the lines at the very top and bottom of a page, numbers as "#"."""
    margin = MARGIN * page.height
    return {_shape(line) for line in page.lines if line.base < margin or line.base > page.height - margin}


def _shape(line: Line) -> str:
    return re.sub(r"\d+", "#", line.text)


def without_margins(page: PlacedPage, repeated: Container[str]) -> PlacedPage:
    """Leave out what is small and apart, or `repeated`, at the very top and bottom: heads of short documents."""
    kept = list(page.lines)
    for direction in (1, -1):  # from the top, from the bottom
        ordered = sorted(kept, key=lambda line: -direction * line.base)
        for line, following in pairwise(ordered):
            distance = page.height - line.base if direction == 1 else line.base
            if distance > MARGIN * page.height:
                break
            if abs(line.base - following.base) < 2:
                continue  # the left half of a head; judged with its right half
            is_apart = abs(line.base - following.base) > 1.7 * page.body_size
            is_small = line.size < 0.93 * page.body_size
            if _shape(line) in repeated or (is_apart and (is_small or is_page_number(line.text))):
                kept = [other for other in kept if direction * (other.base - line.base) < -2]
    return replace(page, lines=tuple(kept))
