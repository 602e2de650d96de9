"""A list of results to take away, whatever the format it is written in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from index.documents import Document, Metadata
from index.types import RankedDocument
from service.web.citations import citation_text, page_path

OPENING = 300  # characters quoted of a document that is cited as a whole


class Finding(NamedTuple):
    """What a document says on one point, word for word, where `url` shows it; `key` is the message that names it."""

    key: str
    quote: str
    label: str
    url: str


class Entry(NamedTuple):
    """One result: `quote` stands word for word in the document, where `url` shows it.

    `mark` is the message of what a reader must not overlook, such as that a thread is unsolved.
    """

    document_id: str
    metadata: Metadata
    label: str
    quote: str
    language: str
    url: str
    findings: tuple[Finding, ...] = ()
    mark: str = ""

    @property
    def citation(self) -> str:
        return citation_text(self.metadata, self.label)


@dataclass(frozen=True)
class ResultList:
    """Results in reading order, the search that found them and its day; `title` is the message of its title."""

    query: str
    filters: tuple[str, ...]  # in the reader's words
    address: str
    day: date
    entries: tuple[Entry, ...]
    title: str = "export.note.title"


def entries_of(documents: Iterable[RankedDocument], base: str) -> tuple[Entry, ...]:
    """Return each document with the passage that answers best; addresses begin with `base`."""
    return tuple(
        Entry(
            ranked.document.id,
            ranked.document.metadata,
            best.label,
            readable(best.text),
            best.language or ranked.document.metadata.language,
            base + page_path(ranked.document.id, start=best.start, end=best.end),
        )
        for ranked in documents
        for best in [ranked.passages[0].passage]
    )


def entry_of(document: Document, base: str, start: int | None, end: int | None) -> Entry:
    """Return a document with its passage [start, end), or with its beginning when it has no such passage."""
    is_passage = start is not None and end is not None and start < end <= len(document.text)
    first, last = (start or 0, end or 0) if is_passage else (0, OPENING)
    section = next((section for section in document.sections if section.start <= first < section.end), None)
    return Entry(
        document.id,
        document.metadata,
        section.label if section and is_passage else "",
        readable(document.text[first:last]),
        (section.language if section else "") or document.metadata.language,
        base + page_path(document.id, start=first if is_passage else None, end=last if is_passage else None),
    )


def readable(text: str) -> str:
    """Return the text's words on one line, without the characters that no file of these formats may hold."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())
