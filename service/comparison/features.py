"""What the cell model knows of each sentence of a document, as numbers. Nothing here depends on a question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from index.documents import Document
from service.answering.candidates import Piece, split_pieces
from service.comparison.signs import heading_signs, word_signs

FloatArray = npt.NDArray[np.float64]

LONG: Final = 400  # characters from which a sentence is no longer told from a longer one
SHORT: Final = 40
FIRST: Final = 3  # sentences that open a document
HEADING: Final = 60  # characters: a longer line is no heading
REACH: Final = 12  # lines above a sentence among which a heading is looked for
_TITLE_WORD: Final = re.compile(r"\w{4,}")


@dataclass(frozen=True)
class SentenceTable:
    """The sentences, items and rows of a document that may be quoted, one row of `signs` each, columns by `names`."""

    pieces: tuple[Piece, ...]
    names: tuple[str, ...]
    signs: FloatArray  # (sentences, names)


def sentence_table(document: Document) -> SentenceTable:
    """Return the signs of every sentence that may be quoted, in order."""
    pieces = split_pieces(document)
    title = _words(document.metadata.title)
    kept, rows = [], []
    for position, piece in enumerate(pieces):
        if piece.may_answer:
            signs = word_signs(piece.text, piece.language) | heading_signs(_heading(document, pieces, position))
            rows.append(signs | _shape(piece, position, len(pieces), title))
            kept.append(piece)
    names = tuple(rows[0]) if rows else ()
    table = np.array([[row[name] for name in names] for row in rows]).reshape(len(rows), len(names))
    return SentenceTable(tuple(kept), names, table)


def _shape(piece: Piece, position: int, count: int, title: frozenset[str]) -> dict[str, float]:
    return {
        "is_row": float(piece.form == "row"),
        "is_item": float(piece.form == "item"),
        "length": min(len(piece.text), LONG) / LONG,
        "is_short": float(len(piece.text) < SHORT),
        "position": position / count,
        "is_first": float(position < FIRST),
        "is_ended": float(piece.is_ended),
        "announces": float(piece.announces),
        "title_words": len(_words(piece.text) & title) / max(1, len(title)),
    }


def _heading(document: Document, pieces: Sequence[Piece], position: int) -> str:
    """Return the heading above a sentence; with it the head of the row's table, or a line that stands as a heading."""
    piece = pieces[position]
    heading = document.sections[piece.section].heading.rpartition(" > ")[2]
    if piece.form == "row":
        head = position
        while head and pieces[head - 1].form == "row":
            head -= 1
        return f"{heading} | {pieces[head].text}" if head < position else heading
    above = (pieces[at] for at in range(position - 1, max(-1, position - REACH), -1))
    line = next((other.text for other in above if _stands_as_heading(other)), "")
    return f"{heading} | {line}" if line else heading


def _stands_as_heading(piece: Piece) -> bool:
    """Say whether a line is a heading of a file that marks none."""
    return not (piece.may_answer or piece.is_ended) and piece.form != "row" and len(piece.text) < HEADING


def _words(text: str) -> frozenset[str]:
    return frozenset(_TITLE_WORD.findall(text.lower()))
