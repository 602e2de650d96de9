"""A list of results to take away: as a table, for a reference manager, or as a note one can send to a colleague."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from index.documents import Metadata
from index.types import RankedDocument
from service.documents.citations import citation_text, page_path
from service.web.translating import Translator


class Format(StrEnum):
    """What a list can be written as."""

    CSV = "csv"
    RIS = "ris"
    BIBTEX = "bibtex"
    DOCX = "docx"
    ODT = "odt"


class Entry(NamedTuple):
    """One result: `quote` stands word for word in the document, at the place `url` shows."""

    document_id: str
    metadata: Metadata
    label: str
    quote: str
    language: str
    url: str

    @property
    def citation(self) -> str:
        return citation_text(self.metadata, self.label)


@dataclass(frozen=True)
class ResultList:
    """Results in the order they are read, what was asked for them and when."""

    query: str
    filters: tuple[str, ...]  # in the reader's words
    address: str
    day: date
    entries: tuple[Entry, ...]


class Writing(NamedTuple):
    media_type: str
    suffix: str
    write: Callable[[ResultList, Translator], bytes]


def entries(documents: Iterable[RankedDocument], base: str) -> tuple[Entry, ...]:
    """Return each document with the passage that answers best; addresses begin with `base`."""
    return tuple(
        Entry(
            one.document.id,
            one.document.metadata,
            best.label,
            readable(best.text),
            best.language or one.document.metadata.language,
            base + page_path(one.document.id, start=best.start, end=best.end),
        )
        for one in documents
        for best in [one.passages[0].passage]
    )


def readable(text: str) -> str:
    """Return the text's words on one line, without the characters that no file of these formats may hold."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def writing(format: Format) -> Writing:
    """Return how a format is written; what writes it is loaded when it is first wanted."""
    match format:
        case Format.CSV:
            from service.exports.csv_table import table

            return Writing("text/csv; charset=utf-8", "csv", table)
        case Format.RIS:
            from service.exports.references import ris

            return Writing("application/x-research-info-systems", "ris", ris)
        case Format.BIBTEX:
            from service.exports.references import bibtex

            return Writing("application/x-bibtex; charset=utf-8", "bib", bibtex)
        case Format.DOCX:
            from service.exports.docx import docx

            return Writing("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx", docx)
        case Format.ODT:
            from service.exports.odt import odt

            return Writing("application/vnd.oasis.opendocument.text", "odt", odt)
