"""A list of results for reference managers: RIS (Zotero, EndNote, Mendeley) and BibTeX."""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Final

import rispy

from index.documents import Kind
from service.exports.listing import Entry, ResultList, readable
from service.web.translating import Translator

_RIS_TYPES: Final = {
    Kind.LEGAL_NOTE: "RPRT",
    Kind.PUBLICATION: "RPRT",
    Kind.STUDY: "RPRT",
    Kind.PROJECT_SHEET: "GEN",
    Kind.PROBLEM_SHEET: "GEN",
    Kind.NEWS: "ELEC",
    Kind.PRESS_ARTICLE: "NEWS",
    Kind.FORUM_THREAD: "ELEC",
    Kind.FUNDING_CALL: "GRANT",
    Kind.EVENT: "GEN",
    Kind.CONTACT: "GEN",
}
_PAGE: Final = re.compile(r"p\. (\d+)(?:\D(\d+))?")
_TEX: Final = {
    **{character: f"\\{character}" for character in "&%$#_{}"},
    **{"~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "\\": r"\textbackslash{}"},
}
_BABEL: Final = {
    **{"fr": "french", "en": "english", "de": "ngerman", "es": "spanish", "it": "italian", "nl": "dutch"},
}


class _RisWriter(rispy.RisWriter):  # type: ignore[misc]  # rispy has no types
    """Writes references one after the other, as the format's definition has them: no numbers, no empty lines."""

    SEPARATOR = None
    NEWLINE = "\r\n"

    def set_header(self, count: int) -> str:
        return ""


def write_ris(results: ResultList, t: Translator) -> bytes:
    """Return one reference a result; the quote is a note, the citation another."""
    references = [_ris_reference(entry, results, t) for entry in results.entries]
    return str(rispy.dumps(references, implementation=_RisWriter)).encode("utf-8", "replace")


def _ris_reference(entry: Entry, results: ResultList, t: Translator) -> dict[str, Any]:
    meta = entry.metadata
    page = _PAGE.fullmatch(entry.label)
    reference = {
        "type_of_reference": _RIS_TYPES[meta.kind],
        "title": readable(meta.title),
        "authors": [readable(meta.author)] if meta.author else [],
        "year": str(meta.published.year) if meta.published else "",
        "date": meta.published.strftime("%Y/%m/%d") if meta.published else "",
        "type_of_work": t.kind(meta.kind),
        "language": meta.language,
        "start_page": page[1] if page else "",
        "end_page": page[2] or page[1] if page else "",
        "keywords": [readable(keyword) for keyword in _keywords(entry, t)],
        "notes": [readable(entry.citation), entry.quote],
        "urls": [entry.url],
        "access_date": results.day.strftime("%Y/%m/%d"),
        "id": readable(entry.document_id),
    }
    optional = {"year", "date", "language", "start_page", "end_page"}
    return {name: value for name, value in reference.items() if value or name not in optional}


def write_bibtex(results: ResultList, t: Translator) -> bytes:
    """Return one entry a result, with the quote as annotation; every character means itself to TeX."""
    import bibtexparser
    from bibtexparser.model import Entry, Field

    keys: set[str] = set()
    library, layout = bibtexparser.Library(), bibtexparser.BibtexFormat()
    for entry in results.entries:
        key = _key(entry.document_id, keys)
        keys.add(key)
        fields = [Field(name, f"{{{value}}}") for name, value in _bibtex_fields(entry, results, t).items()]
        library.add(Entry("misc", key, fields))
    layout.indent, layout.block_separator, layout.trailing_comma = "  ", "\n", True
    # The values are escaped and in braces already: bibtexparser would write letters with accents as TeX commands.
    text = bibtexparser.write_string(library, unparse_stack=[], bibtex_format=layout)
    return str(text).encode("utf-8", "replace")


def _bibtex_fields(entry: Entry, results: ResultList, t: Translator) -> dict[str, str]:
    meta = entry.metadata
    fields = {"title": f"{{{_tex(meta.title)}}}"}  # braces keep its capitals
    if meta.author:
        fields["author"] = f"{{{_tex(meta.author)}}}"  # braces keep "Mission …" from being a given name
    if meta.published:
        fields |= {"year": str(meta.published.year), "date": meta.published.isoformat()}
    fields["type"] = _tex(t.kind(meta.kind))
    if meta.language in _BABEL:
        fields["langid"] = _BABEL[meta.language]
    if page := _PAGE.fullmatch(entry.label):
        fields["pages"] = f"{page[1]}--{page[2]}" if page[2] else page[1]
    return fields | {
        "keywords": ", ".join(map(_tex, _keywords(entry, t))),
        "note": _tex(entry.citation),
        "annotation": _tex(entry.quote),
        "url": entry.url,
        "urldate": results.day.isoformat(),
    }


def _keywords(entry: Entry, t: Translator) -> list[str]:
    return [*map(t.theme, entry.metadata.themes), *map(t.border, entry.metadata.borders)]


def _tex(text: str) -> str:
    return "".join(_TEX.get(character, character) for character in readable(text))


def _key(document_id: str, used: set[str]) -> str:
    """Return a key of plain letters that is not used yet."""
    plain = unicodedata.normalize("NFKD", document_id).encode("ascii", "ignore").decode()
    stem = key = re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-") or "document"
    number = 1
    while key in used:
        number += 1
        key = f"{stem}-{number}"
    return key
