"""A list of results for reference managers: RIS (Zotero, EndNote, Mendeley) and BibTeX."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from index.documents import Kind
from service.exports.listing import Entry, ResultList, readable
from service.web.translating import Translator

_RIS_TYPES: Final = {
    Kind.LEGAL_NOTE: "RPRT",
    Kind.PUBLICATION: "RPRT",
    Kind.STUDY: "RPRT",
    Kind.PROJECT_SHEET: "GEN",
    Kind.NEWS: "ELEC",
    Kind.PRESS_ARTICLE: "NEWS",
    Kind.FORUM_THREAD: "ELEC",
}
_PAGE: Final = re.compile(r"p\. (\d+)(?:\D(\d+))?")
_TEX: Final = {
    **{one: f"\\{one}" for one in "&%$#_{}"},
    **{"~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "\\": r"\textbackslash{}"},
}
_BABEL: Final = {
    **{"fr": "french", "en": "english", "de": "ngerman", "es": "spanish", "it": "italian", "nl": "dutch"},
}


def ris(listed: ResultList, t: Translator) -> bytes:
    """Return one reference a result; the quote is a note, the citation another."""
    lines = [f"{tag}  - {value}" for entry in listed.entries for tag, value in _ris(entry, listed, t)]
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "replace")


def _ris(entry: Entry, listed: ResultList, t: Translator) -> Iterator[tuple[str, str]]:
    meta = entry.metadata
    yield "TY", _RIS_TYPES[meta.kind]
    yield "TI", readable(meta.title)
    if meta.author:
        yield "AU", readable(meta.author)
    if meta.published:
        yield "PY", str(meta.published.year)
        yield "DA", meta.published.strftime("%Y/%m/%d")
    yield "M3", t.kind(meta.kind)
    if meta.language:
        yield "LA", meta.language
    if page := _PAGE.fullmatch(entry.label):
        yield "SP", page[1]
        yield "EP", page[2] or page[1]
    for keyword in (*map(t.theme, meta.themes), *map(t.border, meta.borders)):
        yield "KW", readable(keyword)
    yield "N1", readable(entry.citation)
    yield "N1", entry.quote
    yield "UR", entry.url
    yield "Y2", listed.day.strftime("%Y/%m/%d")
    yield "ID", readable(entry.document_id)
    yield "ER", ""


def bibtex(listed: ResultList, t: Translator) -> bytes:
    """Return one entry a result, with the quote as annotation; every character means itself to TeX."""
    keys: set[str] = set()
    told = []
    for entry in listed.entries:
        key = _key(entry.document_id, keys)
        fields = "".join(f"  {name} = {{{value}}},\n" for name, value in _bibtex(entry, listed, t))
        told.append(f"@misc{{{key},\n{fields}}}\n")
    return "\n".join(told).encode("utf-8", "replace")


def _bibtex(entry: Entry, listed: ResultList, t: Translator) -> Iterator[tuple[str, str]]:
    meta = entry.metadata
    yield "title", f"{{{_tex(meta.title)}}}"  # braces keep its capitals
    if meta.author:
        yield "author", f"{{{_tex(meta.author)}}}"  # braces keep "Mission …" from being a given name
    if meta.published:
        yield "year", str(meta.published.year)
        yield "date", meta.published.isoformat()
    yield "type", _tex(t.kind(meta.kind))
    if meta.language in _BABEL:
        yield "langid", _BABEL[meta.language]
    if page := _PAGE.fullmatch(entry.label):
        yield "pages", f"{page[1]}--{page[2]}" if page[2] else page[1]
    yield "keywords", ", ".join(_tex(one) for one in (*map(t.theme, meta.themes), *map(t.border, meta.borders)))
    yield "note", _tex(entry.citation)
    yield "annotation", _tex(entry.quote)
    yield "url", entry.url
    yield "urldate", listed.day.isoformat()


def _tex(text: str) -> str:
    return "".join(_TEX.get(one, one) for one in readable(text))


def _key(document_id: str, taken: set[str]) -> str:
    """Return a key of plain letters, none twice."""
    plain = unicodedata.normalize("NFKD", document_id).encode("ascii", "ignore").decode()
    key = wanted = re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-") or "document"
    number = 1
    while key in taken:
        number += 1
        key = f"{wanted}-{number}"
    taken.add(key)
    return key
