"""How a passage is cited: in words, by an address that shows it in its place, and as proof against its document."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from index.documents import Metadata


@dataclass(frozen=True, slots=True)
class Citation:
    """Where an answer comes from: `quote` stands, word for word, at [start, end) of the document."""

    document_id: str
    title: str
    label: str
    quote: str
    start: int
    end: int


def citation_text(metadata: Metadata, label: str) -> str:
    """Return "Title, p. 12 (Author, 2021)"; what is not known is left out."""
    source = ", ".join(
        part for part in (metadata.author, str(metadata.published.year) if metadata.published else "") if part
    )
    place = f"{metadata.title}, {label}" if label and label != metadata.title else metadata.title
    return f"{place} ({source})" if source else place


def page_path(
    document_id: str, *, start: int | None = None, end: int | None = None, lang: str = "", q: str = ""
) -> str:
    """Return the path of a document's page, at the passage [start, end) when one is given, found by the query `q`."""
    asked = {"start": start, "end": end, "lang": lang or None, "q": q or None}
    query = urlencode({name: value for name, value in asked.items() if value is not None})
    anchor = "#passage" if start is not None else ""
    return f"/documents/{quote(document_id, safe='/')}{'?' if query else ''}{query}{anchor}"


def cite_path(document_id: str, suffix: str, marked: tuple[int, int] | None) -> str:
    """Return the path of a reference to a document, or to a passage of it, for a reference manager."""
    query = "?" + urlencode({"start": marked[0], "end": marked[1]}) if marked else ""
    return f"/documents/{quote(document_id, safe='/')}/cite.{suffix}{query}"


def page_image_path(
    document_id: str, number: int, marked: tuple[int, int] | None, *, width: int = 0, suffix: str = ".png"
) -> str:
    """Return the path of the picture of a page, or without the suffix of the page that shows it large."""
    asked = {"start": marked[0], "end": marked[1]} if marked else {}
    query = urlencode(asked | ({"width": width} if width else {}))
    return f"/documents/{quote(document_id, safe='/')}/pages/{number}{suffix}{'?' if query else ''}{query}"
