"""The formats a list of results, and any other note, can be written in."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Final, NamedTuple

from service.exports.csv_table import write_csv
from service.exports.listing import ResultList
from service.exports.note import compose_note
from service.exports.references import write_bibtex, write_ris
from service.files.docx import write_docx
from service.files.odt import write_odt
from service.files.pdf import write_pdf
from service.files.written import WrittenNote
from service.web.translating import Translator


class Format(StrEnum):
    CSV = "csv"
    RIS = "ris"
    BIBTEX = "bibtex"
    DOCX = "docx"
    ODT = "odt"


class NoteFormat(StrEnum):
    """What a written note can be."""

    DOCX = "docx"
    ODT = "odt"
    PDF = "pdf"


class Writer(NamedTuple):
    """How a format is written: its media type, the suffix of its files, and what makes one."""

    media_type: str
    suffix: str
    write: Callable[[ResultList, Translator], bytes]


class NoteWriter(NamedTuple):
    """How a note is written: its media type, and what makes one."""

    media_type: str
    write: Callable[[WrittenNote], bytes]


DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ODT: Final = "application/vnd.oasis.opendocument.text"
PDF: Final = "application/pdf"
WRITERS: Final = {
    Format.CSV: Writer("text/csv; charset=utf-8", "csv", write_csv),
    Format.RIS: Writer("application/x-research-info-systems", "ris", write_ris),
    Format.BIBTEX: Writer("application/x-bibtex; charset=utf-8", "bib", write_bibtex),
    Format.DOCX: Writer(DOCX, "docx", lambda results, t: write_docx(compose_note(results, t))),
    Format.ODT: Writer(ODT, "odt", lambda results, t: write_odt(compose_note(results, t))),
}
NOTE_WRITERS: Final[dict[NoteFormat, NoteWriter]] = {
    NoteFormat.DOCX: NoteWriter(DOCX, write_docx),
    NoteFormat.ODT: NoteWriter(ODT, write_odt),
    NoteFormat.PDF: NoteWriter(PDF, write_pdf),
}
