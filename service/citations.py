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


def page_path(document_id: str, *, start: int | None = None, end: int | None = None, lang: str = "") -> str:
    """Return the path of a document's page, at the passage [start, end) when one is given."""
    asked = {"start": start, "end": end, "lang": lang or None}
    query = urlencode({name: value for name, value in asked.items() if value is not None})
    anchor = "#passage" if start is not None else ""
    return f"/documents/{quote(document_id, safe='/')}{'?' if query else ''}{query}{anchor}"
