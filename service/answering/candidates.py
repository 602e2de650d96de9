"""What an answer is chosen from: the sentences, list items and table rows of a document, each a slice of its text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, Literal

from index.documents import Document, Kind, Section
from service.answering.sentence_splitting import sentences
from service.documents.citations import Citation

Form = Literal["sentence", "item", "row"]

SHORTEST, LONGEST = 12, 900  # characters
FEWEST_WORDS: Final = 3
CELL: Final = " | "  # what loaders put between the cells of a row
_LIST_MARKER: Final = re.compile(r"(?:[-–—•▪◦*·‣>]|\d{1,2}[.)])\s+(?=\S)")
_SOURCES: Final = r"(?:sources?|références?|quellen?|fuentes?|fonti|bronnen|references?)\s*"
_SOURCES_ALONE: Final = re.compile(rf"{_SOURCES}:?", re.IGNORECASE)
_SOURCES_TOLD: Final = re.compile(rf"{_SOURCES}:", re.IGNORECASE)
_LINE: Final = re.compile(r"[^\n]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence, item or row [start, end) of its document's text; `section` is its number."""

    start: int
    end: int
    section: int
    form: Form
    text: str
    language: str
    label: str
    may_answer: bool

    @property
    def is_ended(self) -> bool:
        return last_sign(self.text) in ".!…;"

    @property
    def announces(self) -> bool:
        return last_sign(self.text) == ":"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A piece that might answer, and the document it stands in."""

    document: Document
    piece: Piece
    score: float = 0.0

    @property
    def text(self) -> str:
        return self.piece.text

    @property
    def language(self) -> str:
        return self.piece.language

    def scored(self, score: float) -> Candidate:
        return replace(self, score=score)

    def citation(self) -> Citation:
        return Citation(
            document_id=self.document.id,
            title=self.document.metadata.title,
            label=self.piece.label,
            quote=self.text,
            start=self.piece.start,
            end=self.piece.end,
        )


@lru_cache(maxsize=512)
def pieces(document: Document) -> tuple[Piece, ...]:
    """Return everything the document says, in order, piece by piece; only blanks and bullets lie between them.

    Questions, what a thread's first post asks, lists of sources and heads of tables are neighbours that may not
    answer (of 721 sentences that answer in our sets, one stood among sources and one was a table's first row).
    """
    is_thread = document.metadata.kind is Kind.FORUM_THREAD and len(document.sections) > 1
    found: list[Piece] = []
    for number, section in enumerate(document.sections):
        language = section.language or document.metadata.language
        heading = section.heading.rpartition(" > ")[2].strip()
        is_silent = (is_thread and number == 0) or bool(_SOURCES_ALONE.fullmatch(heading))
        placed = list(_placed(document.text, section, language))
        for place, (start, end, form) in enumerate(placed):
            text = document.text[start:end]
            is_silent = is_silent or bool(_SOURCES_ALONE.fullmatch(text))  # a heading, in a file that has none
            may = not is_silent and _may_answer(text) and not _is_head(placed, place)
            found.append(Piece(start, end, number, form, text, language, section.label, may))
    return tuple(found)


def _is_head(placed: Sequence[tuple[int, int, Form]], place: int) -> bool:
    """Say whether this is the first of several rows: it names the columns."""
    rows = [0 <= at < len(placed) and placed[at][2] == "row" for at in (place - 1, place, place + 1)]
    return rows == [False, True, True]


def _placed(text: str, section: Section, language: str) -> Iterator[tuple[int, int, Form]]:
    """Yield rows whole, line by line, and between them the sentences, without their bullets."""
    begin = section.start
    for line in _LINE.finditer(text, section.start, section.end):
        if CELL in line[0]:
            yield from _said(text, begin, line.start(), language)
            yield line.start() + len(line[0]) - len(line[0].lstrip()), line.start() + len(line[0].rstrip()), "row"
            begin = line.end()
    yield from _said(text, begin, section.end, language)


def _said(text: str, begin: int, end: int, language: str) -> Iterator[tuple[int, int, Form]]:
    for start, stop in sentences(text[begin:end], language):
        marker = _LIST_MARKER.match(text[begin + start : begin + stop])
        if not marker:
            yield begin + start, begin + stop, "sentence"
        elif stop - start > len(marker[0]):
            yield begin + start + len(marker[0]), begin + stop, "item"


def last_sign(text: str) -> str:
    """Return the last character but for closing marks, "" of nothing."""
    return text.rstrip(' »\u00a0\u202f"”)')[-1:]


def _may_answer(text: str) -> bool:
    if last_sign(text) == "?" or _SOURCES_TOLD.match(text):
        return False
    return SHORTEST <= len(text) <= LONGEST and len(text.split()) >= FEWEST_WORDS
