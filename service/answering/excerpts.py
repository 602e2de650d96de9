"""What makes a sentence stand by itself: its paragraph, its table's header, or its list's introduction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from index.documents import Document
from service.answering.candidates import Piece, split_pieces
from service.documents.passage_layout import PassageKind
from service.web.block_display import cell_texts
from service.web.blocks import Table, blocks_at

MOST_AROUND: Final = 400  # characters shown before the sentence, and after it
MOST_NEIGHBOURS: Final = 2  # sentences on either side


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What surrounds a sentence [start, end) of a document; every text is a slice of the document's own.

    `headings` lead to it, outermost first. A sentence has its paragraph around it, `before` and `after`; an item of a
    list the sentence that introduces the list; a row, and a sentence in one, the row's cells and, where the table has
    one, its header.
    """

    headings: tuple[str, ...] = ()
    kind: PassageKind = "text"
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
        return Excerpt(text=text)
    piece = pieces[number]
    heading = document.sections[piece.section].heading
    excerpt = Excerpt(tuple(part for part in heading.split(" > ") if part), text=text)
    if row := _table_row(document, start, end):
        header, cells = row
        return replace(excerpt, kind="table", introduction=_caption(pieces, number), header=header, row=cells)
    if piece.form == "item":
        return replace(excerpt, kind="list", introduction=_introduction(pieces, number))
    first, last = _paragraph(document.text, pieces, number)
    before = document.text[pieces[first].start : start].rstrip()
    return replace(excerpt, before=before, after=document.text[end : pieces[last].end].lstrip())


def _table_row(document: Document, start: int, end: int) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Return the header of the table [start, end) stands in and the cells of its row, each as many; else None."""
    for block in blocks_at(document, start, end):
        if not isinstance(block, Table):
            continue
        row = next((row for row in block.rows if row.start <= start < row.end), None)
        if row is None:  # the header itself
            return (), cell_texts(document.text, block.header)
        columns = max(len(block.header), len(row.cells))
        header, cells = cell_texts(document.text, block.header), cell_texts(document.text, row.cells)
        blank = ("",) * columns
        return (header + blank)[:columns] if header else (), (cells + blank)[:columns]
    return None


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
