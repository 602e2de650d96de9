"""A PDF page as pdfium places it: its lines and tables, whether it is a picture, and what stands in its margins."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final

from ingest.loaders.pdf.characters import Line, characters, lines, rules
from ingest.loaders.pdf.rotation import levelled
from ingest.loaders.pdf.tables import Table, tables
from ingest.text.pages import is_page_number

LEADERS: Final = re.compile(r"(?:\s?[.…·_]){4,}\s*(?:\d{1,4}|[ivxlc]{1,6})?\s*$", re.IGNORECASE)
EDGE: Final = 0.16  # of the page's height; what comes back further in is text
THIN: Final = 25  # letters and digits; a picture with fewer is taken for a scan
MARGIN: Final = 0.085  # of the page's height: where running heads and feet stand


@dataclass(frozen=True, slots=True)
class Placed:
    """A page as pdfium places it: its lines in reading order, its tables, its size, the height of most letters."""

    lines: tuple[Line, ...]
    tables: tuple[Table, ...]
    width: float
    height: float
    body: float
    letters: int  # and digits, also of the lines that were left out
    is_picture: bool = False  # an image, or outlines of letters, cover part of it

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)


def placed(page: Any) -> Placed:
    """Return the page's lines and tables, lines of dots out."""
    turn = levelled(page)
    said = characters(page, turn)
    found = tables(said, rules(page, turn))
    letters_and_digits = sum(one.text.isalnum() for one in said)
    made = [line for line in lines(said) if not LEADERS.search(line.text)]
    letters = sorted((line.size, len(line.text)) for line in made)
    middle, seen, body = sum(count for _, count in letters) / 2, 0, 0.0
    for size, count in letters:
        seen += count
        body = size
        if seen >= middle:
            break
    return Placed(
        tuple(made),
        tuple(found),
        turn.width,
        turn.height,
        body,
        letters_and_digits,
        letters_and_digits < THIN and is_picture(page),
    )


def is_picture(page: Any) -> bool:
    """Say whether images cover a good part of the page, or it is drawn with many outlines, as exported letters are."""
    import pypdfium2.raw as pdfium

    width, height = page.get_size()
    covered, outlines = 0.0, 0
    kinds = [pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_PATH, pdfium.FPDF_PAGEOBJ_SHADING]
    for one in page.get_objects(filter=kinds, max_depth=4):
        if one.type == pdfium.FPDF_PAGEOBJ_IMAGE:
            left, bottom, right, top = one.get_bounds()
            covered += max(0.0, right - left) * max(0.0, top - bottom)
        else:
            outlines += 1
        if covered > 0.15 * width * height or outlines > 200:
            return True
    return False


def at_edge(line: Line, page: Placed) -> bool:
    """Say whether the line stands where running heads and feet can be: not in the middle of the page."""
    return not EDGE < line.base / max(page.height, 1.0) < 1 - EDGE


def in_margins(page: Placed) -> set[str]:
    """Return the lines at the very top and bottom of a page, numbers as "#"."""
    edge = MARGIN * page.height
    return {_shape(line) for line in page.lines if line.base < edge or line.base > page.height - edge}


def _shape(line: Line) -> str:
    return re.sub(r"\d+", "#", line.text)


def without_margins(page: Placed, repeated: Container[str]) -> Placed:
    """Leave out what stands small and apart, or is `repeated`, at the very top and bottom: heads of short documents."""
    kept = list(page.lines)
    for edge in (1, -1):
        ordered = sorted(kept, key=lambda line: -edge * line.base)
        for line, following in pairwise(ordered):
            distance = page.height - line.base if edge == 1 else line.base
            if distance > MARGIN * page.height:
                break
            if abs(line.base - following.base) < 2:
                continue  # the left half of a head; judged with its right half
            apart = abs(line.base - following.base) > 1.7 * page.body
            small = line.size < 0.93 * page.body
            if _shape(line) in repeated or (apart and (small or is_page_number(line.text))):
                kept = [one for one in kept if edge * (one.base - line.base) < -2]
    return replace(page, lines=tuple(kept))
