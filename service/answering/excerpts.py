"""What makes a sentence stand by itself: its paragraph, its table's header, or its list's introduction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from index.documents import Document
from service.answering.candidates import CELL, Piece, split_pieces

MOST_AROUND: Final = 400  # characters shown before the sentence, and after it
MOST_NEIGHBOURS: Final = 2  # sentences on either side


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What surrounds a sentence [start, end) of a document; every text is a slice of the document's own.

    `headings` lead to it, outermost first. A sentence has its paragraph around it, `before` and `after`; an item of a
    list the sentence that introduces the list; a row its cells and, where the table has one, its header.
    """

    headings: tuple[str, ...] = ()
    before: str = ""
    text: str = ""
    after: str = ""
    introduction: str = ""
    header: tuple[str, ...] = ()
    row: tuple[str, ...] = ()


NO_EXCERPT: Final = Excerpt()


def excerpt_of(document: Document, start: int, end: int) -> Excerpt:
    """Return the excerpt around [start, end); alone, where no piece of the document begins there."""
    pieces = split_pieces(document)
    number = next((number for number, piece in enumerate(pieces) if piece.start <= start < piece.end), None)
    text = document.text[start:end]
    if number is None:
        return Excerpt((), "", text, "")
    piece = pieces[number]
    heading = document.sections[piece.section].heading
    headings = tuple(part for part in heading.split(" > ") if part)
    if piece.form == "row":
        return Excerpt(headings, "", text, "", _caption(pieces, number), _header(pieces, number), cells(text))
    if piece.form == "item":
        return Excerpt(headings, "", text, "", _introduction(pieces, number))
    first, last = _paragraph(document.text, pieces, number)
    return Excerpt(
        headings,
        document.text[pieces[first].start : start].rstrip(),
        text,
        document.text[end : pieces[last].end].lstrip(),
    )


def cells(row: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in row.split(CELL.strip()))


def _header(pieces: Sequence[Piece], number: int) -> tuple[str, ...]:
    """Return the cells of the first row of the table that this row, not itself the first, stands in."""
    first = _first_row(pieces, number)
    header = cells(pieces[first].text) if first < number else ()
    return header if len(header) == len(cells(pieces[number].text)) else ()


def _first_row(pieces: Sequence[Piece], number: int) -> int:
    while number and pieces[number - 1].form == "row" and pieces[number - 1].section == pieces[number].section:
        number -= 1
    return number


def _caption(pieces: Sequence[Piece], number: int) -> str:
    """Return the line that stands directly above the table, where it announces it or is no sentence of its own."""
    above = _first_row(pieces, number) - 1
    if above < 0 or pieces[above].section != pieces[number].section or pieces[above].form == "item":
        return ""
    return pieces[above].text if pieces[above].announces or not pieces[above].is_ended else ""


def _introduction(pieces: Sequence[Piece], number: int) -> str:
    """Return the sentence before the list, which ends in a colon, "" where there is none."""
    before = number - 1
    while before >= 0 and pieces[before].section == pieces[number].section:
        if pieces[before].form != "item":
            return pieces[before].text if pieces[before].announces else ""
        before -= 1
    return ""


def _paragraph(text: str, pieces: Sequence[Piece], number: int) -> tuple[int, int]:
    """Return the numbers of the first and last piece of the paragraph that are shown with a sentence."""
    first = last = number
    while (
        first > 0
        and number - first < MOST_NEIGHBOURS
        and _goes_on(text, pieces[first - 1], pieces[first])
        and pieces[number].start - pieces[first - 1].start <= MOST_AROUND
    ):
        first -= 1
    while (
        last + 1 < len(pieces)
        and last - number < MOST_NEIGHBOURS
        and _goes_on(text, pieces[last], pieces[last + 1])
        and pieces[last + 1].end - pieces[number].end <= MOST_AROUND
    ):
        last += 1
    return first, last


def _goes_on(text: str, piece: Piece, following: Piece) -> bool:
    """Say whether two sentences stand in one paragraph."""
    same = piece.section == following.section and piece.form == following.form == "sentence"
    return same and "\n\n" not in text[piece.end : following.start]
