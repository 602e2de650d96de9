"""What an answer is chosen from: the sentences, list items and table rows of a document, each a slice of its text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, Literal

from index.documents import Document, Kind, Section
from index.lexical.sentence_splitting import split_sentences
from service.web.blocks import CELL, LIST_MARK, Heading, blocks_of

Form = Literal["sentence", "item", "row"]

SHORTEST, LONGEST = 12, 900  # characters
FEWEST_WORDS: Final = 3
_SOURCES: Final = r"(?:sources?|références?|quellen?|fuentes?|fonti|bronnen|references?)\s*"
_SOURCES_HEADING: Final = re.compile(rf"{_SOURCES}:?", re.IGNORECASE)
_SOURCES_LINE: Final = re.compile(rf"{_SOURCES}:", re.IGNORECASE)
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

    def with_score(self, score: float) -> Candidate:
        return replace(self, score=score)


@lru_cache(maxsize=512)
def split_pieces(document: Document) -> tuple[Piece, ...]:
    """Return everything the document says, in order, piece by piece; only blanks and bullets lie between them.

    Questions, headings, what a thread's first post asks, lists of sources and heads of tables are neighbours that may
    not answer (of 822 sentences that answer in our sets none is a heading of a PDF, as 116 of its 1,074 pieces are;
    one stood among sources and one was a table's first row).
    """
    is_thread = document.metadata.kind is Kind.FORUM_THREAD and len(document.sections) > 1
    headings = {block[:2] for blocks in blocks_of(document) for block in blocks if isinstance(block, Heading)}
    pieces: list[Piece] = []
    for number, section in enumerate(document.sections):
        language = section.language or document.metadata.language
        heading = section.heading.rpartition(" > ")[2].strip()
        is_silent = (is_thread and number == 0) or bool(_SOURCES_HEADING.fullmatch(heading))
        spans = list(_rows_and_sentences(document.text, section, language))
        for position, (start, end, form) in enumerate(spans):
            text = document.text[start:end]
            is_silent = is_silent or bool(_SOURCES_HEADING.fullmatch(text))  # a heading, in a file that has none
            may_answer = not is_silent and _may_answer(text) and (start, end) not in headings
            may_answer = may_answer and not _is_table_head(spans, position)
            pieces.append(Piece(start, end, number, form, text, language, section.label, may_answer))
    return tuple(pieces)


def _is_table_head(spans: Sequence[tuple[int, int, Form]], position: int) -> bool:
    """Say whether this is the first of several rows: it names the columns."""
    around = (position - 1, position, position + 1)
    return [0 <= at < len(spans) and spans[at][2] == "row" for at in around] == [False, True, True]


def _rows_and_sentences(text: str, section: Section, language: str) -> Iterator[tuple[int, int, Form]]:
    """Yield rows whole, line by line, and between them the sentences, without their bullets."""
    begin = section.start
    for line in _LINE.finditer(text, section.start, section.end):
        if CELL in line[0]:
            yield from _sentences_and_items(text, begin, line.start(), language)
            yield line.start() + len(line[0]) - len(line[0].lstrip()), line.start() + len(line[0].rstrip()), "row"
            begin = line.end()
    yield from _sentences_and_items(text, begin, section.end, language)


def _sentences_and_items(text: str, begin: int, end: int, language: str) -> Iterator[tuple[int, int, Form]]:
    for start, stop in split_sentences(text[begin:end], language):
        marker = LIST_MARK.match(text[begin + start : begin + stop])
        if not marker:
            yield begin + start, begin + stop, "sentence"
        elif stop - start > len(marker[0]):
            yield begin + start + len(marker[0]), begin + stop, "item"


def last_sign(text: str) -> str:
    """Return the last character but for closing marks, "" of nothing."""
    return text.rstrip(' »\u00a0\u202f"”)')[-1:]


def _may_answer(text: str) -> bool:
    if last_sign(text) == "?" or _SOURCES_LINE.match(text):
        return False
    return SHORTEST <= len(text) <= LONGEST and len(text.split()) >= FEWEST_WORDS
