"""The formats a list of results can be written in."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Final, NamedTuple

from service.exports.csv_table import write_csv
from service.exports.docx import write_docx
from service.exports.listing import ResultList
from service.exports.odt import write_odt
from service.exports.references import write_bibtex, write_ris
from service.web.translating import Translator


class Format(StrEnum):
    CSV = "csv"
    RIS = "ris"
    BIBTEX = "bibtex"
    DOCX = "docx"
    ODT = "odt"


class Writer(NamedTuple):
    """How a format is written: its media type, the suffix of its files, and what makes one."""

    media_type: str
    suffix: str
    write: Callable[[ResultList, Translator], bytes]


WRITERS: Final = {
    Format.CSV: Writer("text/csv; charset=utf-8", "csv", write_csv),
    Format.RIS: Writer("application/x-research-info-systems", "ris", write_ris),
    Format.BIBTEX: Writer("application/x-bibtex; charset=utf-8", "bib", write_bibtex),
    Format.DOCX: Writer("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx", write_docx),
    Format.ODT: Writer("application/vnd.oasis.opendocument.text", "odt", write_odt),
}
